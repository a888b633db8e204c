// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Binding;

/// <summary>What a map is declared as.</summary>
internal enum TraceMapKind : byte
{
    /// <summary>Chosen by what it holds.</summary>
    Default, Hash, LruHash, PerCpuHash, PerCpuLruHash, Array, PerCpuArray,
}

/// <summary>A map of the script.</summary>
internal sealed class TraceMap(string name)
{
    /// <summary>With the <c>@</c>.</summary>
    public string Name { get; } = name;

    /// <summary><see cref="TraceType.None"/> for a scalar.</summary>
    public TraceType KeyType { get; set; } = TraceType.None;

    public TraceType ValueType { get; set; } = TraceType.None;

    public TraceMapKind Kind { get; set; }

    /// <summary>0: the config's <c>max_map_keys</c>.</summary>
    public int MaxEntries { get; set; }

    public bool IsScalar => KeyType.Kind == TypeKind.None;

    /// <summary>For whoever makes code.</summary>
    public object? Storage { get; set; }
}
