// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text.Json;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Views;

/// <summary>A link in a listing: one table of what each kind shows, for text and JSON alike.</summary>
internal static class LinkView
{
    private static readonly string[] s_families = ["", "unix", "ip", "", "", "", "", "bridge", "", "", "ip6", "", "decnet"];
    private static readonly string[] s_hooks = ["prerouting", "input", "forward", "output", "postrouting"];
    private static readonly string[] s_eventTypes = ["hardware", "software", "tracepoint", "hw-cache", "raw", "breakpoint"];
    private static readonly string[] s_hardware = ["cpu-cycles", "instructions", "cache-references", "cache-misses", "branch-instructions", "branch-misses", "bus-cycles", "stalled-cycles-frontend", "stalled-cycles-backend", "ref-cycles"];
    private static readonly string[] s_software = ["cpu-clock", "task-clock", "page-faults", "context-switches", "cpu-migrations", "minor-faults", "major-faults", "alignment-faults", "emulation-faults", "dummy", "bpf-output", "cgroup-switches"];
    private static readonly string[] s_orders = ["self_only", "descendants_pre", "descendants_post", "ancestors_up"];

    internal static void WriteText(LinkInfo link, ProgramType? program, Context context, TextWriter output)
    {
        StringWriter text = new(CultureInfo.InvariantCulture);
        text.Write($"{link.Id}: {KindNames.Of(link.Type)}");
        if (link.ProgramId != 0) text.Write($"  prog {link.ProgramId}");
        if (link.Type == LinkType.Tracing && program is { } type) text.Write($"\n\tprog_type {KindNames.Of(type)}");
        text.Write("\n\t");
        text.Write(string.Join("  ", Details(link)));
        if (link.Sites.Count > 0)
        {
            text.Write(link.Type == LinkType.KprobeMulti ? "\n\taddr             cookie           func [module]" : "\n\toffset             ref_ctr_offset     cookie");
            foreach (LinkSite site in link.Sites)
            {
                text.Write(link.Type == LinkType.KprobeMulti
                    ? $"\n\t{site.Address:x16} {site.Cookie,-16:x} {Symbols.Of(site.Address)}"
                    : $"\n\t0x{site.Address,-16:x} 0x{site.ReferenceCounter,-16:x} 0x{site.Cookie:x}");
            }
        }

        context.WriteText(KernelObjectKind.Link, link.Id, text);
        output.WriteLine(text);
    }

    internal static void WriteJson(LinkInfo link, ProgramType? program, Context context, Utf8JsonWriter json)
    {
        json.WriteNumber("id", link.Id);
        json.WriteString("type", KindNames.Of(link.Type));
        json.WriteNumber("prog_id", link.ProgramId);
        if (link.Type == LinkType.Tracing && program is { } type) json.WriteString("prog_type", KindNames.Of(type));
        if (link.Type == LinkType.RawTracepoint) json.WriteString("tp_name", link.TargetName);
        if (link.Type == LinkType.Iterator) json.WriteString("target_name", link.TargetName);
        if (link.PerfKind is { } kind) WritePerf(link, kind, json);
        if (link.Type is LinkType.KprobeMulti or LinkType.UprobeMulti) WriteMulti(link, json);
        Number(json, "cgroup_id", link.CgroupId);
        if (link.CgroupId is { } cgroup && CgroupIds.PathOf(cgroup) is { } path) json.WriteString("cgroup_path", path);
        if (link.Order is { } order) json.WriteString("order", order < s_orders.Length ? s_orders[order] : order.ToString(CultureInfo.InvariantCulture));
        Number(json, "netns_ino", link.NetnsInode);
        if (link.InterfaceIndex is { } index)
        {
            json.WriteString("devname", index == 0 ? "(detached)" : Interfaces.NameOf(index));
            json.WriteNumber("ifindex", index);
        }

        if (link.AttachType is { } attach) json.WriteString("attach_type", KindNames.Of(attach));
        Number(json, "target_obj_id", link.TargetObjectId);
        Number(json, "target_btf_id", link.TargetTypeId);
        if (link.Type is LinkType.Tracing && TargetOf(link, program) is { } target) json.WriteString("target_name", target);
        Number(json, "map_id", link.MapId);
        if (link.Type == LinkType.Iterator)
        {
            Number(json, "tid", link.ThreadId is 0 ? null : link.ThreadId);
            Number(json, "pid", link.ProcessId is 0 ? null : link.ProcessId);
        }

        if (link.Type == LinkType.Netfilter)
        {
            Number(json, "pf", link.ProtocolFamily);
            Number(json, "hook", link.Hook);
            json.WriteNumber("prio", link.Priority ?? 0);
            Number(json, "flags", link.Flags);
        }

        Number(json, "cookie", link.Cookie);
        context.WriteJson(KernelObjectKind.Link, link.Id, json);
    }

    private static void WritePerf(LinkInfo link, PerfLinkKind kind, Utf8JsonWriter json)
    {
        switch (kind)
        {
            case PerfLinkKind.Kprobe or PerfLinkKind.Kretprobe:
                json.WriteBoolean("retprobe", link.IsReturn);
                Number(json, "addr", link.Address);
                json.WriteString("func", link.TargetName);
                Number(json, "offset", link.Offset);
                Number(json, "missed", link.Missed);
                break;
            case PerfLinkKind.Uprobe or PerfLinkKind.Uretprobe:
                json.WriteBoolean("retprobe", link.IsReturn);
                json.WriteString("file", link.TargetName);
                Number(json, "offset", link.Offset);
                break;
            case PerfLinkKind.Tracepoint:
                json.WriteString("tracepoint", link.TargetName);
                break;
            case PerfLinkKind.Event:
                json.WriteString("event_type", EventType(link));
                json.WriteString("event_config", EventConfig(link));
                break;
        }
    }

    private static void WriteMulti(LinkInfo link, Utf8JsonWriter json)
    {
        json.WriteBoolean("retprobe", link.IsReturn);
        if (link.Type == LinkType.UprobeMulti)
        {
            json.WriteString("path", link.TargetName);
            json.WriteNumber("pid", link.ProcessId ?? 0);
        }

        json.WriteNumber("func_cnt", link.Sites.Count);
        Number(json, "missed", link.Missed);
        json.WriteStartArray("funcs");
        foreach (LinkSite site in link.Sites)
        {
            json.WriteStartObject();
            json.WriteNumber(link.Type == LinkType.KprobeMulti ? "addr" : "offset", site.Address);
            if (link.Type == LinkType.KprobeMulti) json.WriteString("func", Symbols.Of(site.Address));
            else json.WriteNumber("ref_ctr_offset", site.ReferenceCounter);
            json.WriteNumber("cookie", site.Cookie);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static IEnumerable<string> Details(LinkInfo link)
    {
        switch (link.Type)
        {
            case LinkType.RawTracepoint:
                yield return $"tp '{link.TargetName}'";
                break;
            case LinkType.Tracing:
                yield return $"attach_type {KindNames.Of(link.AttachType!.Value)}";
                if (link.TargetObjectId is > 0) yield return $"target_obj_id {link.TargetObjectId}  target_btf_id {link.TargetTypeId}";
                if (TargetOf(link, null) is { } target) yield return $"target {target}";
                break;
            case LinkType.Cgroup:
                yield return $"cgroup_id {link.CgroupId}";
                yield return $"attach_type {KindNames.Of(link.AttachType!.Value)}";
                if (CgroupIds.PathOf(link.CgroupId ?? 0) is { } path) yield return $"path {path}";
                break;
            case LinkType.Iterator:
                yield return $"target_name {link.TargetName}";
                if (link.MapId is { } map) yield return $"map_id {map}";
                if (link.CgroupId is { } cgroup) yield return $"cgroup_id {cgroup}  order {(link.Order < s_orders.Length ? s_orders[link.Order.Value] : "?")}";
                if (link.ThreadId is > 0) yield return $"tid {link.ThreadId}";
                if (link.ProcessId is > 0) yield return $"pid {link.ProcessId}";
                break;
            case LinkType.Netns:
                yield return $"netns_ino {link.NetnsInode}  attach_type {KindNames.Of(link.AttachType!.Value)}";
                break;
            case LinkType.Xdp or LinkType.Tcx or LinkType.Netkit:
                yield return link.InterfaceIndex is 0 ? "ifindex (detached)" : $"ifindex {Interfaces.NameOf(link.InterfaceIndex!.Value)}({link.InterfaceIndex})";
                if (link.AttachType is { } attach) yield return $"attach_type {KindNames.Of(attach)}";
                break;
            case LinkType.StructOps:
                yield return $"map {link.MapId}";
                break;
            case LinkType.SockMap:
                yield return $"map_id {link.MapId}  attach_type {KindNames.Of(link.AttachType!.Value)}";
                break;
            case LinkType.Netfilter:
                yield return $"{Pick(s_families, link.ProtocolFamily)} {Pick(s_hooks, link.Hook)} prio {link.Priority}{(link.Flags is > 0 ? $" flags 0x{link.Flags:x}" : "")}";
                break;
            case LinkType.KprobeMulti:
                yield return $"{(link.IsReturn ? "kretprobe.multi" : "kprobe.multi")}  func_cnt {link.Sites.Count}{(link.Missed is > 0 ? $"  missed {link.Missed}" : "")}";
                break;
            case LinkType.UprobeMulti:
                yield return $"{(link.IsReturn ? "uretprobe.multi" : "uprobe.multi")}  path {link.TargetName}  func_cnt {link.Sites.Count}{(link.ProcessId is > 0 ? $"  pid {link.ProcessId}" : "")}";
                break;
            case LinkType.PerfEvent:
                yield return Perf(link);
                break;
        }

        if (link.Cookie is { } cookie) yield return $"cookie {cookie}";
    }

    private static string Perf(LinkInfo link) => link.PerfKind switch
    {
        PerfLinkKind.Kprobe or PerfLinkKind.Kretprobe => FormattableString.Invariant($"{(link.IsReturn ? "kretprobe" : "kprobe")} {link.Address:x16} {link.TargetName}{(link.Offset is > 0 ? $"+0x{link.Offset:x}" : "")}{(link.Missed is > 0 ? $"  missed {link.Missed}" : "")}"),
        PerfLinkKind.Uprobe or PerfLinkKind.Uretprobe => $"{(link.IsReturn ? "uretprobe" : "uprobe")} {link.TargetName}+0x{link.Offset:x}",
        PerfLinkKind.Tracepoint => $"tracepoint {link.TargetName}",
        PerfLinkKind.Event => $"event {EventType(link)}:{EventConfig(link)}",
        _ => "perf event",
    };

    private static string EventType(LinkInfo link) => Pick(s_eventTypes, link.EventType);

    private static string EventConfig(LinkInfo link) => link.EventType switch
    {
        0 when link.EventConfig < (ulong)s_hardware.Length => s_hardware[link.EventConfig.Value],
        1 when link.EventConfig < (ulong)s_software.Length => s_software[link.EventConfig.Value],
        _ => FormattableString.Invariant($"{link.EventConfig}"),
    };

    /// <summary>The function that a tracing program is attached to, by the types that hold it.</summary>
    private static string? TargetOf(LinkInfo link, ProgramType? program) => link.TargetTypeId is > 0 and var id && program != ProgramType.Ext
        ? TracingTargets.NameOf(link.TargetObjectId ?? 0, id) : null;

    private static string Pick(string[] names, uint? number) => number is { } n && n < (uint)names.Length && names[n].Length > 0 ? names[n] : FormattableString.Invariant($"{number}");

    private static void Number(Utf8JsonWriter json, string name, ulong? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }
}
