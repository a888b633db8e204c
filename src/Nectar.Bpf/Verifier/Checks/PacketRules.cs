// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Which programs may write to the packet that they see, and pass it on.</summary>
internal static class PacketRules
{
    /// <summary>True if stores through packet pointers are allowed.</summary>
    internal static bool MayWrite(Analysis a) => a.Input.Type switch
    {
        ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.LwtXmit or ProgramType.SkSkb or ProgramType.SkMsg => true,
        ProgramType.CgroupSockOpt => true,
        _ => false,
    };

    /// <summary>True if a helper may be given memory in the packet: those that are made for it; programs of socket options give their buffer to all.</summary>
    internal static bool MayPass(Analysis a, HelperPrototype helper) => a.Input.Type switch
    {
        ProgramType.CgroupSockOpt => true,
        ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtSeg6local or ProgramType.SkReuseport or ProgramType.FlowDissector or ProgramType.CgroupSkb => helper.Has(HelperTraits.PacketAccess),
        _ => MayWrite(a) && helper.Has(HelperTraits.PacketAccess),
    };
}
