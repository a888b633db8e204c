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
        Add("bpf_map_lookup_elem", &MapHelpers.Lookup, ReturnKind.MapValueOrNull, ConstMap, MapKey);
        Add("bpf_map_update_elem", &MapHelpers.Update, ReturnKind.Scalar, ConstMap, MapKey, MapValue, Scalar);
        Add("bpf_map_delete_elem", &MapHelpers.Delete, ReturnKind.Scalar, ConstMap, MapKey);
        Add("bpf_map_push_elem", &MapHelpers.Push, ReturnKind.Scalar, ConstMap, MapValue, Scalar);
        Add("bpf_map_pop_elem", &MapHelpers.Pop, ReturnKind.Scalar, ConstMap, UninitMapValue);
        Add("bpf_map_peek_elem", &MapHelpers.Peek, ReturnKind.Scalar, ConstMap, UninitMapValue);
        Add("bpf_map_lookup_percpu_elem", &MapHelpers.LookupPerCpu, ReturnKind.MapValueOrNull, ConstMap, MapKey, Scalar);
        AddWith(HelperEffects.CallsBack, "bpf_for_each_map_elem", &MapHelpers.ForEach, ReturnKind.Scalar, ConstMap, Function, StackOrNull, Scalar);
        Add("bpf_tail_call", &TimeHelpers.TailCallByNumber, ReturnKind.Void, Context, ConstMap, Scalar);
        Add("bpf_ringbuf_output", &RingHelpers.Output, ReturnKind.Scalar, ConstMap, Memory, SizeOrZero, Scalar);
        Add("bpf_ringbuf_reserve", &RingHelpers.Reserve, ReturnKind.AllocatedMemoryOrNull, ConstMap, ConstSize, Scalar);
        Add("bpf_ringbuf_submit", &RingHelpers.Submit, ReturnKind.Void, AllocatedMemory, Scalar);
        Add("bpf_ringbuf_discard", &RingHelpers.Discard, ReturnKind.Void, AllocatedMemory, Scalar);
        Add("bpf_ringbuf_query", &RingHelpers.Query, ReturnKind.Scalar, ConstMap, Scalar);
        Add("bpf_ringbuf_reserve_dynptr", &DynptrHelpers.RingReserve, ReturnKind.Scalar, ConstMap, Scalar, Scalar, UninitDynptr);
        Add("bpf_ringbuf_submit_dynptr", &DynptrHelpers.RingSubmit, ReturnKind.Void, Dynptr, Scalar);
        Add("bpf_ringbuf_discard_dynptr", &DynptrHelpers.RingDiscard, ReturnKind.Void, Dynptr, Scalar);
        AddWith(HelperEffects.CallsBack, "bpf_user_ringbuf_drain", &EventHelpers.DrainUserRing, ReturnKind.Scalar, ConstMap, Function, StackOrNull, Scalar);
        foreach (string output in new[] { "bpf_perf_event_output", "bpf_skb_output", "bpf_xdp_output" })
        {
            AddWith(HelperEffects.GplOnly, output, &EventHelpers.PerfOutput, ReturnKind.Scalar, Context, ConstMap, Scalar, Memory, SizeOrZero);
        }

        AddWith(HelperEffects.GplOnly, "bpf_get_stackid", &EventHelpers.GetStackId, ReturnKind.Scalar, Context, ConstMap, Scalar);
        AddWith(HelperEffects.GplOnly, "bpf_get_stack", &EventHelpers.GetStack, ReturnKind.Scalar, Context, UninitMemory, SizeOrZero, Scalar);
        foreach (string owner in new[] { "sk", "task", "inode", "cgrp" })
        {
            Add($"bpf_{owner}_storage_get", &StorageHelpers.Get, ReturnKind.MapValueOrNull, ConstMap, BtfObject, MapValue, Scalar);
            Add($"bpf_{owner}_storage_delete", &StorageHelpers.Delete, ReturnKind.Scalar, ConstMap, BtfObject);
        }

        Add("bpf_get_local_storage", &StorageHelpers.GetLocal, ReturnKind.MapValueOrNull, ConstMap, Scalar);
        Add("bpf_current_task_under_cgroup", &StorageHelpers.TaskUnderCgroup, ReturnKind.Scalar, ConstMap, Scalar);
        Add("bpf_skb_under_cgroup", &StorageHelpers.SkbUnderCgroup, ReturnKind.Scalar, Context, ConstMap, Scalar);
        Add("bpf_timer_init", &TimerHelpers.Init, ReturnKind.Scalar, MapValueField, ConstMap, Scalar);
        AddWith(HelperEffects.CallsBack, "bpf_timer_set_callback", &TimerHelpers.SetCallback, ReturnKind.Scalar, MapValueField, Function);
        Add("bpf_timer_start", &TimerHelpers.Start, ReturnKind.Scalar, MapValueField, Scalar, Scalar);
        Add("bpf_timer_cancel", &TimerHelpers.Cancel, ReturnKind.Scalar, MapValueField);
        Add("bpf_spin_lock", &MemoryHelpers.SpinLock, ReturnKind.Void, MapValueField);
        Add("bpf_spin_unlock", &MemoryHelpers.SpinUnlock, ReturnKind.Void, MapValueField);
    }

    private static void AddProcess()
    {
        foreach (string clock in new[] { "bpf_ktime_get_ns", "bpf_ktime_get_boot_ns", "bpf_ktime_get_coarse_ns", "bpf_ktime_get_tai_ns" })
        {
            Add(clock, &TimeHelpers.KtimeGetNs, ReturnKind.Scalar);
        }

        Add("bpf_jiffies64", &TimeHelpers.Jiffies, ReturnKind.Scalar);
        Add("bpf_get_prandom_u32", &TimeHelpers.GetPrandomU32, ReturnKind.Scalar);
        Add("bpf_get_smp_processor_id", &TimeHelpers.GetSmpProcessorId, ReturnKind.Scalar);
        Add("bpf_get_numa_node_id", &TimeHelpers.GetNumaNodeId, ReturnKind.Scalar);
        Add("bpf_get_current_pid_tgid", &TimeHelpers.GetPidTgid, ReturnKind.Scalar);
        Add("bpf_get_current_uid_gid", &TimeHelpers.GetUidGid, ReturnKind.Scalar);
        Add("bpf_get_current_comm", &TimeHelpers.GetComm, ReturnKind.Scalar, UninitMemory, Size);
        AddWith(HelperEffects.GplOnly, "bpf_get_current_task", &TimeHelpers.GetTask, ReturnKind.Scalar);
        AddWith(HelperEffects.GplOnly, "bpf_get_current_task_btf", &TimeHelpers.GetTask, ReturnKind.BtfObject);
        Add("bpf_get_current_cgroup_id", &TimeHelpers.GetCgroupId, ReturnKind.Scalar);
        Add("bpf_get_current_ancestor_cgroup_id", &TimeHelpers.GetAncestorCgroupId, ReturnKind.Scalar, Scalar);
        Add("bpf_get_ns_current_pid_tgid", &TimeHelpers.GetNsPidTgid, ReturnKind.Scalar, Scalar, Scalar, UninitMemory, Size);
        Add("bpf_get_socket_cookie", &TimeHelpers.GetSocketCookie, ReturnKind.Scalar, Context);
        Add("bpf_get_socket_uid", &TimeHelpers.GetSocketUid, ReturnKind.Scalar, Context);
        Add("bpf_get_netns_cookie", &TimeHelpers.One, ReturnKind.Scalar, Anything);
        Add("bpf_get_cgroup_classid", &LoopHelpers.Nothing, ReturnKind.Scalar, Context);
        Add("bpf_get_route_realm", &LoopHelpers.Nothing, ReturnKind.Scalar, Context);
        Add("bpf_skb_cgroup_id", &TimeHelpers.GetCgroupId, ReturnKind.Scalar, Context);
        Add("bpf_get_attach_cookie", &LoopHelpers.Nothing, ReturnKind.Scalar, Context);
        Add("bpf_get_func_ip", &LoopHelpers.Nothing, ReturnKind.Scalar, Context);
        Add("bpf_get_func_arg", &TimeHelpers.GetFuncArg, ReturnKind.Scalar, Context, Scalar, FixedOutput);
        Add("bpf_get_func_ret", &TimeHelpers.GetFuncRet, ReturnKind.Scalar, Context, FixedOutput);
        Add("bpf_get_func_arg_cnt", &TimeHelpers.GetFuncArgCount, ReturnKind.Scalar, Context);
        Add("bpf_get_retval", &TimeHelpers.GetRetval, ReturnKind.Scalar);
        Add("bpf_set_retval", &TimeHelpers.SetRetval, ReturnKind.Scalar, Scalar);
        Add("bpf_send_signal", &TimeHelpers.SendSignal, ReturnKind.Scalar, Scalar);
        Add("bpf_send_signal_thread", &TimeHelpers.SendSignal, ReturnKind.Scalar, Scalar);
        AddWith(HelperEffects.CallsBack, "bpf_loop", &LoopHelpers.Loop, ReturnKind.Scalar, Scalar, Function, StackOrNull, Scalar);
    }

    private static void AddPackets()
    {
        const HelperEffects writes = HelperEffects.WritesPacket;
        Add("bpf_skb_load_bytes", &SkbHelpers.LoadBytes, ReturnKind.Scalar, Context, Scalar, UninitMemory, Size);
        Add("bpf_skb_load_bytes_relative", &SkbHelpers.LoadBytesRelative, ReturnKind.Scalar, Context, Scalar, UninitMemory, Size, Scalar);
        AddWith(writes, "bpf_skb_store_bytes", &SkbHelpers.StoreBytes, ReturnKind.Scalar, Context, Scalar, Memory, Size, Scalar);
        AddWith(writes, "bpf_skb_pull_data", &SkbHelpers.PullData, ReturnKind.Scalar, Context, Scalar);
        AddWith(writes, "bpf_skb_change_tail", &SkbHelpers.ChangeTail, ReturnKind.Scalar, Context, Scalar, Scalar);
        AddWith(writes, "bpf_skb_change_head", &SkbHelpers.ChangeHead, ReturnKind.Scalar, Context, Scalar, Scalar);
        AddWith(writes, "bpf_skb_change_proto", &SkbHelpers.ChangeProto, ReturnKind.Scalar, Context, Scalar, Scalar);
        Add("bpf_skb_change_type", &SkbHelpers.ChangeType, ReturnKind.Scalar, Context, Scalar);
        AddWith(writes, "bpf_skb_adjust_room", &SkbHelpers.AdjustRoom, ReturnKind.Scalar, Context, Scalar, Scalar, Scalar);
        AddWith(writes, "bpf_skb_vlan_push", &SkbHelpers.VlanPush, ReturnKind.Scalar, Context, Scalar, Scalar);
        AddWith(writes, "bpf_skb_vlan_pop", &SkbHelpers.VlanPop, ReturnKind.Scalar, Context);
        Add("bpf_get_hash_recalc", &SkbHelpers.GetHashRecalc, ReturnKind.Scalar, Context);
        Add("bpf_set_hash_invalid", &SkbHelpers.SetHashInvalid, ReturnKind.Scalar, Context);
        Add("bpf_set_hash", &SkbHelpers.SetHash, ReturnKind.Scalar, Context, Scalar);
        AddWith(writes, "bpf_l3_csum_replace", &ChecksumHelpers.L3Replace, ReturnKind.Scalar, Context, Scalar, Scalar, Scalar, Scalar);
        AddWith(writes, "bpf_l4_csum_replace", &ChecksumHelpers.L4Replace, ReturnKind.Scalar, Context, Scalar, Scalar, Scalar, Scalar);
        Add("bpf_csum_diff", &ChecksumHelpers.Diff, ReturnKind.Scalar, MemoryOrNull, SizeOrZero, MemoryOrNull, SizeOrZero, Scalar);
        Add("bpf_csum_update", &ChecksumHelpers.Update, ReturnKind.Scalar, Context, Scalar);
        Add("bpf_csum_level", &ChecksumHelpers.Level, ReturnKind.Scalar, Context, Scalar);
        Add("bpf_redirect", &RedirectHelpers.ToInterface, ReturnKind.Scalar, Scalar, Scalar);
        Add("bpf_redirect_peer", &RedirectHelpers.ToPeer, ReturnKind.Scalar, Scalar, Scalar);
        Add("bpf_redirect_neigh", &RedirectHelpers.ToNeighbour, ReturnKind.Scalar, Scalar, MemoryOrNull, SizeOrZero, Scalar);
        AddWith(writes, "bpf_clone_redirect", &RedirectHelpers.Clone, ReturnKind.Scalar, Context, Scalar, Scalar);
        Add("bpf_redirect_map", &RedirectHelpers.ToMap, ReturnKind.Scalar, ConstMap, Scalar, Scalar);
        Add("bpf_sk_redirect_map", &RedirectHelpers.ToSocket, ReturnKind.Scalar, Context, ConstMap, Scalar, Scalar);
        Add("bpf_msg_redirect_map", &RedirectHelpers.ToSocket, ReturnKind.Scalar, Context, ConstMap, Scalar, Scalar);
        Add("bpf_sk_select_reuseport", &RedirectHelpers.SelectReuseport, ReturnKind.Scalar, Context, ConstMap, MapKey, Scalar);
        Add("bpf_fib_lookup", &RedirectHelpers.FibLookup, ReturnKind.Scalar, Context, Memory, Size, Scalar);
        AddWith(writes, "bpf_xdp_adjust_head", &XdpHelpers.AdjustHead, ReturnKind.Scalar, Context, Scalar);
        AddWith(writes, "bpf_xdp_adjust_tail", &XdpHelpers.AdjustTail, ReturnKind.Scalar, Context, Scalar);
        AddWith(writes, "bpf_xdp_adjust_meta", &XdpHelpers.AdjustMeta, ReturnKind.Scalar, Context, Scalar);
        Add("bpf_xdp_get_buff_len", &XdpHelpers.GetBuffLen, ReturnKind.Scalar, Context);
        Add("bpf_xdp_load_bytes", &XdpHelpers.LoadBytes, ReturnKind.Scalar, Context, Scalar, UninitMemory, Size);
        AddWith(writes, "bpf_xdp_store_bytes", &XdpHelpers.StoreBytes, ReturnKind.Scalar, Context, Scalar, Memory, Size);
    }

    private static void AddMemory()
    {
        foreach (string read in new[] { "bpf_probe_read", "bpf_probe_read_user", "bpf_copy_from_user" })
        {
            AddWith(HelperEffects.GplOnly, read, &MemoryHelpers.ProbeRead, ReturnKind.Scalar, UninitMemory, SizeOrZero, Anything);
        }

        foreach (string read in new[] { "bpf_probe_read_str", "bpf_probe_read_user_str" })
        {
            AddWith(HelperEffects.GplOnly, read, &MemoryHelpers.ProbeReadString, ReturnKind.Scalar, UninitMemory, SizeOrZero, Anything);
        }

        AddWith(HelperEffects.GplOnly, "bpf_probe_read_kernel", &MemoryHelpers.ProbeReadKernel, ReturnKind.Scalar, UninitMemory, SizeOrZero, Anything);
        AddWith(HelperEffects.GplOnly, "bpf_probe_read_kernel_str", &MemoryHelpers.ProbeReadKernelString, ReturnKind.Scalar, UninitMemory, SizeOrZero, Anything);
        AddWith(HelperEffects.GplOnly, "bpf_probe_write_user", &MemoryHelpers.ProbeWriteUser, ReturnKind.Scalar, Anything, Memory, Size);
        Add("bpf_strtol", &TextHelpers.StrToL, ReturnKind.Scalar, Memory, Size, Scalar, FixedOutput);
        Add("bpf_strtoul", &TextHelpers.StrToUl, ReturnKind.Scalar, Memory, Size, Scalar, FixedOutput);
        Add("bpf_strncmp", &TextHelpers.StrNCmp, ReturnKind.Scalar, Memory, Size, ConstString);
        Add("bpf_snprintf", &TextHelpers.SnPrintf, ReturnKind.Scalar, UninitMemory, SizeOrZero, ConstString, MemoryOrNull, SizeOrZero);
        AddWith(HelperEffects.GplOnly, "bpf_trace_printk", &TextHelpers.TracePrintk, ReturnKind.Scalar, Memory, Size, Anything, Anything, Anything);
        AddWith(HelperEffects.GplOnly, "bpf_trace_vprintk", &TextHelpers.TraceVPrintk, ReturnKind.Scalar, Memory, Size, MemoryOrNull, SizeOrZero);
        Add("bpf_dynptr_from_mem", &DynptrHelpers.FromMemory, ReturnKind.Scalar, Memory, SizeOrZero, Scalar, UninitDynptr);
        Add("bpf_dynptr_read", &DynptrHelpers.Read, ReturnKind.Scalar, UninitMemory, SizeOrZero, Dynptr, Scalar, Scalar);
        AddWith(HelperEffects.WritesPacket, "bpf_dynptr_write", &DynptrHelpers.Write, ReturnKind.Scalar, Dynptr, Scalar, Memory, SizeOrZero, Scalar);
        Add("bpf_dynptr_data", &DynptrHelpers.Data, ReturnKind.MemoryOrNull, Dynptr, Scalar, ConstSize);
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
