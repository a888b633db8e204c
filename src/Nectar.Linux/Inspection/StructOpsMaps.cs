// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;

namespace Nectar.Linux.Inspection;

/// <summary>Tables of functions that programs offer to the kernel (struct_ops): which there are, and taking them back.</summary>
public static class StructOpsMaps
{
    private const string Prefix = "bpf_struct_ops_";

    /// <summary>All of the kernel's, or those of a reference.</summary>
    public static List<MapInfo> Find(ObjectReference? reference)
    {
        IEnumerable<MapInfo> maps;
        if (reference is { } wanted)
        {
            List<KernelMap> found = ObjectFinder.Maps(wanted);
            maps = found.Select(map => map.GetInfo()).ToArray();
            foreach (KernelMap map in found) map.Dispose();
        }
        else
        {
            maps = MapInfo.ReadAll();
        }

        List<MapInfo> result = [.. maps.Where(map => map.Type == MapType.StructOps)];
        return result.Count > 0 || reference is null ? result
            : throw new KernelException(Diagnostic.Error(InspectionCodes.NotFound, $"the map with {reference} is no struct_ops", "help: 'nectar struct-ops list' shows what there is"), Errno.ENOENT, "find", "map");
    }

    /// <summary>The kernel's struct that a map is for: <c>tcp_congestion_ops</c>; <c>?</c> where the kernel has no BTF.</summary>
    public static string StructName(MapInfo map)
    {
        ArgumentNullException.ThrowIfNull(map);
        BtfTypes? types = KernelBtf.Running.TryVmlinux;
        if (types is null || map.KernelValueTypeId == 0 || map.KernelValueTypeId >= (uint)types.Count) return "?";
        string name = types[map.KernelValueTypeId].Name;
        return name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
    }

    /// <summary>Takes a table back that was registered without a link.</summary>
    /// <exception cref="KernelException">The kernel refuses (NEC4705).</exception>
    public static void Unregister(uint id)
    {
        using KernelMap map = KernelMap.OpenById(id);
        Errno errno = map.Delete(new byte[4]);
        if (errno != Errno.None)
        {
            throw Refusal.Make(InspectionCodes.MapOperation, $"struct_ops map {id} '{map.Name}'", "unregister", "bpf(BPF_MAP_DELETE_ELEM)", errno,
                errno == Errno.EOPNOTSUPP ? "help: it is held by a link: 'nectar link list' shows it, 'nectar link detach' takes it off" : "note: it is not registered, or in use");
        }
    }
}
