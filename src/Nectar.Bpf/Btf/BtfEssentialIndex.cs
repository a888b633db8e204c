// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <summary>
/// The data types of one set by the hash of their essential name: the name without its flavour (<c>___suffix</c>).
/// Functions and variables, the larger part of a kernel's types, are no candidates and take no room.
/// </summary>
internal sealed class BtfEssentialIndex
{
    private readonly int[] _heads;
    private readonly (uint Id, int Next)[] _entries;

    internal BtfEssentialIndex(BtfTypes types)
    {
        uint first = Math.Max(1, types.FirstId);
        int count = 0;
        for (uint id = first; id < types.Count; id++)
        {
            if (IsCandidate(types[id])) count++;
        }

        _entries = new (uint, int)[count];
        _heads = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, count))];
        for (uint id = (uint)types.Count; id-- > first;) // backwards, so that chains run from low numbers to high
        {
            BtfType type = types[id];
            if (!IsCandidate(type)) continue;
            uint bucket = Hash(EssentialName(type.NameUtf8)) & (uint)(_heads.Length - 1);
            _entries[--count] = (id, _heads[bucket]);
            _heads[bucket] = count + 1;
        }
    }

    /// <summary>
    /// A name without its flavour: what stands before the last <c>___</c> that has other characters on both sides.
    /// </summary>
    internal static ReadOnlySpan<byte> EssentialName(ReadOnlySpan<byte> name)
    {
        if (name.IndexOf("___"u8) < 0) return name;
        for (int i = name.Length - 5; i >= 0; i--)
        {
            if (name[i] != '_' && name[i + 4] != '_' && name.Slice(i + 1, 3).SequenceEqual("___"u8)) return name[..(i + 1)];
        }

        return name;
    }

    /// <summary>Types whose essential name may be this one, low numbers first; the caller compares names.</summary>
    internal Enumerator Candidates(ReadOnlySpan<byte> essentialName) => new(this, _heads[Hash(essentialName) & (uint)(_heads.Length - 1)]);

    private static bool IsCandidate(BtfType type) => type.NameOffset != 0 && type.Kind is BtfKind.Int or BtfKind.Struct or BtfKind.Union or BtfKind.Enum
        or BtfKind.Enum64 or BtfKind.Forward or BtfKind.Typedef or BtfKind.Float;

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261; // FNV-1a: names are short
        foreach (byte c in name) hash = (hash ^ c) * 16777619;
        return hash ^ (hash >> 15);
    }

    internal struct Enumerator(BtfEssentialIndex index, int at)
    {
        private int _at = at;

        public uint Current { get; private set; }

        public readonly Enumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_at == 0) return false;
            (Current, _at) = index._entries[_at - 1];
            return true;
        }
    }
}
