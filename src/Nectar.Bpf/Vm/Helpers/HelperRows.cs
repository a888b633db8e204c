// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using static Nectar.Bpf.Vm.ArgumentKind;

namespace Nectar.Bpf.Vm;

/// <summary>The rows of the table.</summary>
public static unsafe partial class HelperTable
{
    static partial void AddAll()
    {
        AddMaps();
        AddProcess();
        AddPackets();
        AddMemory();
        AddKfuncs();
    }

    private static void AddMaps()
    {
        Add("bpf_map_lookup_elem", &MapHelpers.Lookup);
        Add("bpf_map_update_elem", &MapHelpers.Update);
        Add("bpf_map_delete_elem", &MapHelpers.Delete);
        Add("bpf_map_push_elem", &MapHelpers.Push);
        Add("bpf_map_pop_elem", &MapHelpers.Pop);
        Add("bpf_map_peek_elem", &MapHelpers.Peek);
        Add("bpf_map_lookup_percpu_elem", &MapHelpers.LookupPerCpu);
        Add("bpf_for_each_map_elem", &MapHelpers.ForEach);
        Add("bpf_tail_call", &TimeHelpers.TailCallByNumber);
        Add("bpf_ringbuf_output", &RingHelpers.Output);
        Add("bpf_ringbuf_reserve", &RingHelpers.Reserve);
        Add("bpf_ringbuf_submit", &RingHelpers.Submit);
        Add("bpf_ringbuf_discard", &RingHelpers.Discard);
        Add("bpf_ringbuf_query", &RingHelpers.Query);
        Add("bpf_ringbuf_reserve_dynptr", &DynptrHelpers.RingReserve);
        Add("bpf_ringbuf_submit_dynptr", &DynptrHelpers.RingSubmit);
        Add("bpf_ringbuf_discard_dynptr", &DynptrHelpers.RingDiscard);
        Add("bpf_user_ringbuf_drain", &EventHelpers.DrainUserRing);
        foreach (string output in new[] { "bpf_perf_event_output", "bpf_skb_output", "bpf_xdp_output" })
        {
            Add(output, &EventHelpers.PerfOutput);
        }

        Add("bpf_get_stackid", &EventHelpers.GetStackId);
        Add("bpf_get_stack", &EventHelpers.GetStack);
        foreach (string owner in new[] { "sk", "task", "inode", "cgrp" })
        {
            Add($"bpf_{owner}_storage_get", &StorageHelpers.Get);
            Add($"bpf_{owner}_storage_delete", &StorageHelpers.Delete);
        }

        Add("bpf_get_local_storage", &StorageHelpers.GetLocal);
        Add("bpf_current_task_under_cgroup", &StorageHelpers.TaskUnderCgroup);
        Add("bpf_skb_under_cgroup", &StorageHelpers.SkbUnderCgroup);
        Add("bpf_timer_init", &TimerHelpers.Init);
        Add("bpf_timer_set_callback", &TimerHelpers.SetCallback);
        Add("bpf_timer_start", &TimerHelpers.Start);
        Add("bpf_timer_cancel", &TimerHelpers.Cancel);
        Add("bpf_spin_lock", &MemoryHelpers.SpinLock);
        Add("bpf_spin_unlock", &MemoryHelpers.SpinUnlock);
    }

    private static void AddProcess()
    {
        foreach (string clock in new[] { "bpf_ktime_get_ns", "bpf_ktime_get_boot_ns", "bpf_ktime_get_coarse_ns", "bpf_ktime_get_tai_ns" })
        {
            Add(clock, &TimeHelpers.KtimeGetNs);
        }

        Add("bpf_jiffies64", &TimeHelpers.Jiffies);
        Add("bpf_get_prandom_u32", &TimeHelpers.GetPrandomU32);
        Add("bpf_get_smp_processor_id", &TimeHelpers.GetSmpProcessorId);
        Add("bpf_get_numa_node_id", &TimeHelpers.GetNumaNodeId);
        Add("bpf_get_current_pid_tgid", &TimeHelpers.GetPidTgid);
        Add("bpf_get_current_uid_gid", &TimeHelpers.GetUidGid);
        Add("bpf_get_current_comm", &TimeHelpers.GetComm);
        Add("bpf_get_current_task", &TimeHelpers.GetTask);
        Add("bpf_get_current_task_btf", &TimeHelpers.GetTask);
        Add("bpf_get_current_cgroup_id", &TimeHelpers.GetCgroupId);
        Add("bpf_get_current_ancestor_cgroup_id", &TimeHelpers.GetAncestorCgroupId);
        Add("bpf_get_ns_current_pid_tgid", &TimeHelpers.GetNsPidTgid);
        Add("bpf_get_socket_cookie", &TimeHelpers.GetSocketCookie);
        Add("bpf_get_socket_uid", &TimeHelpers.GetSocketUid);
        Add("bpf_get_netns_cookie", &TimeHelpers.One);
        Add("bpf_get_cgroup_classid", &LoopHelpers.Nothing);
        Add("bpf_get_route_realm", &LoopHelpers.Nothing);
        Add("bpf_skb_cgroup_id", &TimeHelpers.GetCgroupId);
        Add("bpf_get_attach_cookie", &LoopHelpers.Nothing);
        Add("bpf_get_func_ip", &LoopHelpers.Nothing);
        Add("bpf_get_func_arg", &TimeHelpers.GetFuncArg);
        Add("bpf_get_func_ret", &TimeHelpers.GetFuncRet);
        Add("bpf_get_func_arg_cnt", &TimeHelpers.GetFuncArgCount);
        Add("bpf_get_retval", &TimeHelpers.GetRetval);
        Add("bpf_set_retval", &TimeHelpers.SetRetval);
        Add("bpf_send_signal", &TimeHelpers.SendSignal);
        Add("bpf_send_signal_thread", &TimeHelpers.SendSignal);
        Add("bpf_loop", &LoopHelpers.Loop);
    }

    private static void AddPackets()
    {
        Add("bpf_skb_load_bytes", &SkbHelpers.LoadBytes);
        Add("bpf_skb_load_bytes_relative", &SkbHelpers.LoadBytesRelative);
        AddWriter("bpf_skb_store_bytes", &SkbHelpers.StoreBytes);
        AddWriter("bpf_skb_pull_data", &SkbHelpers.PullData);
        AddWriter("bpf_skb_change_tail", &SkbHelpers.ChangeTail);
        AddWriter("bpf_skb_change_head", &SkbHelpers.ChangeHead);
        AddWriter("bpf_skb_change_proto", &SkbHelpers.ChangeProto);
        Add("bpf_skb_change_type", &SkbHelpers.ChangeType);
        AddWriter("bpf_skb_adjust_room", &SkbHelpers.AdjustRoom);
        AddWriter("bpf_skb_vlan_push", &SkbHelpers.VlanPush);
        AddWriter("bpf_skb_vlan_pop", &SkbHelpers.VlanPop);
        Add("bpf_get_hash_recalc", &SkbHelpers.GetHashRecalc);
        Add("bpf_set_hash_invalid", &SkbHelpers.SetHashInvalid);
        Add("bpf_set_hash", &SkbHelpers.SetHash);
        AddWriter("bpf_l3_csum_replace", &ChecksumHelpers.L3Replace);
        AddWriter("bpf_l4_csum_replace", &ChecksumHelpers.L4Replace);
        Add("bpf_csum_diff", &ChecksumHelpers.Diff);
        Add("bpf_csum_update", &ChecksumHelpers.Update);
        Add("bpf_csum_level", &ChecksumHelpers.Level);
        Add("bpf_redirect", &RedirectHelpers.ToInterface);
        Add("bpf_redirect_peer", &RedirectHelpers.ToPeer);
        Add("bpf_redirect_neigh", &RedirectHelpers.ToNeighbour);
        AddWriter("bpf_clone_redirect", &RedirectHelpers.Clone);
        Add("bpf_redirect_map", &RedirectHelpers.ToMap);
        Add("bpf_sk_redirect_map", &RedirectHelpers.ToSocket);
        Add("bpf_msg_redirect_map", &RedirectHelpers.ToSocket);
        Add("bpf_sk_select_reuseport", &RedirectHelpers.SelectReuseport);
        Add("bpf_fib_lookup", &RedirectHelpers.FibLookup);
        AddWriter("bpf_xdp_adjust_head", &XdpHelpers.AdjustHead);
        AddWriter("bpf_xdp_adjust_tail", &XdpHelpers.AdjustTail);
        AddWriter("bpf_xdp_adjust_meta", &XdpHelpers.AdjustMeta);
        Add("bpf_xdp_get_buff_len", &XdpHelpers.GetBuffLen);
        Add("bpf_xdp_load_bytes", &XdpHelpers.LoadBytes);
        AddWriter("bpf_xdp_store_bytes", &XdpHelpers.StoreBytes);
    }

    private static void AddMemory()
    {
        foreach (string read in new[] { "bpf_probe_read", "bpf_probe_read_user", "bpf_copy_from_user" })
        {
            Add(read, &MemoryHelpers.ProbeRead);
        }

        foreach (string read in new[] { "bpf_probe_read_str", "bpf_probe_read_user_str" })
        {
            Add(read, &MemoryHelpers.ProbeReadString);
        }

        Add("bpf_probe_read_kernel", &MemoryHelpers.ProbeReadKernel);
        Add("bpf_probe_read_kernel_str", &MemoryHelpers.ProbeReadKernelString);
        Add("bpf_probe_write_user", &MemoryHelpers.ProbeWriteUser);
        Add("bpf_strtol", &TextHelpers.StrToL);
        Add("bpf_strtoul", &TextHelpers.StrToUl);
        Add("bpf_strncmp", &TextHelpers.StrNCmp);
        Add("bpf_snprintf", &TextHelpers.SnPrintf);
        Add("bpf_trace_printk", &TextHelpers.TracePrintk);
        Add("bpf_trace_vprintk", &TextHelpers.TraceVPrintk);
        Add("bpf_dynptr_from_mem", &DynptrHelpers.FromMemory);
        Add("bpf_dynptr_read", &DynptrHelpers.Read);
        AddWriter("bpf_dynptr_write", &DynptrHelpers.Write);
        Add("bpf_dynptr_data", &DynptrHelpers.Data);
    }

    private static void AddKfuncs()
    {
        AddKfunc("bpf_iter_num_new", &LoopHelpers.NumNew, ReturnKind.Scalar, Iterator, Scalar, Scalar);
        AddKfunc("bpf_iter_num_next", &LoopHelpers.NumNext, ReturnKind.MemoryOrNull, Iterator);
        AddKfunc("bpf_iter_num_destroy", &LoopHelpers.NumDestroy, ReturnKind.Void, Iterator);
        AddKfunc("bpf_iter_bits_new", &LoopHelpers.BitsNew, ReturnKind.Scalar, Iterator, Anything, Scalar);
        AddKfunc("bpf_iter_bits_next", &LoopHelpers.BitsNext, ReturnKind.MemoryOrNull, Iterator);
        AddKfunc("bpf_iter_bits_destroy", &LoopHelpers.BitsDestroy, ReturnKind.Void, Iterator);
        AddKfunc("bpf_throw", &LoopHelpers.Throw, ReturnKind.Never, Scalar);
        foreach (string none in new[] { "bpf_rcu_read_lock", "bpf_rcu_read_unlock", "bpf_preempt_disable", "bpf_preempt_enable" })
        {
            AddKfunc(none, &LoopHelpers.Nothing, ReturnKind.Void);
        }

        AddKfunc("bpf_arena_alloc_pages", &StorageHelpers.ArenaAllocate, ReturnKind.MemoryOrNull, ConstMap, Anything, Scalar, Scalar, Scalar);
        AddKfunc("bpf_arena_free_pages", &StorageHelpers.ArenaFree, ReturnKind.Void, ConstMap, Anything, Scalar);
        AddKfunc("bpf_cast_to_kern_ctx", &LoopHelpers.First, ReturnKind.BtfObject, Context);
        AddKfunc("bpf_rdonly_cast", &LoopHelpers.First, ReturnKind.BtfObject, Anything, Scalar);
        AddKfunc("bpf_dynptr_from_skb", &DynptrHelpers.FromPacket, ReturnKind.Scalar, Context, Scalar, UninitDynptr);
        AddKfunc("bpf_dynptr_from_xdp", &DynptrHelpers.FromPacket, ReturnKind.Scalar, Context, Scalar, UninitDynptr);
        AddKfunc("bpf_dynptr_slice", &DynptrHelpers.Slice, ReturnKind.MemoryOrNull, Dynptr, Scalar, MemoryOrNull, ConstSize);
        AddKfunc("bpf_dynptr_slice_rdwr", &DynptrHelpers.SliceToWrite, ReturnKind.MemoryOrNull, Dynptr, Scalar, MemoryOrNull, ConstSize);
        AddKfunc("bpf_dynptr_adjust", &DynptrHelpers.Adjust, ReturnKind.Scalar, Dynptr, Scalar, Scalar);
        AddKfunc("bpf_dynptr_is_null", &DynptrHelpers.IsNull, ReturnKind.Scalar, Dynptr);
        AddKfunc("bpf_dynptr_is_rdonly", &DynptrHelpers.IsReadOnly, ReturnKind.Scalar, Dynptr);
        AddKfunc("bpf_dynptr_size", &DynptrHelpers.Size, ReturnKind.Scalar, Dynptr);
        AddKfunc("bpf_dynptr_clone", &DynptrHelpers.CloneTo, ReturnKind.Scalar, Dynptr, UninitDynptr);
        foreach (string hardware in new[] { "bpf_xdp_metadata_rx_timestamp", "bpf_xdp_metadata_rx_hash", "bpf_xdp_metadata_rx_vlan_tag" })
        {
            AddKfunc(hardware, &LoopHelpers.NotSupported, ReturnKind.Scalar, Context, FixedOutput, FixedOutput);
        }
    }
}
