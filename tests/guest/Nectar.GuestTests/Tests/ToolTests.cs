// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.GuestTests.Harness;
using Nectar.Trace.Runtime;
using Nectar.Trace.Tools;

namespace Nectar.GuestTests.Tests;

/// <summary>The ready scripts: each is compiled for this kernel, accepted by it, attached, and ends.</summary>
internal static class ToolTests
{
    /// <summary>What some tools ask of a kernel; the others run on any.</summary>
    private static readonly Dictionary<string, Func<string?>[]> s_needs = new()
    {
        ["bashreadline"] = [Needs.File("/bin/bash")],
        ["btrfsdist"] = [Needs.Module("btrfs")],
        ["capable"] = [Needs.Kernel(6, 14, "the event capability:cap_capable")],
        ["kvmexit"] = [Needs.Module("kvm")],
        ["llcstat"] = [Needs.File("/sys/bus/event_source/devices/cpu/events/cache-references")],
        ["pythongc"] = [Needs.File("/usr/bin/python3")],
        ["readahead"] = [Needs.Kernel(6, 18, "the events of readahead")],
        ["tcptop"] = [Needs.Kernel(6, 3, "the events sock:sock_send_length and sock:sock_recv_length")],
        ["udpsnoop"] = [Needs.Kernel(6, 3, "the events sock:sock_send_length and sock:sock_recv_length")],
        ["xfsdist"] = [Needs.Module("xfs")],
    };

    internal static readonly GuestTest[] All =
    [
        .. Cases().Select(tool => new GuestTest($"tools/{tool.Name}", () => Runs(tool.Name, tool.Parameters), [Needs.Root, Needs.Kprobes, .. s_needs.GetValueOrDefault(tool.Name) ?? []])),
        new("tools/vfscount_counts", () => Shows("vfscount", "vfs_read"), Needs.Root, Needs.Kprobes),
        new("tools/dcsnoop_shows_names", () => Shows("dcsnoop", "osrelease"), Needs.Root, Needs.Kprobes),
    ];

    private static void Runs(string name, string[] parameters) => Check.Equal(0, Run(name, parameters).Code);

    private static void Shows(string name, string expected) => Check.Contains(expected, Run(name, []).Text);

    private static (int Code, string Text) Run(string name, string[] parameters)
    {
        Tool tool = ToolList.Find(name)!;
        string script = HookTools.TakesHooks(tool) ? HookTools.Expand(tool, parameters) : tool.Script;
        using TraceSession session = TraceSession.Start(script, new TraceSessionOptions { Parameters = [.. parameters], IsUnsafe = true });
        _ = File.ReadAllText("/proc/sys/kernel/osrelease");
        Thread.Sleep(20);
        session.Stop();
        string text = "";
        foreach (TraceEvent one in session.ReadAllAsync().ToBlockingEnumerable())
        {
            if (one is PrintEvent print) text += print.Text;
            else if (one is MapEvent { Map: var map }) text += string.Concat(map.Entries.Select(entry => $"{map.Name}[{entry.Key}]: {entry.Value}\n"));
        }

        return (session.Completion.GetAwaiter().GetResult(), text);
    }

    /// <summary>The tools with parameters for a test, from the list of their cases.</summary>
    private static IEnumerable<(string Name, string[] Parameters)> Cases()
    {
        using StreamReader reader = new(typeof(ToolTests).Assembly.GetManifestResourceStream("tools.txt")!);
        HashSet<string> seen = [];
        while (reader.ReadLine() is { } line)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["==", var name, ..] && seen.Add(name)) yield return (name, words[2..]);
        }
    }
}
