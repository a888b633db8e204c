// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.KernelTests.Verifier.Calls;

internal static partial class CallCases
{
    private const string LockMap = """
        .struct bpf_spin_lock { u32 val; }
        .struct locked { u64 n; bpf_spin_lock lock; u32 m; }
        .map locks type=hash key=u32 value=locked max=4

        """;

    private const string ResilientMap = """
        .extern bpf_res_spin_lock kfunc
        .extern bpf_res_spin_unlock kfunc
        .extern bpf_res_spin_lock_irqsave kfunc
        .extern bpf_res_spin_unlock_irqrestore kfunc
        .struct bpf_res_spin_lock { u32 val; }
        .struct locked { u64 n; bpf_res_spin_lock lock; u32 m; }
        .map locks type=hash key=u32 value=locked max=4

        """;

    private const string TimerMap = """
        .struct bpf_timer { u64 opaque[2]; }
        .struct timed { u64 n; bpf_timer timer; }
        .map timers type=hash key=u32 value=timed max=4
        .map others type=hash key=u32 value=timed max=4

        """;

    private const string QueueMap = """
        .extern bpf_wq_init kfunc
        .extern bpf_wq_set_callback_impl kfunc
        .extern bpf_wq_start kfunc
        .struct bpf_wq { u64 opaque[2]; }
        .struct queued { u64 n; bpf_wq work; }
        .map queues type=array key=u32 value=queued max=4
        .map others type=array key=u32 value=queued max=4

        """;

    private const string Program = ".program main type=sched_cls\n";

    // r6 = an element of the map "locks", "timers" or "queues"
    private static string Find(string map) => $"""
        *(u32 *)(r10 - 4) = 1
        r2 = r10
        r2 += -4
        r1 = {map} ll
        call bpf_map_lookup_elem
        if r0 == 0 goto out
        r6 = r0

        """;

    private const string End = """

        out:
        r0 = 0
        exit
        """;

    private const string LockIt = "\nr1 = r6\nr1 += 8\ncall bpf_spin_lock\n", UnlockIt = "\nr1 = r6\nr1 += 8\ncall bpf_spin_unlock\n";

    internal static Xunit.TheoryData<string, bool, string> FieldCases()
    {
        Xunit.TheoryData<string, bool, string> cases = [];
        void Lock(string name, bool accepted, string body) => cases.Add(name, accepted, ".license \"GPL\"\n" + LockMap + Program + Find("locks") + body + End);
        void Resilient(string name, bool accepted, string body) => cases.Add(name, accepted, ".license \"GPL\"\n" + ResilientMap + Program + Find("locks") + body + End);
        void Timer(string name, bool accepted, string body, string? callback = null) =>
            cases.Add(name, accepted, ".license \"GPL\"\n" + TimerMap + Program + Find("timers") + body + End + (callback is null ? "" : "\n.function cb\n" + callback));
        void Queue(string name, bool accepted, string body, string? callback = null) =>
            cases.Add(name, accepted, ".license \"GPL\"\n" + QueueMap + Program + Find("queues") + body + End + (callback is null ? "" : "\n.function cb\n" + callback));

        Lock("a lock, something done, unlock", true, LockIt + "r1 = *(u64 *)(r6 + 0)\nr1 += 1\n*(u64 *)(r6 + 0) = r1" + UnlockIt);
        Lock("a lock that is kept", false, LockIt);
        Lock("an unlock without a lock", false, UnlockIt);
        Lock("the same lock twice", false, LockIt + LockIt + UnlockIt + UnlockIt);
        Lock("a call under a lock", false, LockIt + "call bpf_ktime_get_ns" + UnlockIt);
        Lock("a lock at the wrong place", false, "r1 = r6\ncall bpf_spin_lock" + UnlockIt);
        Lock("a lock that the program writes", false, "*(u32 *)(r6 + 8) = 1");
        Lock("a lock that the program reads", false, "r1 = *(u64 *)(r6 + 8)");
        Lock("memory behind a lock", true, "r1 = *(u32 *)(r6 + 12)");
        Lock("the lock of another element", false, """
            *(u32 *)(r10 - 4) = 2
            r2 = r10
            r2 += -4
            r1 = locks ll
            call bpf_map_lookup_elem
            if r0 == 0 goto out
            r7 = r0
            """ + LockIt + "r1 = r7\nr1 += 8\ncall bpf_spin_unlock\n");
        Lock("a copy of the pointer unlocks", true, "r7 = r6" + LockIt + "r1 = r7\nr1 += 8\ncall bpf_spin_unlock\n");
        Lock("a lock on one path only", false, "call bpf_get_prandom_u32\nif r0 == 0 goto skip" + LockIt + "skip:" + UnlockIt);
        Lock("a value with a lock given to a helper", false, "r1 = r6\nr2 = 16\nr3 = 0\nr4 = 0\nr5 = 0\ncall bpf_csum_diff");
        Resilient("a resilient lock that was got", true, "r1 = r6\nr1 += 8\ncall bpf_res_spin_lock\nif r0 != 0 goto out\nr1 = r6\nr1 += 8\ncall bpf_res_spin_unlock");
        Resilient("a resilient lock whose result is not tested", false, "r1 = r6\nr1 += 8\ncall bpf_res_spin_lock\nr1 = r6\nr1 += 8\ncall bpf_res_spin_unlock");
        Resilient("a resilient lock that is kept", false, "r1 = r6\nr1 += 8\ncall bpf_res_spin_lock");
        Resilient("the same resilient lock twice", false, "r1 = r6\nr1 += 8\ncall bpf_res_spin_lock\nif r0 != 0 goto out\nr1 = r6\nr1 += 8\ncall bpf_res_spin_lock\nr1 = r6\nr1 += 8\ncall bpf_res_spin_unlock");
        Resilient("a resilient lock with interrupts off", true, "r2 = r10\nr2 += -16\nr1 = r6\nr1 += 8\ncall bpf_res_spin_lock_irqsave\nif r0 != 0 goto out\nr2 = r10\nr2 += -16\nr1 = r6\nr1 += 8\ncall bpf_res_spin_unlock_irqrestore");
        Resilient("a resilient lock with interrupts off, plainly unlocked", false, "r2 = r10\nr2 += -16\nr1 = r6\nr1 += 8\ncall bpf_res_spin_lock_irqsave\nif r0 != 0 goto out\nr1 = r6\nr1 += 8\ncall bpf_res_spin_unlock");
        const string Init = "r1 = r6\nr1 += 8\nr2 = timers ll\nr3 = 0\ncall bpf_timer_init\n", Set = "r1 = r6\nr1 += 8\nr2 = cb ll\ncall bpf_timer_set_callback\n";
        Timer("a timer is made and started", true, Init + Set + "r1 = r6\nr1 += 8\nr2 = 0\nr3 = 0\ncall bpf_timer_start", "r0 = *(u64 *)(r3 + 0)\nr0 = 0\nexit");
        Timer("a timer's callback returns 1", false, Set, "r0 = 1\nexit");
        Timer("a timer's callback reads what it was not given", false, Set, "r0 = r4\nr0 = 0\nexit");
        Timer("a timer's callback reads behind the value", false, Set, "r0 = *(u64 *)(r3 + 24)\nr0 = 0\nexit");
        Timer("a timer's callback starts it again", true, Set, "r1 = r3\nr1 += 8\nr2 = 1000\nr3 = 0\ncall bpf_timer_start\nr0 = 0\nexit");
        Timer("a timer of another map", false, "r1 = r6\nr1 += 8\nr2 = others ll\nr3 = 0\ncall bpf_timer_init");
        Timer("a timer at the wrong place", false, "r1 = r6\nr2 = timers ll\nr3 = 0\ncall bpf_timer_init");
        Timer("a timer on the stack", false, "*(u64 *)(r10 - 16) = 0\n*(u64 *)(r10 - 24) = 0\nr1 = r10\nr1 += -24\nr2 = timers ll\nr3 = 0\ncall bpf_timer_init");
        Timer("a timer that the program writes", false, "*(u64 *)(r6 + 8) = 1");
        const string WorkSet = "r1 = r6\nr1 += 8\nr2 = cb ll\nr3 = 0\nr4 = 0\ncall bpf_wq_set_callback_impl\n";
        Queue("work is made and started", true, "r1 = r6\nr1 += 8\nr2 = queues ll\nr3 = 0\ncall bpf_wq_init\n" + WorkSet + "r1 = r6\nr1 += 8\nr2 = 0\ncall bpf_wq_start", "r0 = 0\nexit");
        Queue("work of another map", false, "r1 = r6\nr1 += 8\nr2 = others ll\nr3 = 0\ncall bpf_wq_init");
        Queue("work at the wrong place", false, "r1 = r6\nr2 = queues ll\nr3 = 0\ncall bpf_wq_init");
        Queue("work returns 1", false, WorkSet, "r0 = 1\nexit");
        return cases;
    }
}
