// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Refusals;

/// <content>References, locks, targets, instructions, privileges.</content>
internal static partial class VerifierMessages
{
    private static readonly VerifierMessage[] s_regions =
    [
        new(VerifierCodes.Reference, "what was acquired at insn {alloc} is not released on this path",
            "release it on every path to exit: bpf_sk_release, bpf_ringbuf_submit or _discard, bpf_task_release, bpf_obj_drop, …",
            "Unreleased reference id={id} alloc_insn={alloc}") { Other = ("alloc", "acquired") },
        new(VerifierCodes.Reference, "the program ends while something that it acquired is not released", "release it on every path to exit",
            "BPF_EXIT instruction in main prog would lead to reference leak", "BPF_EXIT instruction would lead to reference leak", "bpf_throw would lead to reference leak", "BPF_LD_[ABS|IND] would lead to reference leak"),
        new(VerifierCodes.Reference, "releases something that was not acquired, or was released before",
            "pass what the acquiring function gave, once, and test it for null before",
            "func {name}#{id} reference has not been acquired before", "kfunc {name}#{id} reference has not been acquired before", "arg {n} is an unacquired reference", "R{r} must be referenced when passed to release function", "release kernel function {name} expects refcounted", "cannot release unowned const bpf_dynptr", "{name} node input must be non-owning ref", "{name} can only take non-owning or refcounted bpf_rb_node pointer"),
        new(VerifierCodes.LockedRegion, "not allowed in the callback that orders a tree", "compare the nodes there, and lock, add or remove outside of the callback",
            "can't spin_{x} in rbtree cb", "{name} not allowed in rbtree cb"),
        new(VerifierCodes.Reference, "a reference is stored or replaced in a way that would lose it", "exchange it with bpf_kptr_xchg",
            "store to referenced kptr disallowed", "R{r} has no valid kptr", "off={off} kptr isn't referenced kptr", "off={off} doesn't point to kptr", "kptr access size must be BPF_DW", "kptr access misaligned expected={n} off={off}", "BPF_ST imm must be 0 when storing to kptr at off={off}", "R{r} doesn't have constant offset. {what} has to be at the constant offset", "arg#{n} no referenced kptr at map value offset={off}", "kptr access cannot have variable offset", "kptr cannot be accessed indirectly by helper", "kptr in map can only be accessed using {x}", "invalid kptr access, R{r}"),
        new(VerifierCodes.LockedRegion, "a function is called while a spin lock is held", "unlock first; only a few helpers and kernel functions are allowed in between",
            "function calls are not allowed while holding a lock", "helper call is not allowed while holding a lock", "global function calls are not allowed while holding a lock"),
        new(VerifierCodes.LockedRegion, "global functions may not be called with preemption or interrupts disabled", "make the function static", "global function calls are not allowed with preemption disabled", "global functions that may sleep are not allowed in non-sleepable context"),
        new(VerifierCodes.LockedRegion, "the program ends, or leaves through a tail call, inside of a locked region: {region}",
            "unlock on every path first: bpf_spin_unlock, bpf_rcu_read_unlock, bpf_preempt_enable, bpf_local_irq_restore",
            "BPF_EXIT instruction in main prog cannot be used inside {region}", "BPF_EXIT instruction cannot be used inside {region}", "tail_call cannot be used inside {region}", "bpf_throw cannot be used inside {region}", "BPF_LD_[ABS|IND] cannot be used inside {region}", "bpf_spin_unlock is missing{region}", "bpf_rcu_read_unlock is missing{region}", "{n} bpf_preempt_enable is missing{region}", "{n} bpf_preempt_enable(s) are missing{region}"),
        new(VerifierCodes.LockedRegion, "unlocks what is not locked, or another lock than the one that is held", "lock and unlock the same field of the same element, in pairs, innermost first",
            "bpf_spin_unlock without taking a lock", "bpf_spin_unlock of different lock", "bpf_spin_unlock cannot be out of order", "unmatched rcu read unlock", "unmatched attempt to enable preemption", "bpf_res_spin_unlock"),
        new(VerifierCodes.LockedRegion, "a lock is taken while one is held", "only one bpf_spin_lock at a time; bpf_res_spin_lock (6.15) nests",
            "Locking two bpf_spin_locks are not allowed", "nested rcu read lock"),
        new(VerifierCodes.LockedRegion, "{name} is allowed only between bpf_rcu_read_lock and bpf_rcu_read_unlock", "take the RCU read lock around it", "expected an RCU CS when using {name}"),
        new(VerifierCodes.LockedRegion, "the lock that guards {what} is not held", "lock the bpf_spin_lock in the same struct or global section first",
            "bpf_spin_lock at off={off} must be held for {what}", "held lock and object are not in the same allocation"),
        new(VerifierCodes.MapUse, "the map has no {type} where the program points to",
            "the value must be a struct with such a field, known by BTF (__type in the map's definition), in a hash, array or local storage map",
            "map '{map}' has no valid {type}", "map '{map}' has to have BTF in order to use {type}", "off {off} doesn't point to 'struct {type}' that is at {x}", "arg#{n} doesn't point to a map value"),
        new(VerifierCodes.MapUse, "programs of this type may not use maps with {what}",
            "tracing programs and socket filters cannot hold locks and timers; keep those in maps of their own that only other types use",
            "tracing progs cannot use {what} yet", "socket filter progs cannot use {what} yet", "{x} progs cannot use {what} yet"),
        new(VerifierCodes.MapUse, "a map that this program cannot use: {what}", "the type of program, the type of map and how the map is used must fit; docs/maps.md lists what each type is for",
            "map type {what} not supported", "bpf_struct_ops map cannot be used in prog", "only one cgroup storage of each type is allowed", "Only one arena per program", "offload device mismatch between prog and map",
            "map_ptr access not supported{what}", "no direct value access support for this map type", "The total number of maps per program has reached the limit of {what}", "fd {what} is not pointing to valid bpf_map",
            "cannot update sockmap in this context", "invalid arg_type for sockmap/sockhash", "get_local_storage() doesn't support non-zero flags", "perf_event programs can only use preallocated hash map", "trace type programs can only use preallocated hash map"),
    ];

    private static readonly VerifierMessage[] s_targets =
    [
        new(VerifierCodes.AttachTarget, "the attach target is not what this type of program is for",
            "fentry, fexit and LSM programs want a function, tp_btf a tracepoint, iterators bpf_iter_…; look the name up with nectar btf dump",
            "attach_btf_id {id} is not a function", "attach_btf_id {id} is not a typedef", "attach_btf_id {id} points to wrong type name", "attach_btf_id {id} is invalid", "attach_btf_id {id} doesn't have a name", "attach_btf_id {id} is not bpf_iter", "Tracing program BTF is null", "Tracing programs must provide btf_id", "attach_btf_id is zero"),
        new(VerifierCodes.AttachTarget, "no struct_ops type of this kernel fits", "the struct must be one that this kernel offers: nectar btf dump, bpf_struct_ops_…",
            "attach_btf_id {id} is not a supported struct", "attach to invalid member {x}", "attach to unsupported member {x}", "struct_ops module {x} is not found"),
        new(VerifierCodes.AttachTarget, "function '{name}' cannot be attached to",
            "fmod_ret wants functions for error injection or security_ hooks; LSM wants a bpf_lsm_ hook; functions marked notrace, or renamed by the compiler, have no trampoline: use a kprobe",
            "{name}() is not modifiable", "Attaching tracing programs to function '{name}' is rejected", "The address of function {name} cannot be found", "Attaching fexit/fmod_ret to __noreturn function '{name}' is rejected", "attach_btf_id {id} points to disabled hook {name}", "LSM {name} is disabled", "bpf_lsm_{name} is not", "trampoline {name}"),
        new(VerifierCodes.AttachTarget, "the program to replace or trace does not fit this one",
            "freplace needs a global function with the same prototype in a program with BTF, and tracing programs cannot be traced by their own kind",
            "Cannot replace kernel functions", "Cannot replace {x}", "Cannot recursively {x}", "Cannot extend {x}", "FENTRY/FEXIT program can only be attached to another program annotated with BTF", "Target program bound device mismatch", "The caller {x} is not {y}", "Extension programs should be JITed", "Return type {x} of {y}() doesn't match type {z}", "arg{n} in {x}() is {y}", "{x}() has {y} args while"),
    ];

    private static readonly VerifierMessage[] s_other =
    [
        new(VerifierCodes.BadInstruction, "an instruction that this kernel does not know: {op}",
            "it may belong to a newer instruction set: compile with -mcpu=v3, or v2 before Linux 5.1",
            "unknown opcode {op}", "unknown insn class {op}", "invalid BPF_ALU opcode {op}", "invalid BPF_JMP opcode {op}", "invalid BPF_JMP/JMP32 opcode {op}", "BPF_STX uses reserved fields", "BPF_ATOMIC uses invalid atomic opcode {op}", "invalid atomic operand size"),
        new(VerifierCodes.BadInstruction, "an instruction uses fields that must be 0 in this kernel: {op}",
            "newer instruction sets use them (-mcpu=v4 from Linux 6.6 on): compile with -mcpu=v3",
            "{op} uses reserved fields", "{op} use reserved fields"),
        new(VerifierCodes.BadInstruction, "register r{r} does not exist", "there are r0 to r10", "R{r} is invalid"),
        new(VerifierCodes.BadInstruction, "division by the constant 0", "divide by something else; division by a variable that is 0 gives 0", "div by zero"),
        new(VerifierCodes.BadInstruction, "shift by {n}, which is more than the register has bits", "shift by less than 64, or 32 for halves", "invalid shift {n}"),
        new(VerifierCodes.BadInstruction, "a 64-bit constant that is damaged, or refers to what the kernel does not know",
            "the object was edited, or loaded without resolving its maps and variables",
            "unrecognized bpf_ld_imm64 insn", "invalid bpf_ld_imm64 insn", "invalid BPF_LD_IMM insn", "BPF_LD_IMM64 uses reserved fields", "ldimm64 {x}", "pseudo btf_id {x}", "direct value offset of {n} is not allowed", "invalid BPF_LD mode"),
        new(VerifierCodes.Privilege, "this process may not load programs that do this",
            "load with CAP_BPF and CAP_PERFMON",
            "loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN", "function calls to other bpf functions are allowed for CAP_BPF and CAP_SYS_ADMIN", "CAP_BPF and CAP_PERFMON are required to use arena", "bpf_probe_read", "destructive kfunc calls require CAP_SYS_BOOT capability", "program type {x} is not allowed for unprivileged"),
        new(VerifierCodes.KernelBug, "the kernel's verifier failed by itself: {what}",
            "this is a fault of the kernel, not of the program; a newer kernel, or a slightly different program, may do",
            "verifier internal error{what}", "verifier bug{what}", "bpf verifier is misconfigured{what}", "kernel subsystem misconfigured {what}", "bpf verifier narrow ctx {what}", "BUG {what}", "pop stack internal bug{what}", "in-kernel BTF is malformed{what}"),
    ];
}
