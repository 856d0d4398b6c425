namespace Storage;

/// <summary>A fault of the store or of its environment (disk, native library, lock), never of the caller.</summary>
public sealed class EventStoreException : Exception
{
    public EventStoreException() { }

    public EventStoreException(string message) : base(message) { }

    public EventStoreException(string message, Exception? innerException) : base(message, innerException) { }
}
