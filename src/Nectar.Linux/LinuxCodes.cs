// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux;

/// <summary>
/// The codes of what the kernel refuses (docs/diagnostics/kernel.md): 40xx objects and loading, 41xx tracing hooks, 42xx network
/// hooks, 43xx events, 44xx symbols, 45xx the kernel's verifier, 46xx features. Each group has its own class beside its code.
/// </summary>
internal static class LinuxCodes
{
    /// <summary>A descriptor could not be made.</summary>
    internal static readonly DiagnosticCode Descriptor = new(4001);

    /// <summary>A map could not be created or opened.</summary>
    internal static readonly DiagnosticCode Map = new(4002);

    /// <summary>A program could not be loaded or opened, for another reason than the verifier's.</summary>
    internal static readonly DiagnosticCode Program = new(4003);

    /// <summary>A link could not be made, opened or changed.</summary>
    internal static readonly DiagnosticCode Link = new(4004);

    /// <summary>The kernel refused the object's types.</summary>
    internal static readonly DiagnosticCode Types = new(4005);

    /// <summary>Something could not be pinned or opened by path.</summary>
    internal static readonly DiagnosticCode Pin = new(4006);

    /// <summary>A test run could not be made.</summary>
    internal static readonly DiagnosticCode TestRun = new(4007);

    /// <summary>An extern of the object has no definition in this kernel.</summary>
    internal static readonly DiagnosticCode Extern = new(4008);

    /// <summary>The object does not fit this host.</summary>
    internal static readonly DiagnosticCode Object = new(4009);

    /// <summary>This kernel has no types (BTF), and the object needs them.</summary>
    internal static readonly DiagnosticCode NoKernelTypes = new(4010);

    /// <summary>A function, tracepoint or type that a program is for does not exist in this kernel.</summary>
    internal static readonly DiagnosticCode AttachTarget = new(4011);

    /// <summary>A map that was to be used again does not fit.</summary>
    internal static readonly DiagnosticCode Reuse = new(4012);
}
