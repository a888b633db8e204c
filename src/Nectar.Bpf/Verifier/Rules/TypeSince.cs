// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>The first kernel with each type of program, map and attachment. Sources: the tables of versions of docs.ebpf.io and bcc's docs/kernel-versions.md.</summary>
public static class TypeSince
{
    private static readonly (KernelVersion Since, ProgramType[] Types)[] s_programs =
    [
        (new(3, 19), [ProgramType.SocketFilter]),
        (new(4, 1), [ProgramType.Kprobe, ProgramType.SchedCls, ProgramType.SchedAct]),
        (new(4, 7), [ProgramType.Tracepoint]),
        (new(4, 8), [ProgramType.Xdp]),
        (new(4, 9), [ProgramType.PerfEvent]),
        (new(4, 10), [ProgramType.CgroupSkb, ProgramType.CgroupSock, ProgramType.LwtIn, ProgramType.LwtOut, ProgramType.LwtXmit]),
        (new(4, 13), [ProgramType.SockOps]),
        (new(4, 14), [ProgramType.SkSkb]),
        (new(4, 15), [ProgramType.CgroupDevice]),
        (new(4, 17), [ProgramType.SkMsg, ProgramType.RawTracepoint, ProgramType.CgroupSockAddr]),
        (new(4, 18), [ProgramType.LwtSeg6local, ProgramType.LircMode2]),
        (new(4, 19), [ProgramType.SkReuseport]),
        (new(4, 20), [ProgramType.FlowDissector]),
        (new(5, 2), [ProgramType.CgroupSysctl, ProgramType.RawTracepointWritable]),
        (new(5, 3), [ProgramType.CgroupSockOpt]),
        (new(5, 5), [ProgramType.Tracing]),
        (new(5, 6), [ProgramType.StructOps, ProgramType.Ext]),
        (new(5, 7), [ProgramType.Lsm]),
        (new(5, 9), [ProgramType.SkLookup]),
        (new(5, 14), [ProgramType.Syscall]),
        (new(6, 4), [ProgramType.Netfilter]),
    ];

    private static readonly (KernelVersion Since, MapType[] Types)[] s_maps =
    [
        (new(3, 19), [MapType.Hash, MapType.Array]),
        (new(4, 2), [MapType.ProgArray]),
        (new(4, 3), [MapType.PerfEventArray]),
        (new(4, 6), [MapType.PerCpuHash, MapType.PerCpuArray, MapType.StackTrace]),
        (new(4, 8), [MapType.CgroupArray]),
        (new(4, 10), [MapType.LruHash, MapType.LruPerCpuHash]),
        (new(4, 11), [MapType.LpmTrie]),
        (new(4, 12), [MapType.ArrayOfMaps, MapType.HashOfMaps]),
        (new(4, 14), [MapType.DevMap, MapType.SockMap]),
        (new(4, 15), [MapType.CpuMap]),
        (new(4, 18), [MapType.XskMap, MapType.SockHash]),
        (new(4, 19), [MapType.CgroupStorage, MapType.ReuseportSockArray]),
        (new(4, 20), [MapType.PerCpuCgroupStorage, MapType.Queue, MapType.Stack]),
        (new(5, 2), [MapType.SkStorage]),
        (new(5, 4), [MapType.DevMapHash]),
        (new(5, 6), [MapType.StructOps]),
        (new(5, 8), [MapType.RingBuf]),
        (new(5, 10), [MapType.InodeStorage]),
        (new(5, 11), [MapType.TaskStorage]),
        (new(5, 16), [MapType.BloomFilter]),
        (new(6, 1), [MapType.UserRingBuf]),
        (new(6, 2), [MapType.CgrpStorage]),
        (new(6, 9), [MapType.Arena]),
        (new(6, 19), [MapType.InsnArray]),
        (new(7, 2), [MapType.Rhash]),
    ];

    private static readonly (KernelVersion Since, AttachType[] Types)[] s_attachments =
    [
        (new(4, 10), [AttachType.CgroupInetIngress, AttachType.CgroupInetEgress, AttachType.CgroupInetSockCreate]),
        (new(4, 13), [AttachType.CgroupSockOps]),
        (new(4, 14), [AttachType.SkSkbStreamParser, AttachType.SkSkbStreamVerdict]),
        (new(4, 15), [AttachType.CgroupDevice]),
        (new(4, 17), [AttachType.SkMsgVerdict, AttachType.CgroupInet4Bind, AttachType.CgroupInet6Bind, AttachType.CgroupInet4Connect,
                AttachType.CgroupInet6Connect, AttachType.CgroupInet4PostBind, AttachType.CgroupInet6PostBind]),
        (new(4, 18), [AttachType.CgroupUdp4SendMsg, AttachType.CgroupUdp6SendMsg, AttachType.LircMode2]),
        (new(4, 20), [AttachType.FlowDissector]),
        (new(5, 2), [AttachType.CgroupSysctl, AttachType.CgroupUdp4RecvMsg, AttachType.CgroupUdp6RecvMsg]),
        (new(5, 3), [AttachType.CgroupGetSockOpt, AttachType.CgroupSetSockOpt]),
        (new(5, 5), [AttachType.TraceRawTp, AttachType.TraceFentry, AttachType.TraceFexit]),
        (new(5, 7), [AttachType.ModifyReturn, AttachType.LsmMac]),
        (new(5, 8), [AttachType.TraceIter, AttachType.CgroupInet4GetPeerName, AttachType.CgroupInet6GetPeerName, AttachType.CgroupInet4GetSockName,
                AttachType.CgroupInet6GetSockName, AttachType.XdpDevMap]),
        (new(5, 9), [AttachType.CgroupInetSockRelease, AttachType.XdpCpuMap, AttachType.SkLookup, AttachType.Xdp]),
        (new(5, 13), [AttachType.SkSkbVerdict]),
        (new(5, 14), [AttachType.SkReuseportSelect, AttachType.SkReuseportSelectOrMigrate]),
        (new(5, 15), [AttachType.PerfEvent]),
        (new(5, 18), [AttachType.TraceKprobeMulti]),
        (new(6, 0), [AttachType.LsmCgroup]),
        (new(6, 4), [AttachType.StructOps, AttachType.Netfilter]),
        (new(6, 6), [AttachType.TcxIngress, AttachType.TcxEgress, AttachType.TraceUprobeMulti]),
        (new(6, 7), [AttachType.CgroupUnixConnect, AttachType.CgroupUnixSendMsg, AttachType.CgroupUnixRecvMsg, AttachType.CgroupUnixGetPeerName,
                AttachType.CgroupUnixGetSockName, AttachType.NetkitPrimary, AttachType.NetkitPeer]),
        (new(6, 10), [AttachType.TraceKprobeSession]),
        (new(6, 13), [AttachType.TraceUprobeSession]),
    ];

    /// <summary>The first kernel with a type of program; default for one that is not known.</summary>
    public static KernelVersion Find(ProgramType type) => Find(s_programs, type);

    /// <summary>The first kernel with a type of map; default for one that is not known.</summary>
    public static KernelVersion Find(MapType type) => Find(s_maps, type);

    /// <summary>The first kernel with a type of attachment; default for one that is not known.</summary>
    public static KernelVersion Find(AttachType type) => Find(s_attachments, type);

    private static KernelVersion Find<T>((KernelVersion Since, T[] Types)[] rows, T type)
    {
        foreach ((KernelVersion since, T[] types) in rows)
        {
            if (Array.IndexOf(types, type) >= 0) return since;
        }

        return default;
    }
}
