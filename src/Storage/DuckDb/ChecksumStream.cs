namespace Storage.DuckDb;

/// <summary>
/// Writes a file from its begin to its end, and knows the CRC-32C of what was written: that a disk gives back something else is seen by nothing else. The disk gets it piece by piece: a
/// journal that is synced meanwhile waits, on a file system that keeps the order of data and names, for all that others have written and not synced.
/// </summary>
internal sealed class ChecksumStream(FileStream file) : Stream
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Bytes that are written between two syncs: some milliseconds of a disk.</summary>
    private const int SyncBytes = 4 << 20;

    private uint _state = uint.MaxValue;
    private long _length;
    private long _synced;

    /// <summary>The checksum of all bytes so far.</summary>
    public uint Checksum => ~_state;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <summary>The checksum of a file that is there.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static uint Of(string path, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var buffer = new byte[BufferBytes];
        var state = uint.MaxValue;
        long position = 0;
        while (RandomAccess.Read(file, buffer, position) is > 0 and var read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            state = JournalRecord.Crc32C(state, buffer.AsSpan(0, read));
            position += read;
        }

        return ~state;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        file.Write(buffer);
        _state = JournalRecord.Crc32C(_state, buffer);
        _length += buffer.Length;
        if (_length - _synced < SyncBytes) return;
        file.Flush(flushToDisk: true);
        _synced = _length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => file.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
