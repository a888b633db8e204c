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

    internal static ProbeException NoHelper(int id) => new(Diagnostic.Error(Helper, $"helper {id} is not available in this process",
        "help: run the probe in the kernel (Engine.Kernel), or keep the call out of what is tested on the CLR"));

    internal static ProbeException Refused(string name, FaultKind fault, string? message) => new(Diagnostic.Error(Arguments, message ?? $"{name}: {fault}: an argument is not what the helper takes"));

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
