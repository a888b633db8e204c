// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What types of program may do as a whole.</summary>
internal static class ProgramTypeRules
{
    /// <summary>The feature that lets programs of a type and attach type sleep; null for those that never may.</summary>
    internal static KernelFeature? Sleeping(ProgramType type, AttachType? attach) => type switch
    {
        ProgramType.Tracing => attach switch
        {
            AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn => KernelFeature.Sleepable,
            AttachType.TraceIter => KernelFeature.SleepableIterators,
            _ => null,
        },
        ProgramType.Lsm => attach == AttachType.LsmCgroup ? null : KernelFeature.Sleepable,
        ProgramType.Kprobe => KernelFeature.SleepableProbes,
        ProgramType.StructOps => KernelFeature.SleepableStructOps,
        ProgramType.Ext => KernelFeature.Sleepable,
        ProgramType.Syscall => KernelFeature.Sleepable,
        _ => null,
    };

    /// <summary>True if programs of a type attach to something that the kernel's types name.</summary>
    internal static bool NeedsTarget(ProgramType type) => type is ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps or ProgramType.Ext;

    /// <summary>True if loads through pointers into the packet are allowed.</summary>
    internal static bool ReadsPacket(ProgramType type) => WritesPacket(type)
        || type is ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtSeg6local or ProgramType.SkReuseport or ProgramType.FlowDissector or ProgramType.CgroupSkb;

    /// <summary>True if stores through pointers into the packet are allowed.</summary>
    internal static bool WritesPacket(ProgramType type) =>
        type is ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.LwtXmit or ProgramType.SkSkb or ProgramType.SkMsg or ProgramType.CgroupSockOpt;

    /// <summary>True if the legacy packet loads (LD_ABS, LD_IND) are allowed.</summary>
    internal static bool HasPacketLoads(ProgramType type) => type is ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct;
}
