// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <summary>The types of one set by the hash of their name: two int arrays, no strings.</summary>
internal sealed class BtfNameIndex
{
    private readonly int[] _heads;
    private readonly int[] _next;
    private readonly uint _first;
    private readonly int _mask;

    internal BtfNameIndex(BtfTypes types)
    {
        _first = types.FirstId;
        int count = types.Count - (int)_first;
        int size = 16;
        while (size < count) size <<= 1;
        _mask = size - 1;
        _heads = new int[size];
        _next = new int[count];
        for (int i = count - 1; i >= 0; i--) // backwards, so that chains run from low numbers to high
        {
            BtfType type = types[_first + (uint)i];
            if (type.NameOffset == 0) continue;
            int bucket = (int)Hash(type.NameUtf8) & _mask;
            _next[i] = _heads[bucket];
            _heads[bucket] = i + 1;
        }
    }

    /// <summary>Types whose name may be this one, low numbers first; the caller compares names.</summary>
    internal Enumerator Candidates(ReadOnlySpan<byte> name) => new(this, (int)Hash(name) & _mask);

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261; // FNV-1a: names are short
        foreach (byte c in name) hash = (hash ^ c) * 16777619;
        return hash ^ (hash >> 15);
    }

    internal struct Enumerator
    {
        private readonly BtfNameIndex _index;
        private int _at;

        internal Enumerator(BtfNameIndex index, int bucket)
        {
            _index = index;
            _at = index._heads[bucket];
            Current = 0;
        }

        public uint Current { get; private set; }

        public readonly Enumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_at == 0) return false;
            Current = _index._first + (uint)(_at - 1);
            _at = _index._next[_at - 1];
            return true;
        }
    }
}
