// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>What a field of a probe, of an object that it holds, or a static field stands for in programs.</summary>
internal abstract record ProbeValue;

/// <summary>A map.</summary>
/// <param name="Map">The map of the module.</param>
/// <param name="Type">The class in the library.</param>
internal sealed record ProbeMap(MapSymbol Map, TypeModel Type) : ProbeValue;

/// <summary>Memory in a data section.</summary>
/// <param name="Symbol">The variable.</param>
/// <param name="Type">Its type.</param>
internal sealed record ProbeGlobal(GlobalSymbol Symbol, TypeModel Type) : ProbeValue;

/// <summary>A number that is known when the program is compiled and has no memory.</summary>
/// <param name="Number">The value, extended to 64 bits as the type says.</param>
/// <param name="Type">The type.</param>
internal sealed record ProbeConstant(long Number, TypeModel Type) : ProbeValue;

/// <summary>Text, which only calls that want a constant take.</summary>
/// <param name="Text">The text.</param>
internal sealed record ProbeText(string Text) : ProbeValue;

/// <summary>An object that exists on the CLR only: an array, a list, a task.</summary>
internal sealed record ProbeForeign : ProbeValue
{
    public static readonly ProbeForeign Instance = new();
}

/// <summary>The probe itself, or an object of a class that it holds: fields by name. It does not exist in the kernel.</summary>
internal sealed record ProbeObject(TypeModel Type, string Path) : ProbeValue
{
    private readonly Dictionary<(TypeModel, string), ProbeValue> _fields = [];

    /// <summary>What a field stands for; null for a reference that was never set.</summary>
    public ProbeValue? Field(FieldModel field) => _fields.GetValueOrDefault((field.DeclaringType, field.Name));

    internal void Set(FieldModel field, ProbeValue? value)
    {
        if (value is null) _fields.Remove((field.DeclaringType, field.Name));
        else _fields[(field.DeclaringType, field.Name)] = value;
    }
}
