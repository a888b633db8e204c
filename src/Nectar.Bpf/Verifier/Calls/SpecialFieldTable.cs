// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Exploration;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>The special fields of all maps and types of one program; each type is looked into once.</summary>
internal sealed class SpecialFieldTable(BtfTypes? program, BtfTypes? kernel, MapTable maps)
{
    private readonly SpecialFields?[] _ofMaps = new SpecialFields?[maps.Count];
    private readonly Dictionary<uint, SpecialFields> _ofTypes = [];

    internal SpecialFields OfMap(int map) => _ofMaps[map] ??= FindInMap(maps[map]);

    /// <summary>The fields of an allocated object; the kernel's own objects have none for programs.</summary>
    internal SpecialFields OfObject(int set, uint typeId)
    {
        if (set != 1 || program is null) return SpecialFields.Unknown;
        if (_ofTypes.TryGetValue(typeId, out SpecialFields? known)) return known;
        SpecialFields found = new(new SpecialFieldFinder(program, kernel, IsOfObjects).Find(typeId), true);
        _ofTypes.Add(typeId, found);
        return found;
    }

    internal SpecialFields Of(in RegisterState pointer) => pointer.Kind switch
    {
        RegisterKind.MapValue or RegisterKind.ConstMap => OfMap(pointer.Target),
        RegisterKind.BtfObject => OfObject(pointer.Origin, (uint)pointer.Target),
        _ => SpecialFields.Unknown,
    };

    private SpecialFields FindInMap(MapDefinition map) => program is null || map.ValueTypeId == 0 || map.ValueTypeId >= program.Count
        ? SpecialFields.Unknown
        : new SpecialFields(new SpecialFieldFinder(program, kernel, IsOfMaps).Find(map.ValueTypeId), true);

    private static bool IsOfMaps(SpecialFieldKind kind) => kind is not (SpecialFieldKind.ListNode or SpecialFieldKind.TreeNode);

    private static bool IsOfObjects(SpecialFieldKind kind) =>
        kind is not (SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue or SpecialFieldKind.TaskWork or SpecialFieldKind.UserPointer);
}
