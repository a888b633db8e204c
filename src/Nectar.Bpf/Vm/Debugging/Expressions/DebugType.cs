// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>What a debugger distinguishes in types.</summary>
internal enum DebugTypeKind : byte
{
    Integer,
    Pointer,
    Composite,
    Array,
    Context,
    Opaque,
}

/// <summary>The type of a value: the machine's own integers, or a type of the object's BTF.</summary>
/// <param name="Kind">What can be done with it.</param>
/// <param name="Size">Bytes; 0 where unknown.</param>
/// <param name="Name">As C spells it.</param>
internal sealed record DebugType(DebugTypeKind Kind, int Size, string Name)
{
    internal static readonly DebugType U64 = new(DebugTypeKind.Integer, 8, "u64"), S64 = new(DebugTypeKind.Integer, 8, "s64") { IsSigned = true };
    internal static readonly DebugType U8 = new(DebugTypeKind.Integer, 1, "u8"), U32 = new(DebugTypeKind.Integer, 4, "u32");
    internal static readonly DebugType Void = new(DebugTypeKind.Opaque, 0, "void");

    private static readonly Dictionary<string, DebugType> s_builtin = Builtin();

    internal bool IsSigned { get; init; }

    /// <summary>What a pointer points to, what an array is made of.</summary>
    internal DebugType? Target { get; init; }

    internal int Count { get; init; }

    /// <summary>The BTF that knows more about the type.</summary>
    internal BtfTypes? Types { get; init; }

    internal uint Id { get; init; }

    internal static DebugType PointerTo(DebugType target) => new(DebugTypeKind.Pointer, 8, target.Name.EndsWith('*') ? target.Name + "*" : target.Name + " *") { Target = target };

    internal static DebugType ArrayOf(DebugType element, int count) => new(DebugTypeKind.Array, element.Size * count, $"{element.Name}[{count}]") { Target = element, Count = count };

    /// <summary>The type of a number in BTF; null for what has no size.</summary>
    internal static DebugType FromBtf(BtfTypes types, uint id, int depth = 0)
    {
        if (types[id].Kind == BtfKind.Var) id = types[id].TypeId;
        uint resolved = types.Resolve(id);
        BtfType type = types[resolved];
        long size = types.SizeOf(resolved);
        string name = types[types.SkipModifiers(id)] is { Name.Length: > 0 } named ? named.Name : type.Kind.ToString().ToLowerInvariant();
        if (type.Kind == BtfKind.Pointer)
        {
            // a pointer's target is looked at when it is followed: types refer to themselves through pointers
            return PointerTo(depth > 1 ? Void with { Types = types, Id = type.TypeId } : FromBtf(types, type.TypeId, depth + 1)) with { Types = types, Id = id };
        }

        if (size is < 0 or > int.MaxValue) return Void with { Types = types, Id = id };
        return type.Kind switch
        {
            BtfKind.Int => new DebugType(DebugTypeKind.Integer, (int)size, name) { IsSigned = (type.IntEncoding & BtfIntEncoding.Signed) != 0, Types = types, Id = id },
            BtfKind.Enum or BtfKind.Enum64 => new DebugType(DebugTypeKind.Integer, (int)size, "enum " + name) { IsSigned = type.KindFlag, Types = types, Id = id },
            BtfKind.Struct or BtfKind.Union => new DebugType(DebugTypeKind.Composite, (int)size, name == type.Name && name.Length > 0 ? (type.Kind == BtfKind.Struct ? "struct " : "union ") + name : name) { Types = types, Id = resolved },
            BtfKind.Array => ArrayOf(FromBtf(types, type.ElementTypeId, depth), (int)type.ElementCount) with { Types = types, Id = id },
            _ => new DebugType(DebugTypeKind.Opaque, (int)size, name) { Types = types, Id = id },
        };
    }

    /// <summary>A type by its name in C, without pointers; null if there is none.</summary>
    internal static DebugType? Find(string name, BtfTypes? types)
    {
        if (s_builtin.TryGetValue(name, out DebugType? builtin)) return builtin;
        if (types is null) return null;
        int space = name.IndexOf(' ');
        (string tag, string bare) = space < 0 ? ("", name) : (name[..space], name[(space + 1)..]);
        BtfKind[] kinds = tag switch { "struct" => [BtfKind.Struct], "union" => [BtfKind.Union], "enum" => [BtfKind.Enum, BtfKind.Enum64], _ => [BtfKind.Typedef, BtfKind.Int] };
        foreach (BtfKind kind in kinds)
        {
            if (types.FindByName(bare, kind) is var id and not 0) return FromBtf(types, id);
        }

        return null;
    }

    private static Dictionary<string, DebugType> Builtin()
    {
        Dictionary<string, DebugType> all = new(StringComparer.Ordinal) { ["void"] = Void };
        foreach ((int size, bool signed, string names) in new[]
        {
            (1, false, "u8 __u8 uint8_t|unsigned char|bool"), (2, false, "u16 __u16 uint16_t|unsigned short"), (4, false, "u32 __u32 uint32_t|unsigned int|unsigned"),
            (8, false, "u64 __u64 uint64_t|unsigned long|unsigned long long|size_t"), (1, true, "s8 __s8 int8_t|char|signed char"), (2, true, "s16 __s16 int16_t|short"),
            (4, true, "s32 __s32 int32_t|int"), (8, true, "s64 __s64 int64_t|long|long long"),
        })
        {
            foreach (string group in names.Split('|'))
            {
                foreach (string name in group.StartsWith("unsigned ", StringComparison.Ordinal) || group.StartsWith("signed ", StringComparison.Ordinal) || group.StartsWith("long ", StringComparison.Ordinal) ? [group] : group.Split(' '))
                {
                    all[name] = new DebugType(DebugTypeKind.Integer, size, name) { IsSigned = signed };
                }
            }
        }

        return all;
    }
}
