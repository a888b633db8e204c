// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Vm;

/// <summary>What can be wrong when a program is loaded into the machine or runs in it; docs/diagnostics/machine.md explains each.</summary>
public static class VmCodes
{
    /// <summary>A call of a helper that does not exist or that this host does not have.</summary>
    public static readonly DiagnosticCode UnknownHelper = new(9201);

    /// <summary>A call of a kernel function that this host does not have.</summary>
    public static readonly DiagnosticCode UnknownKfunc = new(9202);

    /// <summary>An extern variable that this host does not have.</summary>
    public static readonly DiagnosticCode UnknownExtern = new(9203);

    /// <summary>A wide load that names a map which is not there.</summary>
    public static readonly DiagnosticCode BadMapReference = new(9204);

    /// <summary>An instruction that this host cannot run.</summary>
    public static readonly DiagnosticCode UnsupportedInstruction = new(9205);

    /// <summary>The object cannot be loaded as a whole: wrong byte order, a program or inner map that is missing.</summary>
    public static readonly DiagnosticCode BadObject = new(9206);

    /// <summary>A jump from one function into another, or a function without an end.</summary>
    public static readonly DiagnosticCode CrossesFunction = new(9208);

    /// <summary>Machine code was demanded where there is no JIT for the processor.</summary>
    public static readonly DiagnosticCode NoJit = new(9209);

    /// <summary>An access outside every region, or a write into a read-only one.</summary>
    public static readonly DiagnosticCode MemoryFault = new(9221);

    /// <summary>The instruction budget is spent.</summary>
    public static readonly DiagnosticCode OutOfFuel = new(9222);

    /// <summary>The wall-clock limit has passed.</summary>
    public static readonly DiagnosticCode DeadlinePassed = new(9223);

    /// <summary>More than eight nested calls.</summary>
    public static readonly DiagnosticCode CallDepthExceeded = new(9224);

    /// <summary>A helper got an argument that cannot be used.</summary>
    public static readonly DiagnosticCode BadHelperArgument = new(9225);

    /// <summary>A helper that is not allowed here.</summary>
    public static readonly DiagnosticCode HelperNotAllowed = new(9226);

    /// <summary>An instruction that cannot run was reached.</summary>
    public static readonly DiagnosticCode BadInstruction = new(9227);

    /// <summary>The caller cancelled the run.</summary>
    public static readonly DiagnosticCode Cancelled = new(9228);
}
