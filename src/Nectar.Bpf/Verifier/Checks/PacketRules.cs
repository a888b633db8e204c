// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Which programs may write to the packet that they see.</summary>
internal static class PacketRules
{
    /// <summary>True if stores through packet pointers are allowed.</summary>
    internal static bool MayWrite(Analysis a) => a.Input.Type switch
    {
        ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.LwtXmit or ProgramType.SkSkb or ProgramType.SkMsg => true,
        ProgramType.CgroupSockOpt => true,
        _ => false,
    };

    /// <summary>True if the context gives packet pointers at all.</summary>
    internal static bool MayRead(Analysis a) => MayWrite(a) || a.Input.Type is ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtSeg6local or ProgramType.SkReuseport
        or ProgramType.FlowDissector or ProgramType.CgroupSkb;
}
