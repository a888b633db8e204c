// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>
/// Functions of the kernel that programs may call, as far as they are of general use. Which kinds of program may call them differs; others are
/// declared in the same way, by a static method with <see cref="KfuncAttribute"/>. Type parameters are the kernel's structs, which the program declares.
/// </summary>
public static unsafe partial class Kfuncs
{
    /// <summary><c>bpf_rcu_read_lock</c>, kernel 6.2: begins a section in which pointers that RCU protects stay valid.</summary>
    [Kfunc("bpf_rcu_read_lock")]
    public static void RcuReadLock() => Managed.CallKernel("bpf_rcu_read_lock");

    /// <summary><c>bpf_rcu_read_unlock</c>, kernel 6.2: ends the section.</summary>
    [Kfunc("bpf_rcu_read_unlock")]
    public static void RcuReadUnlock() => Managed.CallKernel("bpf_rcu_read_unlock");

    /// <summary><c>bpf_preempt_disable</c>, kernel 6.10: begins a section in which the program stays on its processor.</summary>
    [Kfunc("bpf_preempt_disable")]
    public static void PreemptDisable() => Managed.CallKernel("bpf_preempt_disable");

    /// <summary><c>bpf_preempt_enable</c>, kernel 6.10: ends the section.</summary>
    [Kfunc("bpf_preempt_enable")]
    public static void PreemptEnable() => Managed.CallKernel("bpf_preempt_enable");

    /// <summary><c>bpf_local_irq_save</c>, kernel 6.14: begins a section without interrupts; what was before is kept in a local variable.</summary>
    [Kfunc("bpf_local_irq_save")]
    public static void LocalIrqSave(ulong* flags) => Managed.CallKernel("bpf_local_irq_save", (ulong)flags);

    /// <summary><c>bpf_local_irq_restore</c>, kernel 6.14: ends the section.</summary>
    [Kfunc("bpf_local_irq_restore")]
    public static void LocalIrqRestore(ulong* flags) => Managed.CallKernel("bpf_local_irq_restore", (ulong)flags);

    /// <summary><c>bpf_throw</c>, kernel 6.7: ends the program at once with the cookie as its result.</summary>
    [Kfunc("bpf_throw")]
    public static void Throw(ulong cookie) => Managed.CallKernel("bpf_throw", cookie);

    /// <summary><c>bpf_session_is_return</c>, kernel 6.10: in a session: whether this is the return.</summary>
    [Kfunc("bpf_session_is_return")]
    public static bool SessionIsReturn() => (byte)Managed.CallKernel("bpf_session_is_return") != 0;

    /// <summary><c>bpf_session_cookie</c>, kernel 6.10: in a session: a word that goes from entry to return.</summary>
    [Kfunc("bpf_session_cookie")]
    public static ulong* SessionCookie() => (ulong*)Managed.CallKernel("bpf_session_cookie");
}
