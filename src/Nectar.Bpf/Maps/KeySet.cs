// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>Keys that a walk has seen.</summary>
internal sealed class KeySet
{
    private readonly HashSet<byte[]> _keys = new(new Comparer());
    private readonly HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;

    internal KeySet() => _bySpan = _keys.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Adds a copy of a key.</summary>
    /// <returns>False if it was there.</returns>
    internal bool Add(ReadOnlySpan<byte> key) => _bySpan.Add(key);

    private sealed class Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] key) => GetHashCode(key.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> key)
        {
            HashCode hash = default;
            hash.AddBytes(key);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> key) => key.ToArray();
    }
}
