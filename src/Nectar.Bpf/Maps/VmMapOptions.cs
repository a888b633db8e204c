// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>What a map of this process needs beyond its definition.</summary>
internal sealed record VmMapOptions
{
    internal static readonly VmMapOptions Default = new();

    /// <summary>Special fields of the value: locks, timers, kernel pointers.</summary>
    internal MapField[] Fields { get; init; } = [];

    /// <summary>The seed of hash functions; null: a random one (0 with BPF_F_ZERO_SEED).</summary>
    internal uint? HashSeed { get; init; }
}
