// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering;

/// <summary>
/// Fields of the kernel's structs whose places are found when the object is loaded. Each gets a declaration of its own: the struct with this
/// one member, under a name with a suffix that the search ignores (<c>task_struct___pid</c>).
/// </summary>
internal sealed class PortableFields(IrModule module)
{
    private readonly Dictionary<(string Struct, string Field), CoreAccess> _known = [];
    private uint _char;
    private uint _index;

    /// <summary>What the loader is asked; null for a field that is not the kernel's, or of a few bits only: it stays where it is.</summary>
    /// <param name="root">The struct that is accessed.</param>
    /// <param name="field">The field, perhaps of an anonymous member.</param>
    /// <param name="offset">Where it is in the struct that the script was bound to.</param>
    public CoreAccess? Find(StructType? root, StructField field, int offset)
    {
        if (root is null || root.BtfTypeId == 0 || field.Bits is not null || field.Name.Length == 0) return null;
        string name = root.Name[(root.Name.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        if (name.Length == 0 || name[0] is '(' or '<') return null;
        if (_known.TryGetValue((root.Name, field.Name), out CoreAccess? known)) return known;

        // What is behind three underscores between other letters does not count: there may be no other such place in it.
        BtfMember member = new(field.Name, TypeOf(field.Type), (uint)offset * 8, 0);
        uint type = module.Types.AddComposite(root.IsUnion ? BtfKind.Union : BtfKind.Struct, string.Create(CultureInfo.InvariantCulture, $"{name}___{_known.Count}_{field.Name.Trim('_').Replace("___", "_", StringComparison.Ordinal)}"), (uint)Math.Max(root.Size, offset + Math.Max(1, field.Type.Size)), [member]);
        return _known[(root.Name, field.Name)] = new CoreAccess(type, "0:0", CoreRelocationKind.FieldByteOffset, offset, $"{name}.{field.Name}");
    }

    /// <summary>As much of a member's type as the search compares.</summary>
    private uint TypeOf(TraceType type)
    {
        BtfBuilder types = module.Types;
        switch (type.Kind)
        {
            case TypeKind.Pointer:
                return types.AddPointer(0);
            case TypeKind.Struct:
                return types.AddComposite(type.Struct!.IsUnion ? BtfKind.Union : BtfKind.Struct, "", (uint)type.Size, []);
            case TypeKind.Array:
                return types.AddArray(TypeOf(type.Element!), Index(), (uint)type.Count);
            case TypeKind.String:
                return types.AddArray(Char(), Index(), (uint)type.Size);
            default:
                return type.Enum is { } of ? types.AddEnum(of.Name, (uint)type.Size, type.IsSigned, []) : types.AddInt(type.Kind == TypeKind.Boolean ? "_Bool" : "int", Math.Max(1, type.Size));
        }
    }

    private uint Char() => _char != 0 ? _char : _char = module.Types.AddInt("char", 1);

    private uint Index() => _index != 0 ? _index : _index = module.Types.AddInt("__ARRAY_SIZE_TYPE__", 4);
}
