// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>A type of the program. What it consists of is read when it is asked for. Thread-safe.</summary>
public sealed class DwarfType
{
    private const int MaxDepth = 64;
    private readonly DwarfInfo? _info;
    private readonly ulong? _target;
    private readonly int _entry;
    private DwarfType? _resolved;
    private bool? _byReference;
    private IReadOnlyList<DwarfMember>? _members;
    private IReadOnlyList<KeyValuePair<string, long>>? _enumerators;

    internal DwarfType(DwarfInfo? info, int entry, DwarfTypeKind kind, string? name, ulong? size, ulong? target)
    {
        (_info, _entry, Kind, Name, _target) = (info, entry, kind, name, target);
        KnownSize = size;
    }

    /// <summary>The kind of type.</summary>
    public DwarfTypeKind Kind { get; }

    /// <summary>Its name, as <c>task</c> for <c>struct task</c>; null if it has none.</summary>
    public string? Name { get; }

    /// <summary>True for signed numbers and characters.</summary>
    public bool IsSigned { get; internal init; }

    /// <summary>True if only the name is known, nowhere in the file what the type holds.</summary>
    public bool IsDeclaration { get; internal init; }

    /// <summary>True for classes that functions are given the address of where the source passes them by value (C++, those with a destructor or copy constructor of their own).</summary>
    public bool IsPassedByReference => Kind == DwarfTypeKind.Struct && (SaysByReference ?? (_byReference ??= _info!.HasDestructor(_entry)));

    /// <summary>What the compiler said of it; not all do.</summary>
    internal bool? SaysByReference { get; init; }

    /// <summary>The word before the target of a qualified type: <c>const</c>; else empty.</summary>
    public string Qualifier { get; internal init; } = "";

    /// <summary>Elements of an array in each dimension; 0 where it is open.</summary>
    public IReadOnlyList<ulong> Dimensions { get; internal init; } = [];

    /// <summary>What a pointer, array, typedef or qualified type is made of, the result of a function, the integer of an enumeration; null for other kinds.</summary>
    public DwarfType? Target
    {
        get
        {
            if (Kind is not (DwarfTypeKind.Pointer or DwarfTypeKind.Reference or DwarfTypeKind.Array or DwarfTypeKind.Typedef or DwarfTypeKind.Qualified or DwarfTypeKind.Function or DwarfTypeKind.Enum)) return null;
            return _resolved ??= _target is { } at ? _info!.TypeAt(at) : DwarfInfo.VoidType;
        }
    }

    /// <summary>Bytes that a value takes; 0 if that is not known.</summary>
    public ulong Size => SizeWithin(MaxDepth);

    /// <summary>Members of a structure, class or union, base classes first as they are laid out; empty for other kinds.</summary>
    public IReadOnlyList<DwarfMember> Members => Kind is not (DwarfTypeKind.Struct or DwarfTypeKind.Union) ? [] : _members ??= _info!.MembersOf(_entry);

    /// <summary>Names and numbers of an enumeration; empty for other kinds.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Enumerators => Kind != DwarfTypeKind.Enum ? [] : _enumerators ??= _info!.EnumeratorsOf(_entry);

    internal ulong? KnownSize { get; }

    /// <summary>The type behind typedefs and qualifiers.</summary>
    public DwarfType Underlying()
    {
        DwarfType type = this;
        for (int i = 0; i < MaxDepth && type.Kind is DwarfTypeKind.Typedef or DwarfTypeKind.Qualified && type.Target is { } target; i++) type = target;
        return type;
    }

    /// <summary>The member of a name, also within anonymous structures and base classes; its offset counts from the start of this type. Null if there is none.</summary>
    public DwarfMember? FindMember(string name) => FindMember(name, 16);

    /// <summary>The type as C writes it: <c>struct task *</c>, <c>const char *</c>, <c>int[4]</c>.</summary>
    public override string ToString() => Text(MaxDepth);

    private DwarfMember? FindMember(string name, int depth)
    {
        DwarfType type = Underlying();
        foreach (DwarfMember member in type.Members)
        {
            if (member.Name == name) return member;
        }

        if (depth == 0) return null;
        foreach (DwarfMember member in type.Members)
        {
            if (member.Name is not null) continue;
            if (member.Type.FindMember(name, depth - 1) is { } inner)
            {
                return inner with { Offset = inner.Offset + member.Offset, BitOffset = inner.BitSize == 0 ? 0 : inner.BitOffset + (member.Offset * 8) };
            }
        }

        return null;
    }

    private ulong SizeWithin(int depth)
    {
        if (KnownSize is { } size) return size;
        if (depth == 0) return 0;
        switch (Kind)
        {
            case DwarfTypeKind.Typedef or DwarfTypeKind.Qualified or DwarfTypeKind.Enum:
                return Target!.SizeWithin(depth - 1);
            case DwarfTypeKind.Array:
                ulong total = Target!.SizeWithin(depth - 1);
                foreach (ulong count in Dimensions) total = unchecked(total * count);
                return total;
            default:
                return 0;
        }
    }

    private string Text(int depth)
    {
        if (depth == 0) return "?";
        string target = Target?.Text(depth - 1) ?? "";
        return Kind switch
        {
            DwarfTypeKind.Void => "void",
            DwarfTypeKind.Pointer => target.EndsWith('*') ? target + "*" : target + " *",
            DwarfTypeKind.Reference => target + " &",
            DwarfTypeKind.Struct => $"struct {Name ?? "{...}"}",
            DwarfTypeKind.Union => $"union {Name ?? "{...}"}",
            DwarfTypeKind.Enum => $"enum {Name ?? "{...}"}",
            DwarfTypeKind.Array => target + string.Concat(Dimensions.Select(count => count == 0 ? "[]" : $"[{count.ToString(CultureInfo.InvariantCulture)}]")),
            DwarfTypeKind.Qualified => target.EndsWith('*') ? $"{target}{Qualifier}" : $"{Qualifier} {target}",
            DwarfTypeKind.Function => $"{target} ()",
            _ => Name ?? "?",
        };
    }
}
