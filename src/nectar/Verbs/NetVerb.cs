// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nectar.Bpf.Objects;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar net</c>: programs at network hooks.</summary>
internal static class NetVerb
{
    private static readonly (string Name, XdpMode Mode)[] s_xdp = [("xdp", XdpMode.Automatic), ("xdpgeneric", XdpMode.Generic), ("xdpdrv", XdpMode.Native), ("xdpoffload", XdpMode.Offload)];
    private static readonly (string Name, AttachType Type)[] s_tcx = [("tcx_ingress", AttachType.TcxIngress), ("tcx_egress", AttachType.TcxEgress)];

    internal static Command Create() => new("net", "Programs at network hooks: list, attach, detach")
    {
        KernelVerb.Create("net", "show", "Show XDP, tc, flow dissector, socket lookup and netfilter programs of this network namespace", "[dev INTERFACE]", Show,
            ("nectar net list", "everything in this namespace"),
            ("nectar net show dev eth0 --json", "one interface, for scripts")).Named("list"),
        KernelVerb.Create("net", "attach", "Attach a loaded program to an interface; it stays when this command ends",
            "{xdp | xdpgeneric | xdpdrv | xdpoffload | tcx_ingress | tcx_egress} PROGRAM dev INTERFACE [overwrite]", Attach,
            ("nectar net attach xdp name block_http dev eth0", "native if the driver can, else generic"),
            ("nectar net attach tcx_ingress pinned /sys/fs/bpf/filter dev eth0", "a tc program")),
        KernelVerb.Create("net", "detach", "Detach a program of an interface", "{xdp | xdpgeneric | xdpdrv | xdpoffload | tcx_ingress | tcx_egress} [PROGRAM] dev INTERFACE", Detach,
            ("nectar net detach xdp dev eth0", "whatever XDP program is there")),
    };

    private static void Show(Words words, VerbOutput output)
    {
        string? device = words.Take("dev") ? words.Next("an interface") : null;
        words.End();
        NetworkHooks hooks = NetworkHooks.Read(device);
        if (output.IsJson)
        {
            VerbOutput.Json(json =>
            {
                json.WriteStartArray();
                json.WriteStartObject();
                List(json, "xdp", hooks.Xdp, "mode");
                List(json, "tc", hooks.Tc, "kind");
                List(json, "flow_dissector", hooks.FlowDissector, null);
                List(json, "sk_lookup", hooks.SocketLookup, null);
                json.WriteStartArray("netfilter");
                Context context = new();
                foreach (LinkInfo link in hooks.Netfilter)
                {
                    json.WriteStartObject();
                    LinkView.WriteJson(link, ProgramType.Netfilter, context, json);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
                json.WriteEndArray();
            });
            return;
        }

        List(output.Text, "xdp", hooks.Xdp, program => string.Create(CultureInfo.InvariantCulture, $"{program.Interface}({program.InterfaceIndex}) {program.Hook} id {program.ProgramId}{Named(program)}"));
        List(output.Text, "tc", hooks.Tc, program => string.Create(CultureInfo.InvariantCulture,
            $"{program.Interface}({program.InterfaceIndex}) {program.Hook} {(program.Name.Length > 0 ? program.Name : "<anon>")} id {program.ProgramId}{(program.LinkId > 0 ? $" link_id {program.LinkId}" : "")}"));
        List(output.Text, "flow_dissector", hooks.FlowDissector, program => FormattableString.Invariant($"id {program.ProgramId}{Named(program)}"));
        List(output.Text, "sk_lookup", hooks.SocketLookup, program => FormattableString.Invariant($"id {program.ProgramId}{Named(program)}"));
        output.Text.WriteLine("netfilter:");
        if (hooks.Netfilter.Count > 0)
        {
            Context context = new();
            foreach (LinkInfo link in hooks.Netfilter) LinkView.WriteText(link, ProgramType.Netfilter, context, output.Text);
        }

        output.Text.WriteLine();
    }

    private static void Attach(Words words, VerbOutput output)
    {
        string hook = words.Next("a hook");
        using KernelProgram program = ObjectFinder.Program(words.NextReference("a program"));
        string device = Device(words);
        bool overwrite = words.Take("overwrite");
        words.End();
        if (Array.Find(s_xdp, row => row.Name == hook) is { Name: not null } xdp)
            Xdp.Attach(program, device, new XdpOptions { Mode = xdp.Mode, UseNetlink = true, ReplaceAny = overwrite }); // not disposed: over netlink it stays
        else if (Array.Find(s_tcx, row => row.Name == hook) is { Name: not null } tcx)
            HookAttachments.Attach(program, NetworkInterfaces.IndexOf(device), tcx.Type, 0, $"{hook} of interface '{device}'");
        else throw words.Wrong($"there is no hook '{hook}'");
    }

    private static void Detach(Words words, VerbOutput output)
    {
        string hook = words.Next("a hook");
        using KernelProgram? program = words.Peek is not ("dev" or null) ? ObjectFinder.Program(words.NextReference("a program")) : null;
        string device = Device(words);
        words.End();
        if (Array.Find(s_xdp, row => row.Name == hook) is { Name: not null } xdp)
        {
            Xdp.Detach(device, xdp.Mode);
            return;
        }

        if (Array.Find(s_tcx, row => row.Name == hook) is not { Name: not null } tcx) throw words.Wrong($"there is no hook '{hook}'");
        int index = NetworkInterfaces.IndexOf(device);
        string target = $"{hook} of interface '{device}'";
        if (program is not null)
        {
            HookAttachments.Detach(program, index, tcx.Type, target);
            return;
        }

        NetworkHookProgram[] attached = [.. NetworkHooks.Read(device).Tc.Where(one => one.Hook == hook.Replace('_', '/') && one.LinkId == 0)];
        if (attached.Length != 1) throw words.Wrong($"{attached.Length} programs are attached to {target} without a link; say which one");
        using KernelProgram only = KernelProgram.OpenById(attached[0].ProgramId);
        HookAttachments.Detach(only, index, tcx.Type, target);
    }

    private static string Device(Words words) => words.Take("dev") ? words.Next("an interface") : throw words.Wrong("expected dev INTERFACE");

    private static string Named(NetworkHookProgram program) => program.Name.Length > 0 ? $" name {program.Name}" : "";

    private static void List(TextWriter text, string title, IReadOnlyList<NetworkHookProgram> programs, Func<NetworkHookProgram, string> line)
    {
        text.WriteLine($"{title}:");
        foreach (NetworkHookProgram program in programs) text.WriteLine(line(program));
        text.WriteLine();
    }

    private static void List(Utf8JsonWriter json, string name, IReadOnlyList<NetworkHookProgram> programs, string? hook)
    {
        json.WriteStartArray(name);
        foreach (NetworkHookProgram program in programs)
        {
            json.WriteStartObject();
            if (program.InterfaceIndex != 0)
            {
                json.WriteString("devname", program.Interface);
                json.WriteNumber("ifindex", program.InterfaceIndex);
            }

            if (hook is not null) json.WriteString(hook, program.Hook);
            if (program.Name.Length > 0) json.WriteString("name", program.Name);
            json.WriteNumber("id", program.ProgramId);
            if (program.LinkId > 0) json.WriteNumber("link_id", program.LinkId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
