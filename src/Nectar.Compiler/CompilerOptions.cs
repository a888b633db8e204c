// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Compiler;

/// <summary>How probes are compiled.</summary>
public sealed record CompilerOptions
{
    /// <summary>The highest version of the instruction set that code may use. Default: 3. Where <see cref="Kernel"/> is older (2: 4.14, 3: 5.1, 4: 6.6), it gets less.</summary>
    public CpuVersion Cpu { get; init; } = CpuVersion.V3;

    /// <summary>The oldest kernel that shall load the objects: decides how loops are made and which rules the verification has. Null: the newest.</summary>
    public KernelVersion? Kernel { get; init; }

    /// <summary>Programs are verified, and refused here instead of when they are loaded. Those that need types of the kernel only with <see cref="KernelTypes"/>.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>Types of the kernel for the verification; null where there are none.</summary>
    public BtfTypes? KernelTypes { get; init; }

    /// <summary>The name of a pass after which the intermediate representation is given to <see cref="DumpSink"/>; null for none, <c>front</c> for what the front-end made, <c>all</c> for every pass.</summary>
    public string? DumpAfter { get; init; }

    /// <summary>Receives the text of <see cref="DumpAfter"/>.</summary>
    public Action<string>? DumpSink { get; init; }

    /// <summary>Paths of assemblies that probes may use code of; those in the folder of the compiled assembly are found as well.</summary>
    public ImmutableArray<string> References { get; init; } = [];

    /// <summary>The version that code is made for.</summary>
    internal CpuVersion EffectiveCpu
    {
        get
        {
            CpuVersion most = Kernel is not { } kernel || kernel >= new KernelVersion(6, 6) ? CpuVersion.V4
                : kernel >= new KernelVersion(5, 1) ? CpuVersion.V3
                : kernel >= new KernelVersion(4, 14) ? CpuVersion.V2
                : CpuVersion.V1;
            return Cpu < most ? Cpu : most;
        }
    }
}
