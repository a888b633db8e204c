// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Looks for special fields in a type of the program: by the names of structs, and by the tags of pointers.</summary>
internal sealed class SpecialFieldFinder(BtfTypes types, BtfTypes? kernel, Func<SpecialFieldKind, bool> isWanted)
{
    private const int MaxNesting = 32;
    private const int MaxSteps = 1 << 20;

    /// <summary>A type with more has none for the kernel (BTF_FIELDS_MAX).</summary>
    private const int MaxFields = 11;

    private static readonly Dictionary<string, (SpecialFieldKind Kind, int Size)> s_structs = new(StringComparer.Ordinal)
    {
        ["bpf_spin_lock"] = (SpecialFieldKind.SpinLock, 4),
        ["bpf_res_spin_lock"] = (SpecialFieldKind.ResilientSpinLock, 4),
        ["bpf_timer"] = (SpecialFieldKind.Timer, 16),
        ["bpf_wq"] = (SpecialFieldKind.WorkQueue, 16),
        ["bpf_task_work"] = (SpecialFieldKind.TaskWork, 8),
        ["bpf_list_head"] = (SpecialFieldKind.ListHead, 16),
        ["bpf_list_node"] = (SpecialFieldKind.ListNode, 24),
        ["bpf_rb_root"] = (SpecialFieldKind.TreeRoot, 16),
        ["bpf_rb_node"] = (SpecialFieldKind.TreeNode, 32),
        ["bpf_refcount"] = (SpecialFieldKind.Refcount, 4),
    };

    private readonly List<SpecialField> _found = [];
    private bool _isWrong;
    private int _steps; // a few structs that contain each other often enough would never be done with

    /// <summary>The fields of a struct or of a section of variables.</summary>
    internal SpecialField[] Find(uint typeId)
    {
        BtfType type = types[types.Resolve(typeId)];
        if (type.IsComposite) InStruct(type, 0, 0);
        else if (type.Kind == BtfKind.DataSection)
        {
            for (int i = 0; i < type.Count; i++)
            {
                BtfSectionVariable variable = type.Variable(i);
                InField(types[variable.TypeId].TypeId, (int)variable.Offset, variable.TypeId, -1, 0);
            }
        }

        if (_isWrong || _found.Count > MaxFields) return [];
        _found.Sort((x, y) => x.Offset.CompareTo(y.Offset));
        return [.. _found];
    }

    private void InStruct(BtfType type, int offset, int depth)
    {
        if (type.Kind != BtfKind.Struct) return;
        for (int i = 0; i < type.Count; i++)
        {
            (_, uint memberType, uint bits, _) = type.MemberRaw(i);
            if (bits % 8 == 0) InField(memberType, offset + (int)(bits / 8), type.Id, i, depth);
        }
    }

    private void InField(uint typeId, int offset, uint owner, int index, int depth)
    {
        if (_isWrong) return;
        if (++_steps > MaxSteps)
        {
            _isWrong = true;
            return;
        }

        int elements = 1;
        BtfType type = types[typeId];
        for (int i = 0; i < MaxNesting && type.Kind == BtfKind.Array; i++)
        {
            elements = (int)Math.Min((long)elements * type.ElementCount, 1 << 16);
            type = types[type.ElementTypeId];
        }

        if (elements == 0 || depth >= MaxNesting) return;
        if (type.IsComposite)
        {
            if (s_structs.TryGetValue(type.Name, out (SpecialFieldKind Kind, int Size) known) && isWanted(known.Kind))
            {
                if (type.Size == known.Size) AddStruct(known.Kind, offset, known.Size, owner, index, elements);
                return;
            }

            int before = _found.Count;
            InStruct(type, offset, depth + 1);
            Repeat(before, elements, (int)type.Size);
            return;
        }

        AddPointer(type, offset, elements);
    }

    private void AddStruct(SpecialFieldKind kind, int offset, int size, uint owner, int index, int elements)
    {
        SpecialField field = new(kind, offset, size);
        bool isUnique = kind is SpecialFieldKind.SpinLock or SpecialFieldKind.ResilientSpinLock or SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue or SpecialFieldKind.TaskWork or SpecialFieldKind.Refcount;
        if (isUnique && _found.Exists(other => other.Kind == kind)) _isWrong = true;
        if (kind is SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot)
        {
            if (FindContained(owner, index) is not (uint contained and not 0, int nodeOffset)) return;
            field = field with { TypeId = contained, TypeSet = 1, NodeOffset = nodeOffset };
        }

        int before = _found.Count;
        _found.Add(field);
        Repeat(before, elements, size);
    }

    private void Repeat(int from, int elements, int elementSize)
    {
        int count = _found.Count - from;
        if (elements > 1 && !_found.Skip(from).All(field => field.IsKptr || field.Kind is SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot)) _isWrong = true;
        for (int e = 1; e < elements && _found.Count <= MaxFields; e++)
        {
            for (int i = 0; i < count; i++) _found.Add(_found[from + i] with { Offset = _found[from + i].Offset + (e * elementSize) });
        }
    }

    /// <summary>The tag "contains:TYPE:NODE" of a list or tree.</summary>
    private (uint Type, int NodeOffset) FindContained(uint owner, int index)
    {
        const string Key = "contains:";
        for (uint id = types.FirstId; id < types.Count; id++)
        {
            BtfType tag = types[id];
            if (tag.Kind != BtfKind.DeclTag || tag.TypeId != owner || tag.ComponentIndex != index) continue;
            string text = tag.Name;
            if (!text.StartsWith(Key, StringComparison.Ordinal)) continue;
            int colon = text.IndexOf(':', Key.Length);
            if (colon < 0) return default;
            uint contained = types.FindByName(text[Key.Length..colon], BtfKind.Struct);
            if (contained == 0) return default;
            BtfType node = types[contained];
            for (int i = 0; i < node.Count; i++)
            {
                if (node.Member(i) is { } member && member.Name == text[(colon + 1)..]) return (contained, (int)(member.BitOffset / 8));
            }
        }

        return default;
    }

    private void AddPointer(BtfType type, int offset, int elements)
    {
        if (type.Kind == BtfKind.Volatile) type = types[type.TypeId];
        if (type.Kind != BtfKind.Pointer) return;
        BtfType tag = types[type.TypeId];
        if (tag.Kind != BtfKind.TypeTag) return;
        SpecialFieldKind kind;
        switch (tag.Name)
        {
            case "kptr_untrusted": kind = SpecialFieldKind.KptrUnreferenced; break;
            case "kptr": kind = SpecialFieldKind.KptrReferenced; break;
            case "percpu_kptr": kind = SpecialFieldKind.KptrPerCpu; break;
            case "uptr": kind = SpecialFieldKind.UserPointer; break;
            default: return;
        }

        uint target = types.SkipModifiers(tag.TypeId);
        BtfType pointee = types[target];
        if (!pointee.IsComposite && pointee.Kind != BtfKind.Forward) return;
        if (!isWanted(kind)) return;
        uint inKernel = kind == SpecialFieldKind.UserPointer || kernel is null ? 0 : kernel.FindByName(pointee.Name, pointee.Kind == BtfKind.Union ? BtfKind.Union : BtfKind.Struct);
        SpecialField field = new(kind, offset, 8) { TypeId = inKernel != 0 ? inKernel : target, TypeSet = inKernel != 0 ? 0 : 1 };
        int before = _found.Count;
        _found.Add(field);
        Repeat(before, elements, 8);
    }
}
