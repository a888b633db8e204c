// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Vm;

/// <summary>Finds the fields of a map's value that are not plain data (locks, timers, …), by the names of their types.</summary>
internal static class MapFieldFinder
{
    private static readonly Dictionary<string, MapFieldKind> s_kinds = new(StringComparer.Ordinal)
    {
        ["bpf_spin_lock"] = MapFieldKind.SpinLock,
        ["bpf_res_spin_lock"] = MapFieldKind.ResilientSpinLock,
        ["bpf_timer"] = MapFieldKind.Timer,
        ["bpf_wq"] = MapFieldKind.WorkQueue,
        ["bpf_list_head"] = MapFieldKind.ListHead,
        ["bpf_list_node"] = MapFieldKind.ListNode,
        ["bpf_rb_root"] = MapFieldKind.TreeRoot,
        ["bpf_rb_node"] = MapFieldKind.TreeNode,
        ["bpf_refcount"] = MapFieldKind.ReferenceCount,
    };

    /// <summary>The fields of a value's type; empty where there are none or no types.</summary>
    internal static MapField[] Find(BtfTypes? types, uint typeId)
    {
        if (types is null || typeId == 0 || typeId >= types.Count) return [];
        List<MapField> fields = [];
        Collect(types, typeId, 0, 0, fields);
        return [.. fields];
    }

    private static void Collect(BtfTypes types, uint typeId, uint offset, int depth, List<MapField> fields)
    {
        BtfType type = types[types.SkipModifiers(typeId)];
        if (depth > 8 || type.Kind != BtfKind.Struct) return;
        for (int i = 0; i < type.Count; i++)
        {
            BtfMember member = type.Member(i);
            BtfType inner = types[types.SkipModifiers(member.TypeId)];
            if (inner.Kind != BtfKind.Struct) continue;
            uint at = offset + (member.BitOffset / 8);
            if (s_kinds.TryGetValue(inner.Name, out MapFieldKind kind)) fields.Add(new MapField(kind, at, inner.Size));
            else Collect(types, inner.Id, at, depth + 1, fields);
        }
    }
}
