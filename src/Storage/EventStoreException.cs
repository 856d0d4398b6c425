namespace Storage;

/// <summary>What kind of fault an <see cref="EventStoreException"/> reports.</summary>
public enum EventStoreFault
{
    /// <summary>Disk, native library, corrupt file, or a bug of ours.</summary>
    Internal,

    /// <summary>Another process holds the data directory.</summary>
    Locked,

    /// <summary>The query ran into its time limit.</summary>
    Timeout,

    /// <summary>The query needed more memory than it may use.</summary>
    OutOfMemory,

    /// <summary>So many queries wait for their turn that no more may; the next moment may be better.</summary>
    Busy,

    /// <summary>The store is shutting down.</summary>
    Closed,
}

/// <summary>A fault of the store or of its environment (disk, native library, lock), never of the caller.</summary>
public sealed class EventStoreException : Exception
{
    public EventStoreException() { }

    public EventStoreException(string message) : base(message) { }

    public EventStoreException(string message, Exception? innerException) : base(message, innerException) { }

    public EventStoreException(EventStoreFault fault, string message, Exception? innerException = null) : base(message, innerException) =>
        Fault = fault;

    public EventStoreFault Fault { get; }
}
