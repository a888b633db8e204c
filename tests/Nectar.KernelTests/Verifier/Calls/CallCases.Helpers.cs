// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.KernelTests.Verifier.Calls;

internal static partial class CallCases
{
    internal const string Helpers = """
        === ok lookup, null tested
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = hash ll
        call bpf_map_lookup_elem
        if r0 == 0 goto out
        r1 = *(u64 *)(r0 + 8)
        out:
        r0 = 0
        exit
        === no lookup, null not tested
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = hash ll
        call bpf_map_lookup_elem
        r1 = *(u64 *)(r0 + 8)
        r0 = 0
        exit
        === ok lookup with a constant key in range needs no null test
        *(u32 *)(r10 - 8) = 3
        r2 = r10
        r2 += -8
        r1 = array ll
        call bpf_map_lookup_elem
        r1 = *(u64 *)(r0 + 8)
        r0 = 0
        exit
        === no lookup with a constant key out of range
        *(u32 *)(r10 - 4) = 8
        r2 = r10
        r2 += -4
        r1 = array ll
        call bpf_map_lookup_elem
        r1 = *(u64 *)(r0 + 8)
        r0 = 0
        exit
        === no lookup with a key that varies
        call bpf_get_prandom_u32
        *(u32 *)(r10 - 4) = r0
        r2 = r10
        r2 += -4
        r1 = array ll
        call bpf_map_lookup_elem
        r1 = *(u64 *)(r0 + 8)
        r0 = 0
        exit
        === no a key that is known on one path only
        call bpf_get_prandom_u32
        r6 = 1
        if r0 > 5 goto store
        r6 = 100
        store:
        *(u32 *)(r10 - 4) = r6
        r2 = r10
        r2 += -4
        r1 = array ll
        call bpf_map_lookup_elem
        r1 = *(u64 *)(r0 + 8)
        r0 = 0
        exit
        === no the key is a number
        r2 = 0
        r1 = hash ll
        call bpf_map_lookup_elem
        r0 = 0
        exit
        === no the key leaves the stack
        r2 = r10
        r2 += -2
        r1 = hash ll
        call bpf_map_lookup_elem
        r0 = 0
        exit
        === no the map is a number
        r2 = r10
        r2 += -8
        r1 = 5
        call bpf_map_lookup_elem
        r0 = 0
        exit
        === no r2 was never written
        r1 = hash ll
        call bpf_map_lookup_elem
        r0 = 0
        exit
        === no r1 is gone after a call
        r6 = r1
        r2 = r10
        r2 += -8
        r1 = hash ll
        call bpf_map_lookup_elem
        r0 = r2
        exit
        === ok the value lies in a map's value
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = hash ll
        call bpf_map_lookup_elem
        if r0 == 0 goto out
        r3 = r0
        *(u32 *)(r10 - 4) = 1
        r2 = r10
        r2 += -4
        r1 = hash ll
        r4 = 0
        call bpf_map_update_elem
        out:
        r0 = 0
        exit
        === no the value is too short in a map's value
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = hash ll
        call bpf_map_lookup_elem
        if r0 == 0 goto out
        r3 = r0
        r3 += 4
        *(u32 *)(r10 - 4) = 1
        r2 = r10
        r2 += -4
        r1 = hash ll
        r4 = 0
        call bpf_map_update_elem
        out:
        r0 = 0
        exit
        === no update of a map that is read-only to programs
        *(u64 *)(r10 - 8) = 0
        *(u64 *)(r10 - 16) = 0
        r2 = r10
        r2 += -8
        r3 = r10
        r3 += -16
        r1 = frozen ll
        r4 = 0
        call bpf_map_update_elem
        r0 = 0
        exit
        === ok lookup in a map that is read-only to programs
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = frozen ll
        call bpf_map_lookup_elem
        if r0 == 0 goto out
        r0 = *(u8 *)(r0 + 0)
        out:
        r0 = 0
        exit
        === no lookup in a queue
        r2 = r10
        r2 += -8
        r1 = queue ll
        call bpf_map_lookup_elem
        r0 = 0
        exit
        === ok push into a queue
        *(u64 *)(r10 - 8) = 1
        r2 = r10
        r2 += -8
        r1 = queue ll
        r3 = 0
        call bpf_map_push_elem
        r0 = 0
        exit
        === no push into a hash
        *(u64 *)(r10 - 8) = 1
        r2 = r10
        r2 += -8
        r1 = hash ll
        r3 = 0
        call bpf_map_push_elem
        r0 = 0
        exit
        === ok pop writes the stack
        r2 = r10
        r2 += -8
        r1 = queue ll
        call bpf_map_pop_elem
        r0 = *(u64 *)(r10 - 8)
        r0 = 0
        exit
        === ok peek of a bloom filter
        *(u64 *)(r10 - 8) = 1
        r2 = r10
        r2 += -8
        r1 = bloom ll
        call bpf_map_peek_elem
        r0 = 0
        exit
        === no pop of a bloom filter
        *(u64 *)(r10 - 8) = 1
        r2 = r10
        r2 += -8
        r1 = bloom ll
        call bpf_map_pop_elem
        r0 = 0
        exit
        === ok tail call
        r2 = progs ll
        r3 = 1
        call bpf_tail_call
        r0 = 0
        exit
        === no tail call into an array
        r2 = array ll
        r3 = 1
        call bpf_tail_call
        r0 = 0
        exit
        === no tail call with a context that was moved
        r1 += 4
        r2 = progs ll
        r3 = 1
        call bpf_tail_call
        r0 = 0
        exit
        === no tail call with a record held
        r6 = r1
        r1 = ring ll
        r2 = 8
        r3 = 0
        call bpf_ringbuf_reserve
        if r0 == 0 goto out
        r7 = r0
        r1 = r6
        r2 = progs ll
        r3 = 1
        call bpf_tail_call
        r1 = r7
        r2 = 0
        call bpf_ringbuf_discard
        out:
        r0 = 0
        exit
        === ok a record is submitted
        r1 = ring ll
        r2 = 8
        r3 = 0
        call bpf_ringbuf_reserve
        if r0 == 0 goto out
        *(u64 *)(r0 + 0) = 1
        r1 = r0
        r2 = 0
        call bpf_ringbuf_submit
        out:
        r0 = 0
        exit
        === no a record is lost
        r1 = ring ll
        r2 = 8
        r3 = 0
        call bpf_ringbuf_reserve
        if r0 == 0 goto out
        *(u64 *)(r0 + 0) = 1
        out:
        r0 = 0
        exit
        === no a record is submitted twice
        r1 = ring ll
        r2 = 8
        r3 = 0
        call bpf_ringbuf_reserve
        if r0 == 0 goto out
        r6 = r0
        r1 = r0
        r2 = 0
        call bpf_ringbuf_submit
        r1 = r6
        r2 = 0
        call bpf_ringbuf_submit
        out:
        r0 = 0
        exit
        === no a record is used after it was submitted
        r1 = ring ll
        r2 = 8
        r3 = 0
        call bpf_ringbuf_reserve
        if r0 == 0 goto out
        *(u64 *)(r10 - 8) = r0
        r1 = r0
        r2 = 0
        call bpf_ringbuf_submit
        r1 = *(u64 *)(r10 - 8)
        *(u64 *)(r1 + 0) = 1
        out:
        r0 = 0
        exit
        === no a record is submitted with an offset
        r1 = ring ll
        r2 = 8
        r3 = 0
        call bpf_ringbuf_reserve
        if r0 == 0 goto out
        r1 = r0
        r1 += 4
        r2 = 0
        call bpf_ringbuf_submit
        out:
        r0 = 0
        exit
        === no a record's size varies
        call bpf_get_prandom_u32
        r2 = r0
        r1 = ring ll
        r3 = 0
        call bpf_ringbuf_reserve
        if r0 == 0 goto out
        r1 = r0
        r2 = 0
        call bpf_ringbuf_submit
        out:
        r0 = 0
        exit
        === no a record is written behind its end
        r1 = ring ll
        r2 = 8
        r3 = 0
        call bpf_ringbuf_reserve
        if r0 == 0 goto out
        *(u64 *)(r0 + 4) = 1
        r1 = r0
        r2 = 0
        call bpf_ringbuf_submit
        out:
        r0 = 0
        exit
        === no a record may be null where it is submitted
        r1 = ring ll
        r2 = 8
        r3 = 0
        call bpf_ringbuf_reserve
        r1 = r0
        r2 = 0
        call bpf_ringbuf_submit
        r0 = 0
        exit
        === ok a size with bounds
        r6 = r1
        call bpf_get_prandom_u32
        r4 = r0
        r4 &= 7
        r4 += 1
        *(u64 *)(r10 - 8) = 0
        r1 = r6
        r2 = 0
        r3 = r10
        r3 += -8
        call bpf_skb_load_bytes
        r0 = 0
        exit
        === no a size that may be zero
        r6 = r1
        call bpf_get_prandom_u32
        r4 = r0
        r4 &= 7
        *(u64 *)(r10 - 8) = 0
        r1 = r6
        r2 = 0
        r3 = r10
        r3 += -8
        call bpf_skb_load_bytes
        r0 = 0
        exit
        === no a size that may be too large
        r6 = r1
        call bpf_get_prandom_u32
        r4 = r0
        r4 &= 15
        r4 += 1
        *(u64 *)(r10 - 8) = 0
        r1 = r6
        r2 = 0
        r3 = r10
        r3 += -8
        call bpf_skb_load_bytes
        r0 = 0
        exit
        === no a size without bounds
        r6 = r1
        call bpf_get_prandom_u32
        r4 = r0
        if r4 == 0 goto out
        r1 = r6
        r2 = 0
        r3 = r10
        r3 += -8
        call bpf_skb_load_bytes
        out:
        r0 = 0
        exit
        === no a size that may be negative
        r6 = r1
        call bpf_get_prandom_u32
        r4 = r0
        r4 -= 8
        if r4 s> 8 goto out
        r1 = r6
        r2 = 0
        r3 = r10
        r3 += -8
        call bpf_skb_load_bytes
        out:
        r0 = 0
        exit
        === ok null with size zero where both may be
        r1 = 0
        r2 = 0
        r3 = 0
        r4 = 0
        r5 = 0
        call bpf_csum_diff
        r0 = 0
        exit
        === no null with a size
        r1 = 0
        r2 = 4
        r3 = 0
        r4 = 0
        r5 = 0
        call bpf_csum_diff
        r0 = 0
        exit
        === ok stack that a helper fills can be read
        r2 = 0
        r3 = r10
        r3 += -16
        r4 = 16
        call bpf_skb_load_bytes
        r0 = *(u64 *)(r10 - 8)
        r0 = 0
        exit
        === no the packet is gone after it may have moved
        r6 = r1
        r7 = *(u32 *)(r1 + 76)
        r8 = *(u32 *)(r1 + 80)
        r9 = r7
        r9 += 14
        if r9 > r8 goto out
        r1 = r6
        r2 = 0
        call bpf_skb_pull_data
        r0 = *(u8 *)(r7 + 0)
        out:
        r0 = 0
        exit
        === ok the packet stays through calls that do not move it
        r7 = *(u32 *)(r1 + 76)
        r8 = *(u32 *)(r1 + 80)
        r9 = r7
        r9 += 14
        if r9 > r8 goto out
        call bpf_ktime_get_ns
        r0 = *(u8 *)(r7 + 0)
        out:
        r0 = 0
        exit
        === ok a key in the packet
        r7 = *(u32 *)(r1 + 76)
        r8 = *(u32 *)(r1 + 80)
        r9 = r7
        r9 += 14
        if r9 > r8 goto out
        r2 = r7
        r1 = hash ll
        call bpf_map_lookup_elem
        out:
        r0 = 0
        exit
        === no a key behind the packet's known part
        r7 = *(u32 *)(r1 + 76)
        r8 = *(u32 *)(r1 + 80)
        r9 = r7
        r9 += 3
        if r9 > r8 goto out
        r2 = r7
        r1 = hash ll
        call bpf_map_lookup_elem
        out:
        r0 = 0
        exit
        === no the packet is no argument of bpf_perf_event_output
        r7 = *(u32 *)(r1 + 76)
        r8 = *(u32 *)(r1 + 80)
        r9 = r7
        r9 += 14
        if r9 > r8 goto out
        r2 = events ll
        r3 = 0
        r4 = r7
        r5 = 14
        call bpf_perf_event_output
        out:
        r0 = 0
        exit
        === ok an event from the stack
        *(u64 *)(r10 - 8) = 1
        r2 = events ll
        r3 = 0
        r4 = r10
        r4 += -8
        r5 = 8
        call bpf_perf_event_output
        r0 = 0
        exit
        === no no bytes at all above the stack
        r2 = events ll
        r3 = 0
        r4 = r10
        r5 = 0
        call bpf_perf_event_output
        r0 = 0
        exit
        === ok no bytes at all in the stack
        r2 = events ll
        r3 = 0
        r4 = r10
        r4 += -8
        r5 = 0
        call bpf_perf_event_output
        r0 = 0
        exit
        === no a helper of other programs
        .program main type=xdp
        r2 = 0
        call bpf_skb_pull_data
        r0 = 0
        exit
        === no a helper that there is not
        call 5000
        r0 = 0
        exit
        === no a GPL helper
        .license "Proprietary"
        .program main type=kprobe
        *(u64 *)(r10 - 8) = 0
        r1 = r10
        r1 += -8
        r2 = 8
        r3 = 0
        call bpf_probe_read_kernel
        r0 = 0
        exit
        === ok the result of bpf_probe_read_kernel_str has bounds
        .program main type=kprobe
        r1 = r10
        r1 += -8
        r2 = 8
        r3 = 0
        call bpf_probe_read_kernel_str
        if r0 s< 0 goto out
        if r0 s> 8 goto never
        out:
        r0 = 0
        exit
        never:
        r0 = *(u64 *)(r1 + 0)
        exit
        === ok a stack of calls has bounds
        .program main type=kprobe
        r2 = r10
        r2 += -64
        r3 = 64
        r4 = 0
        call bpf_get_stack
        if r0 s< 0 goto out
        r2 = r10
        r2 += -64
        r2 += r0
        r1 = 64
        r1 -= r0
        out:
        r0 = 0
        exit
        === ok the processor's number has bounds
        call bpf_get_smp_processor_id
        if r0 > 8191 goto never
        r0 = 0
        exit
        never:
        r0 = *(u64 *)(r1 + 0)
        exit
        === ok a socket is released
        r6 = r1
        *(u64 *)(r10 - 16) = 0
        *(u64 *)(r10 - 8) = 0
        r2 = r10
        r2 += -16
        r3 = 12
        r4 = 0
        r5 = 0
        call bpf_sk_lookup_tcp
        if r0 == 0 goto out
        r1 = r0
        call bpf_sk_release
        out:
        r0 = 0
        exit
        === no a socket is not released
        *(u64 *)(r10 - 16) = 0
        *(u64 *)(r10 - 8) = 0
        r2 = r10
        r2 += -16
        r3 = 12
        r4 = 0
        r5 = 0
        call bpf_sk_lookup_tcp
        r0 = 0
        exit
        === no a socket is released where it may be null
        *(u64 *)(r10 - 16) = 0
        *(u64 *)(r10 - 8) = 0
        r2 = r10
        r2 += -16
        r3 = 12
        r4 = 0
        r5 = 0
        call bpf_sk_lookup_tcp
        r1 = r0
        call bpf_sk_release
        r0 = 0
        exit
        === no the context's socket is not held
        r1 = *(u64 *)(r1 + 168)
        if r1 == 0 goto out
        call bpf_sk_release
        out:
        r0 = 0
        exit
        === ok a cast of a held socket, released through the cast
        *(u64 *)(r10 - 16) = 0
        *(u64 *)(r10 - 8) = 0
        r2 = r10
        r2 += -16
        r3 = 12
        r4 = 0
        r5 = 0
        call bpf_sk_lookup_tcp
        if r0 == 0 goto out
        r6 = r0
        r1 = r0
        call bpf_tcp_sock
        if r0 == 0 goto release
        r1 = *(u32 *)(r0 + 0)
        release:
        r1 = r6
        call bpf_sk_release
        out:
        r0 = 0
        exit
        === no a cast of a socket is used after the release
        *(u64 *)(r10 - 16) = 0
        *(u64 *)(r10 - 8) = 0
        r2 = r10
        r2 += -16
        r3 = 12
        r4 = 0
        r5 = 0
        call bpf_sk_lookup_tcp
        if r0 == 0 goto out
        r6 = r0
        r1 = r0
        call bpf_tcp_sock
        r7 = r0
        r1 = r6
        call bpf_sk_release
        if r7 == 0 goto out
        r1 = *(u32 *)(r7 + 0)
        out:
        r0 = 0
        exit
        === no storage of a socket that may be null
        r2 = *(u64 *)(r1 + 168)
        r1 = hash ll
        r3 = 0
        r4 = 0
        call bpf_sk_storage_get
        r0 = 0
        exit
        === ok redirect into a device map
        .program main type=xdp
        r1 = dev ll
        r2 = 0
        r3 = 0
        call bpf_redirect_map
        exit
        === no redirect into an array
        .program main type=xdp
        r1 = array ll
        r2 = 0
        r3 = 0
        call bpf_redirect_map
        exit
        === ok a per-CPU element of another processor
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = percpu ll
        r3 = 0
        call bpf_map_lookup_percpu_elem
        if r0 == 0 goto out
        r0 = *(u64 *)(r0 + 0)
        out:
        r0 = 0
        exit
        === no a per-CPU element of an array
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = array ll
        r3 = 0
        call bpf_map_lookup_percpu_elem
        r0 = 0
        exit
        === ok strtol writes a number
        .program main type=cgroup_sysctl
        *(u64 *)(r10 - 8) = 0
        r1 = r10
        r1 += -8
        r2 = 8
        r3 = 0
        r4 = r10
        r4 += -16
        call bpf_strtol
        r0 = *(u64 *)(r10 - 16)
        r0 = 1
        exit
        === no strtol writes where it is not aligned
        .program main type=cgroup_sysctl
        *(u64 *)(r10 - 8) = 0
        r1 = r10
        r1 += -8
        r2 = 8
        r3 = 0
        r4 = r10
        r4 += -20
        call bpf_strtol
        r0 = 1
        exit
        """;
}
