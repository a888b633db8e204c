// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Linux.Features;

namespace Nectar.TraceTests.Functions;

/// <summary>A test of a helper that kernels may refuse to all programs (lockdown); skipped, with the reason, where this one does.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HelperFactAttribute : MachineFactAttribute
{
    public HelperFactAttribute(int helper)
        : base(Unavailable(helper), [])
    {
    }

    private static string? Unavailable(int helper) =>
        BpfAccess.Unavailable ?? (KernelFeatures.ProbeHelper(ProgramType.Kprobe, helper).IsYes ? null : $"this kernel lets no program call {HelperNames.NameOf(helper)}");
}
