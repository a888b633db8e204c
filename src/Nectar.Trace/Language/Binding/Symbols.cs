// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Binding;

/// <summary>A value that is known before the program runs.</summary>
internal abstract record ConstantValue;

/// <param name="Bits">The number; of unsigned ones the same bits.</param>
internal sealed record IntegerConstant(long Bits) : ConstantValue;

/// <summary>What <c>typeinfo</c> says; only while compiling.</summary>
internal sealed record TypeConstant(TraceType Of) : ConstantValue;

internal sealed record StringConstant(string Text) : ConstantValue;

/// <summary>A scratch variable in one scope of one probe.</summary>
internal sealed class VariableSymbol(string name)
{
    /// <summary>With the <c>$</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Grows while types are inferred.</summary>
    public TraceType Type { get; set; } = TraceType.None;

    /// <summary>Its address is taken, or a loop's body uses it from outside: it needs memory.</summary>
    public bool NeedsMemory { get; set; }

    /// <summary>For whoever makes code.</summary>
    public object? Storage { get; set; }
}

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
