// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Nectar.Analyzers;

/// <summary>What is looked for. docs/diagnostics/analyzer.md has a page for each.</summary>
internal static class ProbeRules
{
    internal static readonly DiagnosticDescriptor NotSealed = Rule(2350, "a probe is a sealed class", "probe '{0}' is not sealed: a program cannot choose among overrides when it runs");
    internal static readonly DiagnosticDescriptor NoBase = Rule(2351, "programs belong to a probe", "'{0}' has programs but does not derive from Nectar.Probes.Probe, so that nothing is made of it");
    internal static readonly DiagnosticDescriptor Signature = Rule(2352, "a program's signature", "program '{0}' {1}");
    internal static readonly DiagnosticDescriptor Allocation = Rule(2353, "no memory of the garbage collector", "a program has no heap: {0}");
    internal static readonly DiagnosticDescriptor Text = Rule(2354, "no strings", "a program has no strings: {0}");
    internal static readonly DiagnosticDescriptor Catch = Rule(2355, "no caught exceptions", "a program catches nothing: an index out of range or a 'throw' ends it, after its 'finally' blocks, with the result of its kind");
    internal static readonly DiagnosticDescriptor Loop = Rule(2356, "loops go over ranges and spans", "'foreach' over '{0}' calls an enumerator on the heap; use 'foreach (int i in Bpf.Range(n))' or a span");
    internal static readonly DiagnosticDescriptor Float = Rule(2357, "no floating point", "'{0}' does not exist in a program; compute with integers (nanoseconds, thousandths)");
    internal static readonly DiagnosticDescriptor Recursion = Rule(2358, "no recursion", "'{0}' calls itself{1}; a program's calls are bounded: use a loop");
    internal static readonly DiagnosticDescriptor Dispatch = Rule(2359, "no dispatch at run time", "'{0}' is called {1}, which a program cannot do; call a method that is known when the program is compiled");
    internal static readonly DiagnosticDescriptor Concurrency = Rule(2360, "no threads", "{0} in a program: it runs to its end, and others run beside it; use Interlocked or a spin lock in a map value");
    internal static readonly DiagnosticDescriptor Stack = Rule(2361, "512 bytes of stack", "{0} bytes do not fit the 512 bytes of a program's stack; use a map with one element (PerCpuArray) instead");
    internal static readonly DiagnosticDescriptor Reservation = Rule(2362, "a reservation ends", "reservation '{0}' {1}");
    internal static readonly DiagnosticDescriptor Stale = Rule(2363, "a reference ends with its element", "'{0}' refers to an element of '{1}', from which its key was removed above");
    internal static readonly DiagnosticDescriptor Unchecked = Rule(2364, "a reference may be absent", "'{0}' is used before it is asked whether it refers to anything; the verifier refuses that: 'if ({0}) …'");

    internal static readonly ImmutableArray<DiagnosticDescriptor> Classes = ImmutableArray.Create(NotSealed, NoBase, Signature);
    internal static readonly ImmutableArray<DiagnosticDescriptor> Bodies = ImmutableArray.Create(Allocation, Text, Catch, Loop, Float, Recursion, Dispatch, Concurrency, Stack, Reservation, Stale, Unchecked);

    private static DiagnosticDescriptor Rule(int number, string title, string message) =>
        new($"NEC{number}", title, message, "Nectar.Probes", DiagnosticSeverity.Warning, isEnabledByDefault: true);
}
