// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Which helpers work on which maps: some types of map have helpers of their own and no others, some helpers work on some types only.</summary>
internal static class MapHelperRules
{
    private const string Lookup = "map_lookup_elem";

    // The type of map, and every helper that takes it. Types that are not here take all helpers that take them.
    private static readonly (MapType[] Maps, string[] Helpers)[] s_ofMaps =
    [
        ([MapType.ProgArray], ["tail_call"]),
        ([MapType.PerfEventArray], ["perf_event_read", "perf_event_output", "skb_output", "perf_event_read_value", "xdp_output"]),
        ([MapType.RingBuf], ["ringbuf_output", "ringbuf_reserve", "ringbuf_query", "ringbuf_reserve_dynptr", "ringbuf_submit_dynptr", "ringbuf_discard_dynptr"]),
        ([MapType.UserRingBuf], ["user_ringbuf_drain"]),
        ([MapType.StackTrace], ["get_stackid"]),
        ([MapType.CgroupArray], ["skb_under_cgroup", "current_task_under_cgroup"]),
        ([MapType.CgroupStorage, MapType.PerCpuCgroupStorage], ["get_local_storage"]),
        ([MapType.DevMap, MapType.DevMapHash, MapType.XskMap], ["redirect_map", Lookup]),
        ([MapType.CpuMap], ["redirect_map"]),
        ([MapType.ArrayOfMaps, MapType.HashOfMaps], [Lookup]),
        ([MapType.SockMap], ["sk_redirect_map", "sock_map_update", "msg_redirect_map", "sk_select_reuseport", Lookup]),
        ([MapType.SockHash], ["sk_redirect_hash", "sock_hash_update", "msg_redirect_hash", "sk_select_reuseport", Lookup]),
        ([MapType.ReuseportSockArray], ["sk_select_reuseport"]),
        ([MapType.Queue, MapType.Stack], ["map_peek_elem", "map_pop_elem", "map_push_elem"]),
        ([MapType.SkStorage], ["sk_storage_get", "sk_storage_delete", "kptr_xchg"]),
        ([MapType.InodeStorage], ["inode_storage_get", "inode_storage_delete", "kptr_xchg"]),
        ([MapType.TaskStorage], ["task_storage_get", "task_storage_delete", "kptr_xchg"]),
        ([MapType.CgrpStorage], ["cgrp_storage_get", "cgrp_storage_delete", "kptr_xchg"]),
        ([MapType.BloomFilter], ["map_peek_elem", "map_push_elem"]),
        ([MapType.InsnArray], []),
    ];

    // The helper, and every type of map that it takes. Helpers that are not here take all types that take them.
    private static readonly (string[] Helpers, MapType[] Maps)[] s_ofHelpers =
    [
        (["tail_call"], [MapType.ProgArray]),
        (["perf_event_read", "perf_event_output", "perf_event_read_value", "skb_output", "xdp_output"], [MapType.PerfEventArray]),
        (["ringbuf_output", "ringbuf_reserve", "ringbuf_query", "ringbuf_reserve_dynptr", "ringbuf_submit_dynptr", "ringbuf_discard_dynptr"], [MapType.RingBuf]),
        (["user_ringbuf_drain"], [MapType.UserRingBuf]),
        (["get_stackid"], [MapType.StackTrace]),
        (["current_task_under_cgroup", "skb_under_cgroup"], [MapType.CgroupArray]),
        (["redirect_map"], [MapType.DevMap, MapType.DevMapHash, MapType.CpuMap, MapType.XskMap]),
        (["sk_redirect_map", "msg_redirect_map", "sock_map_update"], [MapType.SockMap]),
        (["sk_redirect_hash", "msg_redirect_hash", "sock_hash_update"], [MapType.SockHash]),
        (["get_local_storage"], [MapType.CgroupStorage, MapType.PerCpuCgroupStorage]),
        (["sk_select_reuseport"], [MapType.ReuseportSockArray, MapType.SockMap, MapType.SockHash]),
        (["map_pop_elem"], [MapType.Queue, MapType.Stack]),
        (["map_peek_elem", "map_push_elem"], [MapType.Queue, MapType.Stack, MapType.BloomFilter]),
        (["map_lookup_percpu_elem"], [MapType.PerCpuArray, MapType.PerCpuHash, MapType.LruPerCpuHash]),
        (["sk_storage_get", "sk_storage_delete"], [MapType.SkStorage]),
        (["inode_storage_get", "inode_storage_delete"], [MapType.InodeStorage]),
        (["task_storage_get", "task_storage_delete"], [MapType.TaskStorage]),
        (["cgrp_storage_get", "cgrp_storage_delete"], [MapType.CgrpStorage]),
    ];

    // Programs that never hold a lock of the socket that they would put in.
    private static readonly ProgramType[] s_mayUpdateSockets =
        [ProgramType.SocketFilter, ProgramType.SchedCls, ProgramType.SchedAct, ProgramType.Xdp, ProgramType.SkReuseport, ProgramType.FlowDissector, ProgramType.SkLookup];

    private static readonly Dictionary<MapType, HashSet<int>> s_helpersOf = s_ofMaps.SelectMany(row => row.Maps.Select(map => (map, Ids(row.Helpers)))).ToDictionary();
    private static readonly Dictionary<int, HashSet<MapType>> s_mapsOf = s_ofHelpers.SelectMany(row => Ids(row.Helpers).Select(id => (id, row.Maps.ToHashSet()))).ToDictionary();

    /// <summary>True if a program may call a helper on a map of a type.</summary>
    internal static bool Allows(MapType map, int helper, in ProgramTraits program)
    {
        if (s_mapsOf.TryGetValue(helper, out HashSet<MapType>? maps) && !maps.Contains(map)) return false;
        if (!s_helpersOf.TryGetValue(map, out HashSet<int>? helpers) || helpers.Contains(helper)) return true;
        return map is MapType.SockMap or MapType.SockHash && MayUpdateSockets(helper, program);
    }

    private static bool MayUpdateSockets(int helper, in ProgramTraits program)
    {
        if (helper is not (HelperId.MapUpdate or HelperId.MapDelete)) return false;
        if (program.Type == ProgramType.Tracing) return program.Attach == AttachType.TraceIter;
        if (program.Type == ProgramType.SockOps) return helper == HelperId.MapDelete;
        return Array.IndexOf(s_mayUpdateSockets, program.Type) >= 0;
    }

    private static HashSet<int> Ids(string[] names) => [.. names.Select(name => HelperNames.IdOf("bpf_" + name))];
}
