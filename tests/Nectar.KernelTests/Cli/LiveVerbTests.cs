// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Nectar.Linux.Inspection;
using Nectar.Linux.Programs;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Cli;

/// <summary>Verbs that attach and go on for a while: what they print, and that nothing is left when they end.</summary>
public sealed partial class LiveVerbTests(InspectedObject inspected) : IClassFixture<InspectedObject>
{
    // Sends number and name of each process that comes by, and counts them.
    private const string Probe = """
        .license "GPL"
        .struct event { u32 pid; u8 comm[16]; }
        .map events type=ringbuf max=4096 record=event
        .map counts type=array key=u32 value=u64 max=1
        .section "tracepoint/syscalls/sys_enter_getpgid"
        .global on_call
        on_call:
            call bpf_get_current_pid_tgid
            r0 >>= 32
            *(u32 *)(r10 - 24) = r0
            r1 = r10
            r1 += -20
            r2 = 16
            call bpf_get_current_comm
            r1 = events ll
            r2 = r10
            r2 += -24
            r3 = 20
            r4 = 0
            call bpf_ringbuf_output
            r1 = 0
            *(u32 *)(r10 - 28) = r1
            r1 = counts ll
            r2 = r10
            r2 += -28
            call bpf_map_lookup_elem
            if r0 == 0 goto done
            r1 = 1
            lock *(u64 *)(r0 + 0) += r1
        done:
            r0 = 0
            exit
        """;

    [BpfFact]
    public void Run_Attached_PrintsEventsAndMaps_ThenLeavesNothing()
    {
        string name = $"on_{Environment.ProcessId}";
        using ScratchText text = new(Probe.Replace("on_call", name, StringComparison.Ordinal).Replace("syscalls/sys_enter_getpgid", "sched/sched_process_exec", StringComparison.Ordinal));
        using Process process = NectarCommand.Start("run", text.Path, "--attach", "--for", "20s", "--json");
        List<JsonElement> lines = [];
        Assert.Equal(name, Line(process, lines).GetProperty("attached").GetString());
        for (int i = 0; i < 3; i++) TestEnvironment.Run("/bin/true");
        for (int ours = 0; ours < 3;)
        {
            JsonElement line = Line(process, lines);
            Assert.True(line.TryGetProperty("map", out JsonElement map) && map.GetString() == "events", string.Join('\n', lines));
            byte[] command = [.. line.GetProperty("event").GetProperty("comm").EnumerateArray().Select(c => c.GetByte())];
            if (command.AsSpan().StartsWith("true\0"u8)) ours++;
        }

        uint id = Assert.Single(ProgramInfo.ReadAll(), program => program.Name == name).Id;
        Assert.Contains(LinkInfo.ReadAll(), link => link.ProgramId == id && link.TargetName == "sched_process_exec");
        Assert.Equal(0, kill(process.Id, 2)); // as Ctrl-C does
        JsonElement end = Line(process, lines);
        while (!end.TryGetProperty("maps", out _)) end = Line(process, lines);
        Assert.True(process.WaitForExit(10_000));
        Assert.Equal(0, process.ExitCode);
        int events = lines.Count(line => line.TryGetProperty("event", out _));
        Assert.Equal(events, end.GetProperty("events").GetProperty("events").GetProperty("count").GetInt32());
        Assert.True(end.GetProperty("maps").GetProperty("counts")[0].GetProperty("value").GetInt32() >= 3);
        Assert.DoesNotContain(ProgramInfo.ReadAll(), program => program.Name == name);
    }

    [BpfFact]
    public void Run_Attached_ForAWhile_SaysWhatItFound()
    {
        using ScratchText text = new(Probe);
        string output = NectarCommand.Run(0, "run", text.Path, "--attach", "--for", "300ms", "--log");
        Assert.Contains("on_call: tracepoint", output);
        Assert.Contains("events of 'events': ", output);
        Assert.Contains("verifier log of 'on_call'", output);
    }

    [BpfFact]
    public void Run_Attached_WithoutATarget_SaysWhatToName()
    {
        using ScratchText text = new(".license \"GPL\"\n.program drop type=xdp\n    r0 = 2\n    exit\n");
        Assert.Contains("INTERFACE", NectarCommand.Run(1, "run", text.Path, "--attach"));
        Assert.Contains("NEC4703", NectarCommand.Run(2, "run", text.Path, "--attach", "lo", "--for", "soon"));
    }

    [NetworkFact]
    public void Run_AttachedAndPinned_StaysAttached()
    {
        string directory = $"/sys/fs/bpf/nectar-live-{Environment.ProcessId}";
        using ScratchText text = new(".license \"GPL\"\n.map seen type=array key=u32 value=u64 max=1\n.program pass type=xdp\n    r1 = seen ll\n    r0 = 2\n    exit\n");
        using NetworkNamespace network = new();
        try
        {
            network.Run(() => NectarCommand.Run(0, "run", text.Path, "--attach", "lo:generic", "--for", "200ms", "--pin", directory));
            JsonElement link = NectarCommand.Json("link", "show", "pinned", $"{directory}/pass")[0];
            Assert.Equal("xdp", link.GetProperty("type").GetString());
            Assert.NotEqual(0, link.GetProperty("ifindex").GetInt32());
            Assert.Equal("array", NectarCommand.Json("map", "show", $"{directory}/map_seen")[0].GetProperty("type").GetString());
        }
        finally
        {
            foreach (string pin in Directory.Exists(directory) ? Directory.GetFiles(directory) : []) File.Delete(pin);
            if (Directory.Exists(directory)) Directory.Delete(directory);
        }
    }

    [BpfFact]
    public void Top_Once_ShowsWhatRuns()
    {
        using ScratchText text = new(Probe);
        using Process process = NectarCommand.Start("run", text.Path, "--attach", "--for", "20s", "--json");
        process.StandardOutput.ReadLine();
        using Caller caller = new(0);
        try
        {
            JsonElement top = JsonDocument.Parse(NectarCommand.Output("top", "--once", "--json", "--interval", "500ms")).RootElement;
            JsonElement ours = Assert.Single(top.GetProperty("programs").EnumerateArray(), p => p.GetProperty("name").GetString() == "on_call");
            Assert.True(ours.GetProperty("runs_per_second").GetDouble() > 100);
            Assert.True(ours.GetProperty("ns_per_run").GetDouble() > 0);
            Assert.Contains(ours.GetProperty("pids").EnumerateArray(), holder => holder.GetProperty("pid").GetInt32() == process.Id);
            Assert.Contains("RUNS/S", NectarCommand.Output("top", "--for", "300ms", "--interval", "300ms"));
        }
        finally
        {
            _ = kill(process.Id, 15);
            process.WaitForExit(10_000);
        }
    }

    [BpfFact]
    public void TraceLog_EndsWhenTheTimeIsOver() => NectarCommand.Run(0, "prog", "tracelog", "for", "300ms");

    [InspectFact]
    public void EventPipe_OfThePerfArray_EndsWhenTheTimeIsOver()
    {
        Assert.Equal("", NectarCommand.Run(0, "map", "event_pipe", $"{inspected.Maps}/samples", "for", "300ms"));
        Assert.Contains("NEC4705", NectarCommand.Run(1, "map", "event_pipe", $"{inspected.Maps}/flows", "for", "300ms"));
    }

    [InspectFact]
    public void ProgRun_GivesTheVerdict_LoadPinsEverything()
    {
        string directory = $"/sys/fs/bpf/nectar-load-{Environment.ProcessId}", packet = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(packet, new byte[64]);
            NectarCommand.Output("prog", "loadall", inspected.ObjectFile, directory, "pinmaps", directory + "-m", "map", "name", "flows", "pinned", $"{inspected.Maps}/flows");
            JsonElement program = InspectedObject.BpftoolJson("prog", "show", "pinned", $"{directory}/inspect_packet_with_long_name");
            Assert.Equal("xdp", program.GetProperty("type").GetString());
            Assert.Contains(inspected.MapId("flows"), program.GetProperty("map_ids").EnumerateArray().Select(id => id.GetUInt32()));
            JsonElement run = NectarCommand.Json("prog", "run", $"{directory}/inspect_packet_with_long_name", "data_in", packet, "data_out", "-", "repeat", "10");
            JsonElement theirs = InspectedObject.BpftoolJson("prog", "run", "pinned", $"{directory}/inspect_packet_with_long_name", "data_in", packet);
            Assert.Equal(theirs.GetProperty("retval").GetUInt32(), run.GetProperty("retval").GetUInt32());
            Assert.Equal(64, run.GetProperty("data_out").GetArrayLength());
            Assert.Contains("NEC4006", NectarCommand.Run(1, "prog", "loadall", inspected.ObjectFile, directory));
        }
        finally
        {
            File.Delete(packet);
            foreach (string folder in new[] { directory, directory + "-m" })
            {
                foreach (string pin in Directory.Exists(folder) ? Directory.GetFiles(folder) : []) File.Delete(pin);
                if (Directory.Exists(folder)) Directory.Delete(folder);
            }
        }
    }

    private static JsonElement Line(Process process, List<JsonElement> lines)
    {
        string? line = process.StandardOutput.ReadLine(); // the process ends by itself, so this does too
        if (line is null) Assert.Fail($"it ended: {process.StandardError.ReadToEnd()}");
        lines.Add(JsonDocument.Parse(line).RootElement);
        return lines[^1];
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int getpgid(int pid);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int pid, int signal);

    /// <summary>Calls getpgid on a thread of its own: a busy machine's pool may have none.</summary>
    private sealed class Caller : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _isOver;

        internal Caller(int pauseMs)
        {
            _thread = new Thread(() =>
            {
                while (!_isOver)
                {
                    _ = getpgid(0);
                    if (pauseMs > 0) Thread.Sleep(pauseMs);
                }
            });
            _thread.Start();
        }

        public void Dispose()
        {
            _isOver = true;
            _thread.Join();
        }
    }

    /// <summary>A file with assembly text.</summary>
    private sealed class ScratchText : IDisposable
    {
        internal ScratchText(string text)
        {
            Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName() + ".bpfasm");
            File.WriteAllText(Path, text);
        }

        internal string Path { get; }

        public void Dispose() => File.Delete(Path);
    }
}
