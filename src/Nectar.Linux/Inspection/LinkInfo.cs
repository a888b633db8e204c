// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Linux.Links;

namespace Nectar.Linux.Inspection;

/// <summary>Kinds of links, with the kernel's numbers (<c>enum bpf_link_type</c>).</summary>
public enum LinkType : uint
{
#pragma warning disable CS1591 // the kernel's names
    Unspec = 0, RawTracepoint = 1, Tracing = 2, Cgroup = 3, Iterator = 4, Netns = 5, Xdp = 6, PerfEvent = 7, KprobeMulti = 8, StructOps = 9, Netfilter = 10,
    Tcx = 11, UprobeMulti = 12, Netkit = 13, SockMap = 14, TracingMulti = 15,
#pragma warning restore CS1591
}

/// <summary>What a perf event link listens to (<c>enum bpf_perf_event_type</c>).</summary>
public enum PerfLinkKind : uint
{
#pragma warning disable CS1591 // the kernel's names
    Unspec = 0, Uprobe = 1, Uretprobe = 2, Kprobe = 3, Kretprobe = 4, Tracepoint = 5, Event = 6,
#pragma warning restore CS1591
}

/// <summary>One place of a link that has many: a function of the kernel, or an offset in a file.</summary>
/// <param name="Address">The function's address; for user probes the offset in the file.</param>
/// <param name="Cookie">The number that the program sees there.</param>
/// <param name="ReferenceCounter">For user probes: offset of the semaphore; 0 for none.</param>
public readonly record struct LinkSite(ulong Address, ulong Cookie, ulong ReferenceCounter);

/// <summary>
/// What the kernel knows about a link (<c>struct bpf_link_info</c>): who runs, and the details that its kind has. Details of other kinds are null.
/// </summary>
public sealed record LinkInfo
{
    /// <summary>The number of the link in this kernel.</summary>
    public required uint Id { get; init; }

    /// <summary>The kind.</summary>
    public required LinkType Type { get; init; }

    /// <summary>The program that runs; 0 once it is detached, and for struct_ops.</summary>
    public required uint ProgramId { get; init; }

    /// <summary>Where it is attached, for kinds that have several places.</summary>
    public AttachType? AttachType { get; init; }

    /// <summary>The number that the program reads with <c>bpf_get_attach_cookie</c>.</summary>
    public ulong? Cookie { get; init; }

    /// <summary>Tracing: the BTF object, or for freplace the program, that <see cref="TargetTypeId"/> belongs to.</summary>
    public uint? TargetObjectId { get; init; }

    /// <summary>Tracing: the function's type.</summary>
    public uint? TargetTypeId { get; init; }

    /// <summary>The tracepoint, function, file or iterator target.</summary>
    public string? TargetName { get; init; }

    /// <summary>The interface; 0 once it is gone.</summary>
    public uint? InterfaceIndex { get; init; }

    /// <summary>The cgroup's inode number.</summary>
    public ulong? CgroupId { get; init; }

    /// <summary>The network namespace's inode number.</summary>
    public uint? NetnsInode { get; init; }

    /// <summary>struct_ops, sockmap and iterators over a map: the map.</summary>
    public uint? MapId { get; init; }

    /// <summary>Iterators over tasks: the thread.</summary>
    public uint? ThreadId { get; init; }

    /// <summary>Iterators over tasks and user probes: the process; 0 for all.</summary>
    public uint? ProcessId { get; init; }

    /// <summary>Iterators over cgroups: <c>enum bpf_cgroup_iter_order</c>.</summary>
    public uint? Order { get; init; }

    /// <summary>Netfilter: the protocol family (2 IPv4, 10 IPv6).</summary>
    public uint? ProtocolFamily { get; init; }

    /// <summary>Netfilter: the hook's number.</summary>
    public uint? Hook { get; init; }

    /// <summary>Netfilter: the priority.</summary>
    public int? Priority { get; init; }

    /// <summary>Flags of the kind: netfilter's, kprobe multi's, uprobe multi's.</summary>
    public uint? Flags { get; init; }

    /// <summary>Perf events: what is listened to.</summary>
    public PerfLinkKind? PerfKind { get; init; }

    /// <summary>Perf probes: offset in the function or file.</summary>
    public ulong? Offset { get; init; }

    /// <summary>Kernel probes: the address.</summary>
    public ulong? Address { get; init; }

    /// <summary>Kernel probes: hits that did not run the program.</summary>
    public ulong? Missed { get; init; }

    /// <summary>Perf events: <c>perf_event_attr.type</c>.</summary>
    public uint? EventType { get; init; }

    /// <summary>Perf events: <c>perf_event_attr.config</c>.</summary>
    public ulong? EventConfig { get; init; }

    /// <summary>Links with many places: all of them.</summary>
    public IReadOnlyList<LinkSite> Sites { get; init; } = [];

    /// <summary>True if the many places are returns of functions.</summary>
    public bool IsReturn { get; init; }

    /// <summary>Reads what the kernel knows about a link.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">It cannot be read (NEC4004).</exception>
    public static LinkInfo Read(KernelLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return LinkInfoReader.Read(link.Handle);
    }

    /// <summary>What all links of the kernel are.</summary>
    public static IEnumerable<LinkInfo> ReadAll() => KernelObjectIds.OpenAll(KernelObjectKind.Link, id =>
    {
        using KernelLink link = KernelLink.OpenById(id);
        return Read(link);
    });
}
