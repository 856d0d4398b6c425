using System.Buffers.Binary;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// The texts of a dictionary by their numbers: only those parts of it are decompressed that have one that is asked for. What is asked for in the order of its
/// first coming, as events have it, is found from the one before. Not thread-safe.
/// </summary>
/// <param name="places">Where some of them are.</param>
/// <param name="dictionary">The dictionary.</param>
internal sealed class EntryTexts(ChunkPlaces places, SparsePage dictionary)
{
    private int _last = -1;
    private int _lastAt;

    /// <summary>A text.</summary>
    /// <exception cref="InvalidDataException">There is no such text.</exception>
    public ReadOnlySpan<byte> this[int entry]
    {
        get
        {
            var part = entry / ChunkPlaces.EntrySpacing;
            if ((uint)entry >= (uint)places.Entries || part > places.EntriesAt.Length) throw PlaceReader.Damaged();
            var start = part == 0 ? 0 : places.EntriesAt[part - 1];
            var end = part < places.EntriesAt.Length ? places.EntriesAt[part] : dictionary.Length;
            var texts = dictionary.Get(start, end - start);
            var (known, at) = _last >= 0 && _last <= entry && _last / ChunkPlaces.EntrySpacing == part ? (_last, _lastAt) : (part * ChunkPlaces.EntrySpacing, 0);
            for (; known < entry; known++) at = checked(at + sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(texts[at..]));
            (_last, _lastAt) = (entry, at);
            return texts.Slice(at + sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(texts[at..]));
        }
    }
}
