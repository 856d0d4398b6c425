using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Storage.DuckDb.Native;

/// <summary>
/// Memory outside the garbage collector's heap: it never moves, and it is free at the moment it is disposed. Access after that throws.
/// Blocks of <see cref="MapBytes"/> and more are pages of their own, which leave no holes behind and are used again, see
/// <see cref="BlockPool"/>; smaller ones are short-lived and come from the C heap.
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

    /// <summary>Takes the pages with the mapping: whoever asks for a block writes all of it, and a fault for each page costs several times as much.</summary>
    private static readonly int s_populate = OperatingSystem.IsLinux() ? 0x8000 : 0;
    private static readonly int s_anonymous = OperatingSystem.IsMacOS() ? 0x1000 : 0x20;

    private readonly int _length;
    private readonly BlockHandle _handle;
    private int _disposed;

    private NativeBlock(BlockHandle handle, int length)
    {
        _handle = handle;
        _length = length;
    }

    /// <summary>Mapped memory between two uses.</summary>
    public static BlockPool Pool { get; } = new(64 << 20, (start, length) => Unmap(start, length));

    public int Length => _length;

    /// <summary>Bytes of memory that the block takes, at least <see cref="Length"/>.</summary>
    public long MemoryBytes => Math.Max(_length, (long)_handle.MappedBytes);

    /// <summary>Address of the first byte.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return _handle.DangerousGetHandle();
        }
    }

    /// <summary>Takes memory. What is in it is left from others.</summary>
    /// <exception cref="OutOfMemoryException">The system has none.</exception>
    public static NativeBlock Allocate(int bytes)
    {
        if (bytes < MapBytes || OperatingSystem.IsWindows())
            return new NativeBlock(new BlockHandle((nint)NativeMemory.Alloc((nuint)Math.Max(bytes, 1)), 0), bytes);
        var length = BlockPool.LengthFor(bytes);
        var start = Pool.Take(length);
        if (start == 0) start = Map(0, length, ReadWrite, Private | s_anonymous | s_populate, -1, 0);
        if (start != -1) return new NativeBlock(new BlockHandle(start, length), bytes);
        Pool.Forget(length);
        throw new OutOfMemoryException($"the system has no {bytes} bytes of memory");
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

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _handle.Dispose();
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    /// <summary>Gives the memory back, at the latest when the block is collected.</summary>
    private sealed class BlockHandle : SafeHandleZeroOrMinusOneIsInvalid
    {
        /// <param name="start">First byte.</param>
        /// <param name="mappedBytes">Length when it was mapped; 0 when it is from the C heap.</param>
        public BlockHandle(nint start, nuint mappedBytes) : base(ownsHandle: true)
        {
            MappedBytes = mappedBytes;
            SetHandle(start);
        }

        public nuint MappedBytes { get; }

        protected override bool ReleaseHandle()
        {
            if (MappedBytes > 0) Pool.Return(handle, MappedBytes);
            else NativeMemory.Free((void*)handle);
            return true;
        }
    }
}
