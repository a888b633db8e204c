// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Pointers into the packet.</summary>
internal static class PacketPointers
{
    /// <summary>The packet changed: pointers into it, and slices of dynptrs over it, are void.</summary>
    internal static void Invalidate(Analysis a) => a.ForEachRegister(static (ref RegisterState register) =>
    {
        bool isPacket = register.IsPacket || register.Kind == RegisterKind.PacketEnd;
        if (isPacket || (register.Kind == RegisterKind.Memory && (register.Flags & PointerFlags.PacketSlice) != 0)) register = RegisterState.Unknown;
    });
}

/// <summary>Which calls may work on memory in the packet.</summary>
internal static class PacketArguments
{
    /// <summary>Programs that see packets give their memory to helpers that are made for it; those of socket options give their buffer to all.</summary>
    internal static bool MayRead(Analysis a, HelperPrototype helper) => a.Input.Type switch
    {
        ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtSeg6local or ProgramType.SkReuseport or ProgramType.FlowDissector or ProgramType.CgroupSkb
            or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.LwtXmit or ProgramType.SkSkb or ProgramType.SkMsg => (helper.Traits & HelperTraits.PacketAccess) != 0,
        ProgramType.CgroupSockOpt => true,
        _ => false,
    };
}
