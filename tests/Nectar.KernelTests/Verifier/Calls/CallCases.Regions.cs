// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.KernelTests.Verifier.Calls;

internal static partial class CallCases
{
    internal const string Regions = """
        === ok an RCU section
        .extern bpf_rcu_read_lock kfunc
        .extern bpf_rcu_read_unlock kfunc
        .program main type=sched_cls
        call bpf_rcu_read_lock
        call bpf_rcu_read_unlock
        r0 = 0
        exit
        === no an RCU section that stays open
        .extern bpf_rcu_read_lock kfunc
        .program main type=sched_cls
        call bpf_rcu_read_lock
        r0 = 0
        exit
        === no an RCU section that was not opened
        .extern bpf_rcu_read_unlock kfunc
        .program main type=sched_cls
        call bpf_rcu_read_unlock
        r0 = 0
        exit
        === no RCU sections do not nest
        .extern bpf_rcu_read_lock kfunc
        .extern bpf_rcu_read_unlock kfunc
        .program main type=sched_cls
        call bpf_rcu_read_lock
        call bpf_rcu_read_lock
        call bpf_rcu_read_unlock
        call bpf_rcu_read_unlock
        r0 = 0
        exit
        === ok preemption off and on, nested
        .extern bpf_preempt_disable kfunc
        .extern bpf_preempt_enable kfunc
        .program main type=sched_cls
        call bpf_preempt_disable
        call bpf_preempt_disable
        call bpf_preempt_enable
        call bpf_preempt_enable
        r0 = 0
        exit
        === no preemption stays off
        .extern bpf_preempt_disable kfunc
        .extern bpf_preempt_enable kfunc
        .program main type=sched_cls
        call bpf_preempt_disable
        call bpf_preempt_disable
        call bpf_preempt_enable
        r0 = 0
        exit
        === no preemption was not off
        .extern bpf_preempt_enable kfunc
        .program main type=sched_cls
        call bpf_preempt_enable
        r0 = 0
        exit
        === ok interrupts off and on
        .extern bpf_local_irq_save kfunc
        .extern bpf_local_irq_restore kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        call bpf_local_irq_save
        r1 = r10
        r1 += -8
        call bpf_local_irq_restore
        r0 = 0
        exit
        === no interrupts stay off
        .extern bpf_local_irq_save kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        call bpf_local_irq_save
        r0 = 0
        exit
        === no flags restored that were not saved
        .extern bpf_local_irq_restore kfunc
        .program main type=sched_cls
        *(u64 *)(r10 - 8) = 0
        r1 = r10
        r1 += -8
        call bpf_local_irq_restore
        r0 = 0
        exit
        === no flags restored out of order
        .extern bpf_local_irq_save kfunc
        .extern bpf_local_irq_restore kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        call bpf_local_irq_save
        r1 = r10
        r1 += -16
        call bpf_local_irq_save
        r1 = r10
        r1 += -8
        call bpf_local_irq_restore
        r1 = r10
        r1 += -16
        call bpf_local_irq_restore
        r0 = 0
        exit
        === no saved flags are overwritten
        .extern bpf_local_irq_save kfunc
        .extern bpf_local_irq_restore kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        call bpf_local_irq_save
        *(u64 *)(r10 - 8) = 0
        r1 = r10
        r1 += -8
        call bpf_local_irq_restore
        r0 = 0
        exit
        === ok numbers are iterated over
        .extern bpf_iter_num_new kfunc
        .extern bpf_iter_num_next kfunc
        .extern bpf_iter_num_destroy kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        r2 = 0
        r3 = 1000000
        call bpf_iter_num_new
        next:
        r1 = r10
        r1 += -8
        call bpf_iter_num_next
        if r0 == 0 goto done
        r1 = *(u32 *)(r0 + 0)
        goto next
        done:
        r1 = r10
        r1 += -8
        call bpf_iter_num_destroy
        r0 = 0
        exit
        === no an iterator is not destroyed
        .extern bpf_iter_num_new kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        r2 = 0
        r3 = 10
        call bpf_iter_num_new
        r0 = 0
        exit
        === no an iterator is moved on that was not made
        .extern bpf_iter_num_next kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        call bpf_iter_num_next
        r0 = 0
        exit
        === no an iterator is made over another
        .extern bpf_iter_num_new kfunc
        .extern bpf_iter_num_destroy kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        r2 = 0
        r3 = 10
        call bpf_iter_num_new
        r1 = r10
        r1 += -8
        r2 = 0
        r3 = 10
        call bpf_iter_num_new
        r1 = r10
        r1 += -8
        call bpf_iter_num_destroy
        r0 = 0
        exit
        === no an element of an iterator is written
        .extern bpf_iter_num_new kfunc
        .extern bpf_iter_num_next kfunc
        .extern bpf_iter_num_destroy kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        r2 = 0
        r3 = 10
        call bpf_iter_num_new
        r1 = r10
        r1 += -8
        call bpf_iter_num_next
        if r0 == 0 goto done
        *(u32 *)(r0 + 0) = 5
        done:
        r1 = r10
        r1 += -8
        call bpf_iter_num_destroy
        r0 = 0
        exit
        === no an element that may be null
        .extern bpf_iter_num_new kfunc
        .extern bpf_iter_num_next kfunc
        .extern bpf_iter_num_destroy kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        r2 = 0
        r3 = 10
        call bpf_iter_num_new
        r1 = r10
        r1 += -8
        call bpf_iter_num_next
        r6 = *(u32 *)(r0 + 0)
        r1 = r10
        r1 += -8
        call bpf_iter_num_destroy
        r0 = 0
        exit
        === no an iterator is overwritten
        .extern bpf_iter_num_new kfunc
        .extern bpf_iter_num_destroy kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        r2 = 0
        r3 = 10
        call bpf_iter_num_new
        *(u32 *)(r10 - 8) = 0
        r1 = r10
        r1 += -8
        call bpf_iter_num_destroy
        r0 = 0
        exit
        === ok an iterator in a callee
        .extern bpf_iter_num_new kfunc
        .extern bpf_iter_num_destroy kfunc
        .program main type=sched_cls
        r1 = r10
        r1 += -8
        r2 = 0
        r3 = 10
        call bpf_iter_num_new
        r1 = r10
        r1 += -8
        call end
        r0 = 0
        exit
        .function end
        call bpf_iter_num_destroy
        r0 = 0
        exit
        === ok a dynptr over a packet is sliced
        .extern bpf_dynptr_from_skb kfunc
        .extern bpf_dynptr_slice kfunc
        .program main type=sched_cls
        r2 = 0
        r3 = r10
        r3 += -16
        call bpf_dynptr_from_skb
        *(u64 *)(r10 - 24) = 0
        *(u64 *)(r10 - 32) = 0
        r1 = r10
        r1 += -16
        r2 = 0
        r3 = r10
        r3 += -32
        r4 = 14
        call bpf_dynptr_slice
        if r0 == 0 goto out
        r1 = *(u8 *)(r0 + 13)
        out:
        r0 = 0
        exit
        === no a slice is read behind its end
        .extern bpf_dynptr_from_skb kfunc
        .extern bpf_dynptr_slice kfunc
        .program main type=sched_cls
        r2 = 0
        r3 = r10
        r3 += -16
        call bpf_dynptr_from_skb
        *(u64 *)(r10 - 24) = 0
        *(u64 *)(r10 - 32) = 0
        r1 = r10
        r1 += -16
        r2 = 0
        r3 = r10
        r3 += -32
        r4 = 14
        call bpf_dynptr_slice
        if r0 == 0 goto out
        r1 = *(u8 *)(r0 + 14)
        out:
        r0 = 0
        exit
        === no a slice is written
        .extern bpf_dynptr_from_skb kfunc
        .extern bpf_dynptr_slice kfunc
        .program main type=sched_cls
        r2 = 0
        r3 = r10
        r3 += -16
        call bpf_dynptr_from_skb
        *(u64 *)(r10 - 24) = 0
        *(u64 *)(r10 - 32) = 0
        r1 = r10
        r1 += -16
        r2 = 0
        r3 = r10
        r3 += -32
        r4 = 14
        call bpf_dynptr_slice
        if r0 == 0 goto out
        *(u8 *)(r0 + 3) = 1
        out:
        r0 = 0
        exit
        === ok a writable slice is written
        .extern bpf_dynptr_from_skb kfunc
        .extern bpf_dynptr_slice_rdwr kfunc
        .program main type=sched_cls
        r2 = 0
        r3 = r10
        r3 += -16
        call bpf_dynptr_from_skb
        *(u64 *)(r10 - 24) = 0
        *(u64 *)(r10 - 32) = 0
        r1 = r10
        r1 += -16
        r2 = 0
        r3 = r10
        r3 += -32
        r4 = 14
        call bpf_dynptr_slice_rdwr
        if r0 == 0 goto out
        *(u8 *)(r0 + 3) = 1
        out:
        r0 = 0
        exit
        === no a slice is used after the packet may have moved
        .extern bpf_dynptr_from_skb kfunc
        .extern bpf_dynptr_slice kfunc
        .program main type=sched_cls
        r6 = r1
        r2 = 0
        r3 = r10
        r3 += -16
        call bpf_dynptr_from_skb
        *(u64 *)(r10 - 24) = 0
        *(u64 *)(r10 - 32) = 0
        r1 = r10
        r1 += -16
        r2 = 0
        r3 = r10
        r3 += -32
        r4 = 14
        call bpf_dynptr_slice
        if r0 == 0 goto out
        r7 = r0
        r1 = r6
        r2 = 0
        call bpf_skb_pull_data
        r1 = *(u8 *)(r7 + 1)
        out:
        r0 = 0
        exit
        === no a slice whose size varies
        .extern bpf_dynptr_from_skb kfunc
        .extern bpf_dynptr_slice kfunc
        .program main type=sched_cls
        r2 = 0
        r3 = r10
        r3 += -16
        call bpf_dynptr_from_skb
        *(u64 *)(r10 - 24) = 0
        *(u64 *)(r10 - 32) = 0
        call bpf_get_prandom_u32
        r4 = r0
        r4 &= 7
        r1 = r10
        r1 += -16
        r2 = 0
        r3 = r10
        r3 += -32
        call bpf_dynptr_slice
        r0 = 0
        exit
        === ok a record as a dynptr
        r1 = ring ll
        r2 = 16
        r3 = 0
        r4 = r10
        r4 += -16
        call bpf_ringbuf_reserve_dynptr
        r1 = r10
        r1 += -16
        r2 = 0
        r3 = 8
        call bpf_dynptr_data
        if r0 == 0 goto out
        *(u64 *)(r0 + 0) = 1
        out:
        r1 = r10
        r1 += -16
        r2 = 0
        call bpf_ringbuf_submit_dynptr
        r0 = 0
        exit
        === no a record as a dynptr is lost
        r1 = ring ll
        r2 = 16
        r3 = 0
        r4 = r10
        r4 += -16
        call bpf_ringbuf_reserve_dynptr
        r0 = 0
        exit
        === no a record behind a dynptr after it was submitted
        r1 = ring ll
        r2 = 16
        r3 = 0
        r4 = r10
        r4 += -16
        call bpf_ringbuf_reserve_dynptr
        r1 = r10
        r1 += -16
        r2 = 0
        r3 = 8
        call bpf_dynptr_data
        r6 = r0
        r1 = r10
        r1 += -16
        r2 = 0
        call bpf_ringbuf_submit_dynptr
        if r6 == 0 goto out
        *(u64 *)(r6 + 0) = 1
        out:
        r0 = 0
        exit
        === no a dynptr that has to be submitted is overwritten
        r1 = ring ll
        r2 = 16
        r3 = 0
        r4 = r10
        r4 += -16
        call bpf_ringbuf_reserve_dynptr
        *(u64 *)(r10 - 16) = 0
        r0 = 0
        exit
        === no a dynptr that was not made
        r1 = r10
        r1 += -16
        r2 = 0
        r3 = 8
        call bpf_dynptr_data
        r0 = 0
        exit
        === no a dynptr is read as plain memory
        r1 = ring ll
        r2 = 16
        r3 = 0
        r4 = r10
        r4 += -16
        call bpf_ringbuf_reserve_dynptr
        r6 = *(u64 *)(r10 - 16)
        r1 = r10
        r1 += -16
        r2 = 0
        call bpf_ringbuf_submit_dynptr
        r0 = 0
        exit
        === ok a loop by callback
        r1 = 100
        r2 = step ll
        r3 = 0
        r4 = 0
        call bpf_loop
        r0 = 0
        exit
        .function step
        r0 = 0
        exit
        === no a callback returns 2
        r1 = 100
        r2 = step ll
        r3 = 0
        r4 = 0
        call bpf_loop
        r0 = 0
        exit
        .function step
        r0 = 2
        exit
        === no a callback reads a register that it was not given
        r1 = 100
        r2 = step ll
        r3 = 0
        r4 = 0
        call bpf_loop
        r0 = 0
        exit
        .function step
        r0 = r3
        r0 = 0
        exit
        === no a callback breaks what the caller relies on
        *(u64 *)(r10 - 8) = 0
        r1 = 100
        r2 = step ll
        r3 = r10
        r3 += -8
        r4 = 0
        call bpf_loop
        r1 = *(u64 *)(r10 - 8)
        r2 = r10
        r2 += -8
        r2 += r1
        r0 = *(u8 *)(r2 + 0)
        r0 = 0
        exit
        .function step
        r1 = *(u64 *)(r2 + 0)
        r1 += 1
        *(u64 *)(r2 + 0) = r1
        r0 = 0
        exit
        === ok a callback counts
        *(u64 *)(r10 - 8) = 0
        r1 = 100
        r2 = step ll
        r3 = r10
        r3 += -8
        r4 = 0
        call bpf_loop
        r0 = *(u64 *)(r10 - 8)
        r0 = 0
        exit
        .function step
        r1 = *(u64 *)(r2 + 0)
        r1 += 1
        *(u64 *)(r2 + 0) = r1
        r0 = 0
        exit
        === ok each element of a map
        r1 = hash ll
        r2 = each ll
        r3 = 0
        r4 = 0
        call bpf_for_each_map_elem
        r0 = 0
        exit
        .function each
        r0 = *(u32 *)(r2 + 0)
        r0 = *(u64 *)(r3 + 8)
        r0 = 0
        exit
        === no each element of a map, behind its value
        r1 = hash ll
        r2 = each ll
        r3 = 0
        r4 = 0
        call bpf_for_each_map_elem
        r0 = 0
        exit
        .function each
        r0 = *(u64 *)(r3 + 12)
        r0 = 0
        exit
        === no each element, a key is written
        r1 = hash ll
        r2 = each ll
        r3 = 0
        r4 = 0
        call bpf_for_each_map_elem
        r0 = 0
        exit
        .function each
        *(u32 *)(r2 + 0) = 1
        r0 = 0
        exit
        === no each element of a ring buffer
        r1 = ring ll
        r2 = each ll
        r3 = 0
        r4 = 0
        call bpf_for_each_map_elem
        r0 = 0
        exit
        .function each
        r0 = 0
        exit
        === no a reference taken in a callback
        r1 = 3
        r2 = step ll
        r3 = 0
        r4 = 0
        call bpf_loop
        r0 = 0
        exit
        .function step
        r1 = ring ll
        r2 = 8
        r3 = 0
        call bpf_ringbuf_reserve
        r0 = 0
        exit
        """;
}
