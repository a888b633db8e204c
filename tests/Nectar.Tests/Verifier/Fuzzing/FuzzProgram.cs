// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>A program to verify: made from a seed, over the maps of <see cref="FuzzMaps"/>.</summary>
/// <param name="Seed">Gives the same program again.</param>
/// <param name="Type">The program type.</param>
/// <param name="Attach">The attach type, where the type has several.</param>
/// <param name="Code">The instructions; maps are named by index.</param>
public sealed record FuzzProgram(int Seed, ProgramType Type, AttachType? Attach, Instruction[] Code);

/// <summary>The maps that all generated programs have.</summary>
public static class FuzzMaps
{
    public const int Hash = 0, Array = 1, PerCpu = 2, Ring = 3, Events = 4, Programs = 5, Lru = 6, Queue = 7, Single = 8;

    /// <summary>By index.</summary>
    public static readonly MapDefinition[] All =
    [
        Make("hash", MapType.Hash, 8, 16, 8),
        Make("array", MapType.Array, 4, 48, 4),
        Make("percpu", MapType.PerCpuArray, 4, 8, 2),
        Make("ring", MapType.RingBuf, 0, 0, 4096),
        Make("events", MapType.PerfEventArray, 4, 4, 4),
        Make("programs", MapType.ProgArray, 4, 4, 4),
        Make("lru", MapType.LruHash, 4, 64, 8),
        Make("queue", MapType.Queue, 0, 8, 4),
        Make("single", MapType.Array, 4, 32, 1),
    ];

    /// <summary>Maps that bpf_map_lookup_elem looks into.</summary>
    public static ReadOnlySpan<int> WithElements => [Hash, Array, PerCpu, Lru, Single];

    private static MapDefinition Make(string name, MapType type, uint key, uint value, uint entries) =>
        new() { Name = name, Type = type, KeySize = key, ValueSize = value, MaxEntries = entries };
}
