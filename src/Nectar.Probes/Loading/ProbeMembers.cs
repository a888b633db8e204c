// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>A class that a probe has as a field and that has maps itself, as <see cref="Histogram"/> does.</summary>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields)]
public abstract class ProbePart;

/// <summary>The maps and variables of a probe, by their names in the object.</summary>
internal sealed class ProbeMembers
{
    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const BindingFlags Methods = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    internal ProbeMembers(Probe probe)
    {
        Add(probe.GetType().GetFields(All), probe, "");
        foreach (MethodInfo method in probe.GetType().GetMethods(Methods))
        {
            if (method.GetCustomAttribute<ProgramAttribute>() is { } attribute) Programs.TryAdd(method.Name, new ProbeProgram(MemberNames.Identifier(attribute.Name ?? method.Name), Kind(attribute)));
        }
    }

    /// <summary>Maps by name.</summary>
    internal Dictionary<string, Map> Maps { get; } = new(StringComparer.Ordinal);

    /// <summary>Variables by name.</summary>
    internal Dictionary<string, ProbeVariable> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>Programs by the name of their method.</summary>
    internal Dictionary<string, ProbeProgram> Programs { get; } = new(StringComparer.Ordinal);

    private static ProgramKindAttribute Kind(ProgramAttribute attribute) => (ProgramKindAttribute?)Attribute.GetCustomAttribute(attribute.GetType(), typeof(ProgramKindAttribute)) ?? new ProgramKindAttribute("");

    private static FieldInfo[] FieldsOf(ProbePart part) => part.GetType().GetFields(All);

    private void Add(FieldInfo[] fields, object owner, string prefix)
    {
        foreach (FieldInfo field in fields)
        {
            if (field.IsLiteral) continue;
            string name = MemberNames.OfNested(prefix, field.Name);
            if (field.FieldType.IsValueType || field.FieldType.IsPointer)
            {
                if (field.FieldType.IsValueType) Variables.TryAdd(name, new ProbeVariable(field, field.IsStatic ? null : owner));
                continue;
            }

            object? value = field.IsStatic ? null : field.GetValue(owner);
            if (value is Map map) Maps.TryAdd(field.GetCustomAttribute<MapAttribute>()?.Name ?? name, map);
            else if (value is ProbePart part) Add(FieldsOf(part), part, name);
        }
    }
}

/// <summary>A method that is a program.</summary>
/// <param name="Name">The program's name in the object.</param>
/// <param name="Kind">What its attribute means.</param>
internal sealed record ProbeProgram(string Name, ProgramKindAttribute Kind);

/// <summary>A field that is a variable of the programs.</summary>
internal sealed class ProbeVariable(FieldInfo member, object? owner)
{
    /// <summary>True if it is set before the load and never changes.</summary>
    internal bool IsConstant => member.IsDefined(typeof(ConstantAttribute)) || member.IsInitOnly;

    /// <summary>Copies the field's bytes.</summary>
    internal void Read(Span<byte> bytes)
    {
        object box = member.GetValue(owner)!;
        Bytes(box, bytes.Length).CopyTo(bytes);
    }

    /// <summary>Sets the field from bytes.</summary>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        object box = member.GetValue(owner)!;
        if (Bytes(box, bytes.Length).SequenceEqual(bytes)) return;
        bytes.CopyTo(Bytes(box, bytes.Length));
        member.SetValue(owner, box);
    }

    /// <summary>The bytes of a boxed struct: they begin where the first field of any object does, and a box is never shorter than its type, whose size the object's variable has.</summary>
    private static Span<byte> Bytes(object box, int size) => System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref Unsafe.As<Box>(box).First, size);

    private sealed class Box
    {
        internal byte First;
    }
}
