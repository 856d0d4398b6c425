using System.Buffers;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// Memory outside the garbage collector's heap: it never moves, and it goes back to the operating system at the moment it is disposed.
/// Access after that throws. Blocks of <see cref="MapBytes"/> and more are pages of their own, which leave no holes behind; smaller
/// ones are short-lived and come from the C heap.
/// </summary>
/// <remarks>
/// A block that nobody disposed is freed when it is collected: a forgotten block is memory that comes back late, not a leak. So whoever
/// reads a span of it must keep the block referenced meanwhile.
/// </remarks>
internal sealed unsafe partial class NativeBlock : MemoryManager<byte>
{
    /// <summary>From here on a block is mapped.</summary>
    public const int MapBytes = 128 << 10;

    private const int ReadWrite = 1 | 2;
    private const int Private = 2;
    private static readonly int s_anonymous = OperatingSystem.IsMacOS() ? 0x1000 : 0x20;
    private static long s_totalBytes;

    private readonly int _length;
    private readonly bool _mapped;
    private nint _start;

    private NativeBlock(nint start, int length, bool mapped)
    {
        _start = start;
        _length = length;
        _mapped = mapped;
        Interlocked.Add(ref s_totalBytes, length);
    }

    ~NativeBlock() => Free();

    /// <summary>Bytes of all blocks of the process.</summary>
    public static long TotalBytes => Interlocked.Read(ref s_totalBytes);

    public int Length => _length;

    /// <summary>Address of the first byte.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public nint Address
    {
        get
        {
            var start = Volatile.Read(ref _start);
            ObjectDisposedException.ThrowIf(start == 0, this);
            return start;
        }
    }

    /// <summary>Takes memory, all zeros.</summary>
    /// <exception cref="OutOfMemoryException">The system has none.</exception>
    public static NativeBlock Allocate(int bytes)
    {
        if (bytes < MapBytes || OperatingSystem.IsWindows()) return new NativeBlock((nint)NativeMemory.AllocZeroed((nuint)Math.Max(bytes, 1)), bytes, mapped: false);
        var start = Map(0, (nuint)bytes, ReadWrite, Private | s_anonymous, -1, 0);
        if (start == -1) throw new OutOfMemoryException($"the system has no {bytes} bytes of memory");
        return new NativeBlock(start, bytes, mapped: true);
    }

    public override Span<byte> GetSpan() => new((void*)Address, _length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length, nameof(elementIndex));
        return new MemoryHandle((byte*)Address + elementIndex, default, this);
    }

    /// <summary>Nothing moves here, so nothing is to be let go.</summary>
    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => Free();

    private void Free()
    {
        var start = Interlocked.Exchange(ref _start, 0);
        if (start == 0) return;
        Interlocked.Add(ref s_totalBytes, -_length);
        if (_mapped) _ = Unmap(start, (nuint)_length);
        else NativeMemory.Free((void*)start);
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
