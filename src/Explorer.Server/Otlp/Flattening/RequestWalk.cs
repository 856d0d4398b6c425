using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>
/// The levels that requests of all signals have in the same fields: resources (1), in each its resource (1), scopes (2) and schema (3), in
/// each scope its scope (1), records (2) and schema (3). What records inherit may come after them, so each level is passed over first.
/// </summary>
internal static class RequestWalk
{
    private const uint ResourcesTag = 0x0A;
    private const uint OwnerTag = 0x0A;
    private const uint MembersTag = 0x12;
    private const uint SchemaTag = 0x1A;
    private const int FetchAhead = 4096;
    private const int CacheLine = 64;

    public delegate void RecordWriter(WireReader record, EventWriter writer);

    public static void Write(ReadOnlySpan<byte> request, ReadOnlySpan<byte> signal, EventWriter writer, RecordWriter write)
    {
        writer.BeginSignal(signal);
        var reader = new WireReader(request, 0);
        while (!writer.MustStartOver && reader.Next(ResourcesTag)) WriteResource(reader.Message(), writer, write);
    }

    private static void WriteResource(WireReader reader, EventWriter writer, RecordWriter write)
    {
        var level = Level.Read(reader, WireShape.Resource, 2);
        writer.BeginResource(level.Owner, level.OwnerOrigin, level.Schema);
        reader.At = level.Members.Start;
        while (!writer.MustStartOver && reader.Next(MembersTag, level.Members.End)) WriteScope(reader.Message(), writer, write);
    }

    private static void WriteScope(WireReader reader, EventWriter writer, RecordWriter write)
    {
        var level = Level.Read(reader, WireShape.Scope, 3);
        writer.BeginScope(level.Owner, level.OwnerOrigin, level.Schema);
        reader.At = level.Members.Start;
        while (!writer.MustStartOver && reader.Next(MembersTag, level.Members.End)) write(reader.Message(), writer);
    }

    private ref struct Level
    {
        public ReadOnlySpan<byte> Owner, Schema;
        public int OwnerOrigin;
        public FieldRange Members;

        public static Level Read(WireReader reader, WireShape ownerShape, int ownerDepth)
        {
            var level = default(Level);
            var (pieces, firstPiece) = (0, 0);
            while (!reader.IsEnd)
            {
                var start = reader.At;
                var tag = reader.Tag();
                switch (tag)
                {
                    case OwnerTag:
                        level.Owner = reader.Bytes();
                        level.OwnerOrigin = reader.Place - level.Owner.Length;
                        if (++pieces == 1) firstPiece = start;
                        break;
                    case MembersTag:
                        Fetch(reader.All, reader.At, reader.Bytes().Length);
                        level.Members.Add(start, reader.At);
                        break;
                    case SchemaTag: level.Schema = reader.Bytes(); break;
                    default: reader.Skip(tag); break;
                }
            }

            if (pieces > 1) level.Owner = WirePieces.Join(reader.All, OwnerTag, reader.Place - reader.All.Length, firstPiece, ownerShape, ownerDepth);
            return level;
        }

        /// <summary>
        /// Reads on ahead of the pass, as far as it came: where the next record is stands in this one, so that each would wait for memory
        /// after the one before it.
        /// </summary>
        private static unsafe void Fetch(ReadOnlySpan<byte> bytes, int at, int length)
        {
            if (!Sse.IsSupported) return;
            var end = Math.Min((long)at + FetchAhead + length, bytes.Length);
            ref var start = ref MemoryMarshal.GetReference(bytes);
            for (var next = at + (long)FetchAhead; next < end; next += CacheLine) Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref start, (nint)next)));
        }
    }
}
