// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>What programs of a type can do that generated code should try.</summary>
/// <param name="Type">The type.</param>
/// <param name="Attach">The attach type, where the type has several.</param>
/// <param name="Returns">The largest return value; 0 and up to it are right.</param>
/// <param name="Packet">Where the context has the packet's first byte and end: offsets, and their size; null without direct access.</param>
/// <param name="ContextSize">Bytes of context to load from.</param>
/// <param name="WordSize">The size that most of the context's fields have.</param>
/// <param name="Helpers">Numbers of helpers beyond those that all have.</param>
public sealed record FuzzProfile(ProgramType Type, AttachType? Attach, int Returns, (int Start, int End, int Size)? Packet, int ContextSize, int WordSize, int[] Helpers)
{
    private static readonly (int, int, int) s_skb = (76, 80, 4);
    private static readonly int[] s_tracing = [4, 14, 15, 16, 25, 35, 113];

    /// <summary>The types that programs are generated for.</summary>
    public static readonly FuzzProfile[] All =
    [
        new(ProgramType.SocketFilter, null, 65535, null, 76, 4, [25, 26, 46]),
        new(ProgramType.SchedCls, null, 7, s_skb, 180, 4, [9, 25, 26, 28, 34, 38, 39, 44, 46, 50]),
        new(ProgramType.SchedAct, null, 7, s_skb, 180, 4, [9, 26, 28, 39]),
        new(ProgramType.Xdp, null, 4, (0, 4, 4), 24, 4, [23, 25, 28, 44, 54, 65]),
        new(ProgramType.Kprobe, null, 1, null, 168, 8, s_tracing),
        new(ProgramType.Tracepoint, null, 1, null, 64, 8, s_tracing),
        new(ProgramType.RawTracepoint, null, 1, null, 96, 8, s_tracing),
        new(ProgramType.PerfEvent, null, 1, null, 184, 8, s_tracing),
        new(ProgramType.CgroupSkb, AttachType.CgroupInetIngress, 1, s_skb, 180, 4, [26, 46, 79]),
        new(ProgramType.SkMsg, null, 1, (0, 8, 8), 72, 4, [61, 62, 63]),
        new(ProgramType.SkSkb, null, 1, s_skb, 180, 4, [9, 26, 39]),
        new(ProgramType.LwtIn, null, 2, s_skb, 180, 4, [26, 28, 34]),
        new(ProgramType.LwtXmit, null, 7, s_skb, 180, 4, [9, 26, 28, 34, 39]),
        new(ProgramType.CgroupSock, AttachType.CgroupInetSockCreate, 1, null, 60, 4, [15, 46]),
        new(ProgramType.SockOps, null, 1, null, 180, 4, [46, 59]),
        new(ProgramType.CgroupDevice, null, 1, null, 12, 4, [15]),
        new(ProgramType.CgroupSysctl, AttachType.CgroupSysctl, 1, null, 8, 4, []),
        new(ProgramType.SkReuseport, null, 1, (0, 8, 8), 40, 4, [26]),
    ];
}
