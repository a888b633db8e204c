// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Vm;

namespace Nectar.Probes;

/// <summary>Diagnostics of probes at run time.</summary>
public static class ProbeCodes
{
    /// <summary>A helper that this process does not have was called on the CLR.</summary>
    public static readonly DiagnosticCode Helper = new(2401);

    /// <summary>A helper refused its arguments on the CLR.</summary>
    public static readonly DiagnosticCode Arguments = new(2402);

    /// <summary>A map in the kernel was used as if its memory were here.</summary>
    public static readonly DiagnosticCode KernelMap = new(2403);

    /// <summary>A program that runs in this process did what it may not.</summary>
    public static readonly DiagnosticCode Fault = new(2404);

    /// <summary>The probe is not loaded where it would have to be.</summary>
    public static readonly DiagnosticCode Unloaded = new(2405);

    /// <summary>There is no object for the probe.</summary>
    public static readonly DiagnosticCode Object = new(2406);

    /// <summary>The probe has no such program.</summary>
    public static readonly DiagnosticCode Program = new(2407);

    internal static ProbeException Faulted(string program, string fault) => new(Diagnostic.Error(Fault, $"program '{program}': {fault}"));

    internal static ProbeException NotLoaded(string probe) => new(Diagnostic.Error(Unloaded, $"probe '{probe}' is not loaded into the kernel", $"help: call Load() first"));

    internal static ProbeException NoObject(string probe, string assembly) => new(Diagnostic.Error(Object, $"probe '{probe}': there is no {probe}.bpf.o or {assembly}.bpf.o beside the application or among the resources of its assembly",
        "help: let the project reference the compiler's targets, or make it with nectar build, or give the object to Load"));

    internal static ProbeException NoProgram(string probe, string method, IEnumerable<string> known) => new(Diagnostic.Error(Program, $"probe '{probe}' has no loaded program '{method}'",
        $"help: it has {string.Join(", ", known)}"));

    internal static ProbeException NoHelper(string function) => new(Diagnostic.Error(Helper, $"{function} is not available in this process",
        "help: run the probe in the kernel (Engine.Kernel), or keep the call out of what is tested on the CLR"));

    internal static ProbeException Refused(string name, FaultKind fault, string? message) => new(Diagnostic.Error(Arguments, message ?? $"{name}: {fault}: an argument is not what the helper takes"));

    internal static ProbeException Sizes(string map, uint key, uint value) => new(Diagnostic.Error(Arguments, $"inner map '{map}' has keys of {key} and values of {value} bytes, not of those that the program uses"));

    internal static ProbeException InKernel(string map) => new(Diagnostic.Error(KernelMap, $"map '{map}' is in the kernel: it has no memory that this process could refer to",
        "help: copy with TryGet, Set, Remove or View"));
}

/// <summary>A probe cannot go on; unlike what programs themselves do, this is never taken for an aborted program.</summary>
public sealed class ProbeException : NectarException
{
    internal ProbeException(Diagnostic diagnostic)
        : base([diagnostic])
    {
    }
}
