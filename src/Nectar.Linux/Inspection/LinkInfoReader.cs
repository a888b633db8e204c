// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>Reads <c>struct bpf_link_info</c>: a first call for the kind and the sizes, a second one for names and lists.</summary>
internal static unsafe class LinkInfoReader
{
    private const int UnionStart = 16;
    private const int MaxSites = 1 << 20; // kernel: MAX_UPROBE_MULTI_CNT and MAX_KPROBE_MULTI_CNT
    private const int NameSize = 4096;
    private const uint ReturnFlag = 1;

    internal static LinkInfo Read(KernelHandle handle)
    {
        Raw raw = default;
        Query(handle, ref raw);
        LinkInfo info = new() { Id = raw.Id, Type = raw.Type, ProgramId = raw.ProgramId };
        return raw.Type switch
        {
            LinkType.RawTracepoint => info with { TargetName = ReadName(handle, 0, 8, out Raw full), Cookie = NonZero(full.U64(16)) },
            LinkType.Tracing => info with { AttachType = (AttachType)raw.U32(0), TargetObjectId = raw.U32(4), TargetTypeId = raw.U32(8), Cookie = NonZero(raw.U64(16)) },
            LinkType.Cgroup => info with { CgroupId = raw.U64(0), AttachType = (AttachType)raw.U32(8) },
            LinkType.Iterator => Iterator(handle, info),
            LinkType.Netns => info with { NetnsInode = raw.U32(0), AttachType = (AttachType)raw.U32(4) },
            LinkType.Xdp => info with { InterfaceIndex = raw.U32(0) },
            LinkType.PerfEvent => PerfEvent(handle, info, (PerfLinkKind)raw.U32(0)),
            LinkType.KprobeMulti => KprobeMulti(handle, info, raw.U32(8)),
            LinkType.StructOps => info with { MapId = raw.U32(0) },
            LinkType.Netfilter => info with { ProtocolFamily = raw.U32(0), Hook = raw.U32(4), Priority = (int)raw.U32(8), Flags = raw.U32(12) },
            LinkType.Tcx or LinkType.Netkit => info with { InterfaceIndex = raw.U32(0), AttachType = (AttachType)raw.U32(4) },
            LinkType.UprobeMulti => UprobeMulti(handle, info, raw.U32(36)),
            LinkType.SockMap => info with { MapId = raw.U32(0), AttachType = (AttachType)raw.U32(4) },
            _ => info,
        };
    }

    private static LinkInfo Iterator(KernelHandle handle, LinkInfo info)
    {
        string name = ReadName(handle, 0, 8, out Raw raw);
        info = info with { TargetName = name };
        return name switch
        {
            "bpf_map_elem" or "bpf_sk_storage_map" => info with { MapId = raw.U32(12) },
            "cgroup" => info with { CgroupId = raw.U64(16), Order = raw.U32(24) },
            "task" or "task_file" or "task_vma" => info with { ThreadId = raw.U32(16), ProcessId = raw.U32(20) },
            _ => info,
        };
    }

    private static LinkInfo PerfEvent(KernelHandle handle, LinkInfo info, PerfLinkKind kind)
    {
        info = info with { PerfKind = kind };
        Raw raw;
        switch (kind)
        {
            case PerfLinkKind.Uprobe or PerfLinkKind.Uretprobe:
                info = info with { TargetName = ReadName(handle, 8, 16, out raw) };
                return info with { Offset = raw.U32(20), Cookie = NonZero(raw.U64(24)), IsReturn = kind == PerfLinkKind.Uretprobe };
            case PerfLinkKind.Kprobe or PerfLinkKind.Kretprobe:
                info = info with { TargetName = ReadName(handle, 8, 16, out raw) };
                return info with { Offset = raw.U32(20), Address = raw.U64(24), Missed = raw.U64(32), Cookie = NonZero(raw.U64(40)), IsReturn = kind == PerfLinkKind.Kretprobe };
            case PerfLinkKind.Tracepoint:
                info = info with { TargetName = ReadName(handle, 8, 16, out raw) };
                return info with { Cookie = NonZero(raw.U64(24)) };
            case PerfLinkKind.Event:
                raw = default;
                Query(handle, ref raw);
                return info with { EventConfig = raw.U64(8), EventType = raw.U32(16), Cookie = NonZero(raw.U64(24)) };
            default:
                return info;
        }
    }

    private static LinkInfo KprobeMulti(KernelHandle handle, LinkInfo info, uint count)
    {
        ulong[] addresses = new ulong[Math.Min(count, MaxSites)], cookies = new ulong[addresses.Length];
        Raw raw = default;
        fixed (ulong* a = addresses, c = cookies)
        {
            raw.Set64(0, (ulong)a);
            raw.Set32(8, (uint)addresses.Length);
            raw.Set64(24, (ulong)c);
            Errno errno = Try(handle, ref raw);
            if (errno != Errno.None)
            {
                raw = default; // kernels before 6.8 know no cookies here
                raw.Set64(0, (ulong)a);
                raw.Set32(8, (uint)addresses.Length);
                Query(handle, ref raw);
            }
        }

        return info with
        {
            Flags = raw.U32(12),
            Missed = raw.U64(16),
            IsReturn = (raw.U32(12) & ReturnFlag) != 0,
            Sites = [.. addresses.Select((address, i) => new LinkSite(address, cookies[i], 0))],
        };
    }

    private static LinkInfo UprobeMulti(KernelHandle handle, LinkInfo info, uint count)
    {
        ulong[] offsets = new ulong[Math.Min(count, MaxSites)], counters = new ulong[offsets.Length], cookies = new ulong[offsets.Length];
        byte[] path = new byte[NameSize];
        Raw raw = default;
        fixed (ulong* o = offsets, r = counters, c = cookies)
        fixed (byte* p = path)
        {
            raw.Set64(0, (ulong)p);
            raw.Set64(8, (ulong)o);
            raw.Set64(16, (ulong)r);
            raw.Set64(24, (ulong)c);
            raw.Set32(32, NameSize);
            raw.Set32(36, (uint)offsets.Length);
            Query(handle, ref raw);
        }

        return info with
        {
            TargetName = KernelNames.Read(path),
            Flags = raw.U32(40),
            ProcessId = raw.U32(44),
            IsReturn = (raw.U32(40) & ReturnFlag) != 0,
            Sites = [.. offsets.Select((offset, i) => new LinkSite(offset, cookies[i], counters[i]))],
        };
    }

    /// <summary>The text that the kernel writes to an address which stands, like the room there, in the union.</summary>
    private static string ReadName(KernelHandle handle, int addressAt, int lengthAt, out Raw raw)
    {
        byte[] name = new byte[NameSize];
        raw = default;
        fixed (byte* address = name)
        {
            raw.Set64(addressAt, (ulong)address);
            raw.Set32(lengthAt, NameSize);
            Query(handle, ref raw);
        }

        int end = Array.IndexOf(name, (byte)0);
        return Encoding.UTF8.GetString(name, 0, end < 0 ? name.Length : end);
    }

    private static ulong? NonZero(ulong value) => value == 0 ? null : value;

    private static void Query(KernelHandle handle, ref Raw raw)
    {
        Errno errno = Try(handle, ref raw);
        if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Link, "link", "read its info", "bpf(BPF_OBJ_GET_INFO_BY_FD)", errno);
    }

    private static Errno Try(KernelHandle handle, ref Raw raw)
    {
        fixed (Raw* address = &raw)
        {
            ObjectInfoAttributes attributes = new() { Fd = (uint)handle.Fd, InfoSize = (uint)sizeof(Raw), Info = (ulong)address };
            Errno errno = BpfSyscall.Try(BpfCommand.ObjGetInfoByFd, ref attributes);
            GC.KeepAlive(handle);
            return errno;
        }
    }

    [StructLayout(LayoutKind.Explicit, Size = 72)]
    private struct Raw
    {
        [FieldOffset(0)] internal LinkType Type;
        [FieldOffset(4)] internal uint Id;
        [FieldOffset(8)] internal uint ProgramId;
        [FieldOffset(UnionStart)] private fixed byte _union[56];

        internal uint U32(int offset) => MemoryMarshal.Read<uint>(MemoryMarshal.CreateReadOnlySpan(ref _union[offset], 4));

        internal ulong U64(int offset) => MemoryMarshal.Read<ulong>(MemoryMarshal.CreateReadOnlySpan(ref _union[offset], 8));

        internal void Set32(int offset, uint value) => MemoryMarshal.Write(MemoryMarshal.CreateSpan(ref _union[offset], 4), value);

        internal void Set64(int offset, ulong value) => MemoryMarshal.Write(MemoryMarshal.CreateSpan(ref _union[offset], 8), value);
    }
}
