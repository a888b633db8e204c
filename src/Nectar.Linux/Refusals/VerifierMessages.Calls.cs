// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Refusals;

/// <content>Helpers, kernel functions and what they are given.</content>
internal static partial class VerifierMessages
{
    // Calls that a loader writes in place of what it could not resolve, so that only a program that gets there is refused.
    private static readonly VerifierMessage[] s_poison =
    [
        new(VerifierCodes.MissingField, "uses a field or type that this kernel does not have (a CO-RE relocation found nothing)",
            "help: ask first, so that the verifier removes the use as dead code: if (bpf_core_field_exists(p->field)) …; bpf_core_type_exists and bpf_core_enum_value_exists likewise",
            PoisonedCalls.FieldMessage),
        new(VerifierCodes.MissingMap, "uses map number {map}, which was left out when the object was loaded",
            "help: load the map, or keep the code that uses it dead with a constant that is set before loading",
            PoisonedCalls.MapMessage),
        new(VerifierCodes.MissingFunction, "calls kernel function number {function} of the object, which this kernel does not have",
            "help: declare it __weak and ask first: if (bpf_ksym_exists(function)) …",
            PoisonedCalls.KfuncMessage, "invalid kernel function call not eliminated in verifier pass"),
    ];

    private static readonly VerifierMessage[] s_calls =
    [
        new(VerifierCodes.HelperNotAllowed, "programs of this type may not call {name}",
            "help: which helpers a type has: nectar feature probe; fields that a helper would give are often in the context or in a kernel function (kfunc)",
            "program of this type cannot use helper {name}#{id}", "unknown func {name}#{id}"),
        new(VerifierCodes.HelperNotAllowed, "this kernel has no helper {id}",
            "help: the helper is newer than the kernel; test for it with bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_…)",
            "invalid func {name}#{id}"),
        new(VerifierCodes.HelperNotAllowed, "{name} works only in fentry, fexit and fmod_ret programs", null, "func {name}#{id} supported only for fentry/fexit/fmod_ret programs", "func {name}#{id} not supported for program type {t}"),
        new(VerifierCodes.HelperNotAllowed, "a helper that is not allowed in a probe of this kind", null, "helper call is not allowed in probe"),
        new(VerifierCodes.License, "calls a function for GPL programs only, but the program's license is not compatible",
            "help: declare it, if you may: char LICENSE[] SEC(\"license\") = \"GPL\"; (\"Dual BSD/GPL\", \"Dual MIT/GPL\" and \"Dual MPL/GPL\" count too)",
            "cannot call GPL-restricted function from non-GPL compatible program", "cannot call GPL only function from proprietary program", "cannot call kernel function from non-GPL compatible program",
            "struct ops programs must have a GPL compatible license", "LSM programs must have a GPL compatible license"),
        new(VerifierCodes.Sleepable, "a helper that may sleep is called in a program that may not",
            "help: declare the program sleepable, where its hook allows it: SEC(\"fentry.s/…\"), \"lsm.s/…\", \"uprobe.s/…\", \"iter.s/…\", \"syscall\"",
            "helper call might sleep in a non-sleepable prog"),
        new(VerifierCodes.Sleepable, "{name} may sleep, which is not allowed here",
            "help: call it outside of the region (RCU read lock, spin lock, disabled preemption or interrupts), in a sleepable program",
            "program must be sleepable to call sleepable kfunc {name}", "kernel func {name} is sleepable within {where}", "sleepable helper {name}#{id} in {where}", "sleepable kfunc {name}"),
        new(VerifierCodes.Sleepable, "programs of this type may not sleep",
            "help: sleepable are fentry, fexit, fmod_ret, LSM, iterators, uprobes, struct_ops and syscall programs; drop the .s from the section name",
            "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable", "Only fentry/fexit/fmod_ret and lsm programs can be sleepable", "Only {x} programs can be sleepable", "Program of this type cannot be sleepable", "Syscall programs can only be sleepable"),
        new(VerifierCodes.Sleepable, "the function is not one at which programs may sleep", "help: drop the .s from the section name",
            "{name} is not sleepable"),
        new(VerifierCodes.MapUse, "sleepable programs may not use a map of this type", "help: use an array, a hash, a ring buffer, a queue or local storage",
            "Sleepable programs can only use {x}"),
        new(VerifierCodes.KernelFunction, "programs of this type may not call kernel function '{name}'",
            "help: kernel functions are open to some types of program only, and by name to this kernel; nectar btf dump shows the ones it has",
            "calling kernel function {name} is not allowed"),
        new(VerifierCodes.KernelFunction, "this kernel, or its JIT compiler, cannot call kernel functions",
            "help: it needs CONFIG_DEBUG_INFO_BTF=y and the JIT compiler (net.core.bpf_jit_enable=1)",
            "calling kernel function is not supported without CONFIG_DEBUG_INFO_BTF", "JIT does not support calling kernel function", "JIT does not support calling kfunc {name}#{id}", "calling kernel functions are not allowed in non-JITed programs", "JIT is required for calling kernel function"),
        new(VerifierCodes.KernelFunction, "the call names no function of the kernel", "help: load the object on the kernel it is for; the numbers of functions differ from kernel to kernel",
            "kernel btf_id {id} is not a function", "kernel function btf_id {id} does not have a valid func_proto", "cannot find address for kernel function {name}", "failed to find BTF for kernel function", "address of kernel function {name} is out of range"),
        new(VerifierCodes.MapUse, "{name} does not work on maps of this type (number {t})",
            "help: every helper has its types of map: bpf_tail_call a prog_array, bpf_ringbuf_* a ringbuf, bpf_perf_event_output a perf_event_array, bpf_redirect_map a devmap, cpumap or xskmap",
            "cannot pass map_type {t} into func {name}#{id}"),
    ];

    private static readonly VerifierMessage[] s_arguments =
    [
        new(VerifierCodes.NullPointer, "argument r{r} may be null: {type!} or null, but {expected!} is expected",
            "help: test it before the call: if (!p) return 0;",
            "R{r} type={type}_or_null expected={expected}", "R{r} type={x}or_null_{type} expected={expected}"),
        new(VerifierCodes.ArgumentType, "argument r{r} is a number, but {expected!} is expected",
            "help: pass a pointer; for a value on the stack its address (&value)",
            "R{r} type=scalar expected={expected}", "R{r} type=inv expected={expected}"),
        new(VerifierCodes.ArgumentType, "argument r{r} is {type!}, but {expected!} is expected",
            "help: copy the data to the stack first where the helper wants it there",
            "R{r} type={type} expected={expected}"),
        new(VerifierCodes.ArgumentType, "argument r{r} is of type {type}, but {expected} is expected", "help: pass a pointer of the expected type, as a field or helper gives it, without arithmetic on it",
            "R{r} is of type {type} but {expected} is expected"),
        new(VerifierCodes.ArgumentType, "argument {n} of {name} must be a pointer to {expected}, but r{r} points to {type}",
            "help: pass a pointer of that type, as it came from the kernel; casts do not count",
            "kernel function {name} args#{n} expected pointer to {expected} but R{r} has a pointer to {type}"),
        new(VerifierCodes.ArgumentType, "argument r{r} must be a pointer that the kernel holds: acquired, or trusted",
            "help: acquire it first (bpf_task_acquire, bpf_cgroup_acquire, …), or use the argument of a tracing program directly; pointers read from fields are not trusted outside of bpf_rcu_read_lock()",
            "R{r} must be referenced or trusted", "R{r} must be a rcu pointer", "R{r} must be referenced", "arg#{n} is untrusted"),
        new(VerifierCodes.ArgumentType, "argument {n} of a kernel function has the wrong type: {what}",
            "help: its prototype in the kernel's types says what it takes",
            "arg#{n} pointer type {what} must point to {x}", "arg#{n} expected pointer to {what}", "arg#{n} is {what} expected {x}", "Unrecognized arg#{n} type {what}", "arg#{n} {what} is not a pointer to ctx", "arg#{n} is {what}"),
        new(VerifierCodes.ArgumentValue, "arguments {n} and {m}, a pointer and its size, do not fit each other", "help: the size must not exceed what the pointer points to, on every path",
            "arg#{n} arg#{m} memory, len pair leads to invalid memory access"),
        new(VerifierCodes.ArgumentValue, "argument r{r} must be a constant", "help: pass a literal number; a variable, even one that is always the same, is none",
            "R{r} is not a known constant'", "R{r} must be a known constant", "R{r} is not a const", "R{r} is not a constant address'", "tail_call key must be a known constant"),
        new(VerifierCodes.ArgumentValue, "argument r{r} must be a constant text",
            "help: put it into a const array (static const char text[] = \"…\"), which lands in .rodata; it must end with a zero byte",
            "R{r} does not point to a readonly map'", "string is not zero-terminated", "arg#{n} doesn't point to a const string", "Invalid format string", "direct value access on string failed"),
        new(VerifierCodes.ArgumentValue, "argument r{r} must be a number", "help: pass a number, not a pointer", "R{r} is not a scalar"),
        new(VerifierCodes.ArgumentValue, "argument r{r} must point to the start of its object", "help: pass the pointer without an offset",
            "R{r} must have zero offset when passed to release func", "cannot pass in {x} at an offset={off}", "{x} must have zero offset when passed"),
        new(VerifierCodes.DynptrOrIterator, "argument {n} must be an iterator that was begun, and not yet ended",
            "help: begin it with its _new function, call _next in the loop, and always end it with _destroy",
            "expected an initialized iter_{x} as arg #{n}", "expected valid iter pointer as arg #{n}", "arg#{n} expected pointer to an iterator on stack"),
        new(VerifierCodes.DynptrOrIterator, "argument {n} must be an iterator that was not begun yet", "help: end it (_destroy) before it is begun again",
            "expected uninitialized iter_{x} as arg #{n}"),
        new(VerifierCodes.DynptrOrIterator, "argument {n} must be a dynptr that is valid here",
            "help: make it first (bpf_dynptr_from_…), on the stack, and do not use it after the record was submitted or the packet changed",
            "Expected an initialized dynptr as arg #{n}", "Expected a dynptr of type {x} as arg #{n}", "arg #{n} expected pointer to stack or const struct bpf_dynptr"),
        new(VerifierCodes.DynptrOrIterator, "a dynptr is made where one lives already, or overwritten", "help: one variable a dynptr; release it before its variable is used again",
            "Dynptr has to be an uninitialized dynptr", "cannot overwrite referenced dynptr", "potential write to dynptr at off={off} disallowed", "cannot pass pointer to const bpf_dynptr, the helper mutates it"),
    ];
}
