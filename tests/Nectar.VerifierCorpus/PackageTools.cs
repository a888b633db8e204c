// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.VerifierCorpus;

/// <summary>
/// Programs that people run: the tools of Debian's packages, recorded while they load, and the objects that packages bring.
/// A tool is ended after its time; what is not installed is left out.
/// </summary>
internal static class PackageTools
{
    internal const string Recorded = "tools.jsonl";

    internal const string Objects = "package-objects.jsonl";

    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(4);

    // tracing scripts that need no function of the kernel's to be probed
    private static readonly string[] s_scripts =
    [
        "tracepoint:syscalls:sys_enter_openat { @[comm] = count(); }", "tracepoint:raw_syscalls:sys_enter { @[args->id] = count(); } interval:s:1 { exit(); }",
        "profile:hz:99 { @[kstack] = count(); }", "tracepoint:sched:sched_switch { @[args->next_comm] = hist(args->next_prio); }",
        "tracepoint:syscalls:sys_exit_read /args->ret > 0/ { @bytes = hist(args->ret); @total[comm] = sum(args->ret); }",
    ];

    internal static void Record(string recorder, string output, Action<string> say)
    {
        File.Delete(output + ".new");
        Dictionary<string, string> environment = new() { ["LD_PRELOAD"] = recorder, ["NECTAR_RECORD"] = output + ".new" };
        List<string[]> commands = [.. FilesOf("libbpf-tools").Where(f => f.Contains("bin/", StringComparison.Ordinal) && File.Exists(f)).Select(f => new[] { f })];
        if (Processes.Find("bpftrace") is { } bpftrace) commands.AddRange(s_scripts.Select(script => new[] { bpftrace, "-e", script }));
        Parallel.ForEach(commands, new ParallelOptions { MaxDegreeOfParallelism = 4 }, command => Processes.Run(environment, s_time, command[0], command[1..]));
        if (File.Exists(output + ".new")) File.Move(output + ".new", output, overwrite: true);
        say($"{commands.Count} tools of packages recorded");
    }

    /// <summary>The objects of packages: xdp-tools and libxdp.</summary>
    internal static string[] FindObjects() => [.. FilesOf("xdp-tools", "libxdp1").Where(f => f.EndsWith(".o", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static string[] FilesOf(params string[] packages) =>
        [.. packages.SelectMany(package => Processes.Run(null, s_time, "dpkg", "-L", package) is (0, { } files) ? files.Split('\n') : [])];
}
