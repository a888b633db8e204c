// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Refusals;

/// <content>Registers, bounds and arithmetic.</content>
internal static partial class VerifierMessages
{
    private static readonly VerifierMessage[] s_arithmetic =
    [
        new(VerifierCodes.UnreadRegister, "the program ends without a return value on this path: r0 was never written", "help: set r0 on every path to exit (a return statement with a value)",
            "R0 !read_ok"),
        new(VerifierCodes.UnreadRegister, "r{r} is read but was never written on this path; a call forgets r1 to r5",
            "help: initialise the variable on every path; in assembly keep what must survive calls in r6 to r9",
            "R{r} !read_ok"),
        new(VerifierCodes.UnboundedValue, "the index in r{r} may be negative",
            "help: make it unsigned, or test it: if (i < 0) return 0;",
            "R{r} min value is negative, either use unsigned index or do a if (index >=0) check."),
        new(VerifierCodes.UnboundedValue, "the size in r{r} may be negative",
            "help: make it unsigned, or mask it: size &= MAX - 1; test the result of helpers that return a size for errors first",
            "R{r} min value is negative, either use unsigned or 'var &= const'"),
        new(VerifierCodes.UnboundedValue, "the index in r{r} has no upper bound",
            "help: test it before the access: if (i >= COUNT) return 0; the compiler may test a copy: mark the variable with barrier_var(i) after the test",
            "R{r} unbounded memory access, make sure to bounds check any such access"),
        new(VerifierCodes.UnboundedValue, "the size in r{r} has no upper bound",
            "help: test it before the call: if (size > MAX) return 0; or mask it: size &= MAX - 1",
            "R{r} unbounded memory access, use 'var &= const' or 'if (var < const)'"),
        new(VerifierCodes.UnboundedValue, "the size may be 0, which this helper does not take",
            "help: test it before the call: if (size == 0) return 0;",
            "R{r} invalid zero-sized read", "invalid zero-sized read"),
        new(VerifierCodes.UnboundedValue, "a number without lower bound is added to {type!}",
            "help: test the number before the addition, from both sides if it is signed: if (i < 0 || i >= MAX) return 0;",
            "math between {type} pointer and register with unbounded min value is not allowed"),
        new(VerifierCodes.UnboundedValue, "{value} is too far to add to {type!}", "help: offsets must stay below 2^29",
            "math between {type} pointer and {value} is not allowed", "value {value} makes {type} pointer be out of bounds"),
        new(VerifierCodes.UnboundedValue, "the offset in r{r} leaves the memory at its lower or upper end",
            "help: test the index against both ends before the access",
            "R{r} min value is outside of the allowed memory range", "R{r} max value is outside of the allowed memory range"),
        new(VerifierCodes.PointerArithmetic, "arithmetic on {type!} in r{r} is not allowed",
            "help: only packets, map values, stack and allocated memory can be walked through; for the others copy the field that you need",
            "R{r} pointer arithmetic on {type} prohibited"),
        new(VerifierCodes.PointerArithmetic, "r{r} is a pointer: '{op}' is not allowed on it, only adding and subtracting numbers",
            "help: alignment and masks are for numbers; compute the offset first and add it to the pointer",
            "R{r} pointer arithmetic with {op} operator prohibited", "R{r} bitwise operator {op} on pointer prohibited"),
        new(VerifierCodes.PointerArithmetic, "r{r} is a pointer: arithmetic on its lower 32 bits is not allowed",
            "help: keep pointers in variables of 64 bits (void *, __u64); a cast to int or __u32 cuts them",
            "R{r} 32-bit pointer arithmetic prohibited", "R{r} partial copy of pointer"),
        new(VerifierCodes.PointerArithmetic, "two pointers, or a number and a pointer, are combined in a way that is not followed",
            "help: the difference of two pointers is a number to the verifier only for packets; never subtract a pointer from a number",
            "R{r} pointer {op} pointer prohibited", "R{r} tried to subtract pointer from scalar", "R{r} subtraction from stack pointer prohibited"),
        new(VerifierCodes.PointerArithmetic, "r{r} is compared, but is a pointer that this process may not compare", "help: load with CAP_PERFMON, or compare offsets instead of pointers",
            "R{r} pointer comparison prohibited"),
        new(VerifierCodes.PointerArithmetic, "pointer arithmetic that could go out of bounds when the processor guesses wrongly, which unprivileged programs must avoid",
            "help: load with CAP_PERFMON, or test the index with unsigned comparisons",
            "R{r} has unknown scalar with mixed signed bounds", "R{r} has pointer with unsupported alu operation", "R{r} tried to {x} beyond pointer bounds", "R{r} tried to {x} from different maps, paths or scalars",
            "R{r} could not be pushed for speculative verification", "R{r} stack pointer arithmetic goes out of range", "R{r} pointer arithmetic of map value goes out of range"),
        new(VerifierCodes.PointerArithmetic, "arithmetic on a pointer in r{r} is not allowed", "help: add or subtract numbers only", "R{r} pointer arithmetic prohibited"),
        new(VerifierCodes.PointerLeak, "a pointer of the kernel would become visible in {where}",
            "help: store numbers only, or load with CAP_PERFMON",
            "R{r} leaks addr into {where}"),
        new(VerifierCodes.PointerLeak, "a pointer of the kernel would become visible as the return value", "help: return a number",
            "R{r} leaks addr as return value", "leaking pointer from stack off {off}"),
    ];
}
