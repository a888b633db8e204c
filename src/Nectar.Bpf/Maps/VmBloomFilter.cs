// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Bloom filter: values are pushed, and a peek says whether a value may have been. Size and number of hashes follow the
/// kernel; the hash itself is ours, so which values are found without having been pushed differs.
/// </summary>
internal sealed unsafe class VmBloomFilter : VmSpecialMap
{
    private readonly int* _bits;
    private readonly uint _mask;
    private readonly int _hashes;
    private readonly uint _seed;

    internal VmBloomFilter(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options, Errno.EOPNOTSUPP)
    {
        _hashes = definition.MapExtra == 0 ? 5 : (int)definition.MapExtra;
        ulong wanted = (ulong)definition.MaxEntries * (uint)_hashes / 5 * 7; // n * k / ln 2, as the kernel approximates it
        _mask = wanted > 1u << 31 ? uint.MaxValue : BitOperations.RoundUpToPowerOf2(Math.Max(64, (uint)wanted)) - 1;
        _bits = (int*)MapMemory.Allocate(definition, ((ulong)_mask + 1) / 8);
        _seed = (definition.Flags & MapFlags.ZeroSeed) != 0 ? 0 : options.HashSeed ?? (uint)Random.Shared.NextInt64();
    }

    internal override long Push(byte* value, ulong flags)
    {
        if (flags != 0) return -(long)Errno.EINVAL;
        for (int i = 0; i < _hashes; i++)
        {
            uint bit = Bit(value, i);
            int one = 1 << (int)(bit & 31);
            if ((Volatile.Read(ref _bits[bit >> 5]) & one) == 0) Interlocked.Or(ref _bits[bit >> 5], one);
        }

        return 0;
    }

    internal override long Peek(byte* value)
    {
        for (int i = 0; i < _hashes; i++)
        {
            uint bit = Bit(value, i);
            if ((Volatile.Read(ref _bits[bit >> 5]) & (1 << (int)(bit & 31))) == 0) return -(long)Errno.ENOENT;
        }

        return 0;
    }

    protected override Errno UserLookup(byte* key, byte* value, bool locked) => (Errno)(-Peek(value));

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags) => (Errno)(-Push(value, (ulong)flags));

    protected override void FreeMemory() => NativeBlocks.Free(_bits);

    private uint Bit(byte* value, int hash)
    {
        uint h = MapHash.Compute(value, Header->ValueSize, _seed + (uint)hash);
        h = (h ^ (h >> 15) ^ ((uint)hash * 0x85EBCA6B)) * 0xC2B2AE35; // a CRC is linear in its seed: break that, or all hashes move together
        return (h ^ (h >> 16)) & _mask;
    }
}
