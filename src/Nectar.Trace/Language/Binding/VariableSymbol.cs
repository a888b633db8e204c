// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Binding;

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
