// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Diagnostics;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Capture.Pcap;
using Nectar.Capture.Replay;
using Nectar.Linux.Inspection;
using LinkType = Nectar.Capture.Pcap.LinkType;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar run</c>: a program over a capture or over memory in this process, or attached in the kernel.</summary>
internal static class RunVerb
{
    private static readonly DiagnosticCode s_noInput = new(5);
    private static readonly DiagnosticCode s_words = new(4703);

    internal static Command Create()
    {
        Argument<string> file = new("object") { Description = "An object, a probe in C# (source, project or assembly), assembly text or a classic filter's listing; - for standard input" };
        Argument<string?> name = new("program") { Description = "Which program (default: the only one)", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> pcap = new("--pcap") { Description = "Run once for each packet of a capture (pcap or pcapng)", HelpName = "FILE" };
        Option<string?> write = new("--out") { Description = "Write the packets that go on, as the program left them", HelpName = "FILE" };
        Option<int> repeat = new("--repeat") { Description = "Go through the input N times", HelpName = "N", DefaultValueFactory = _ => 1 };
        Option<string?> memory = new("--mem") { Description = "Run once over these bytes: hexadecimal text or a file", HelpName = "HEX|FILE" };
        Option<string[]> set = new("--set") { Description = "Set a global variable or a kernel configuration value before load", HelpName = "NAME=VALUE" };
        Option<bool> interpret = new("--interpret") { Description = "Use the interpreter" };
        Option<bool> unverified = Regimes.Unverified(), trusted = Regimes.Trusted();
        Option<long> fuel = new("--fuel") { Description = "End a run after about this many instructions (0: no limit)", HelpName = "N" };
        Option<string?> record = new("--event-type") { Description = "The struct of ring buffer records", HelpName = "STRUCT" };
        Option<int> limit = new("--limit") { Description = "Show at most N events and elements of each map", HelpName = "N", DefaultValueFactory = _ => 20 };
        Option<bool> json = new("--json", "-j") { Description = "Print the result as JSON; with --attach a line for each event" };
        Option<string[]> attach = new("--attach") { Description = "Load into the kernel and attach: by sections, or where this says (an interface, a cgroup, PATH:FUNCTION, a tracepoint; for one of several programs NAME=TARGET)", HelpName = "[NAME=]TARGET", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> duration = new("--for") { Description = "With --attach: end after this time (5s, 500ms, 1m) instead of at Ctrl-C", HelpName = "TIME" };
        Option<int?> pid = new("--pid") { Description = "With --attach: only this process, for hooks that can be limited so", HelpName = "PID" };
        Option<bool> log = new("--log") { Description = "With --attach: print the kernel verifier's whole log" };
        Option<bool> fallback = new("--fallback") { Description = "With --attach: use the next best hook where this kernel lacks one, and say so" };
        Option<string?> pin = new("--pin") { Description = "With --attach: pin links and maps in this directory of a bpf filesystem, so that they stay", HelpName = "DIRECTORY" };
        Command command = new("run", "Run a program over a capture or over memory, in this process; or attach it in the kernel")
        {
            file, name, pcap, write, repeat, memory, set, interpret, unverified, trusted, fuel, attach, duration, pid, log, fallback, pin, record, limit, json,
        };
        repeat.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--repeat: expected at least 1");
        });
        command.SetAction(result =>
        {
            BpfObject source = Inputs.ReadObject(result.GetValue(file)!, result.GetValue(name));
            if (result.GetResult(attach) is not null)
            {
                return Attached(source, result.GetValue(name), result.GetValue(attach) ?? [], new AttachedRunOptions
                {
                    Live = new LiveOptions
                    {
                        ProcessId = result.GetValue(pid),
                        AllowFallback = result.GetValue(fallback),
                        KernelConfig = Inputs.ApplySettings(source, result.GetValue(set) ?? []),
                        LogLevel = result.GetValue(log) ? 1u : 0,
                        LogSink = (program, text) => Console.Error.WriteLine($"verifier log of '{program}':\n{text}"),
                    },
                    Duration = result.GetValue(duration) is { } time ? Waiting.ParseDuration(time) ?? throw Usage($"--for: '{time}' is no time", "help: 5, 5s, 500ms, 1m") : null,
                    PinDirectory = result.GetValue(pin),
                    RecordType = result.GetValue(record),
                    Limit = result.GetValue(limit),
                    IsJson = result.GetValue(json),
                }, result.InvocationConfiguration.Output);
            }

            ProgramDefinition chosen = Inputs.FindProgram(source, result.GetValue(name));
            Dictionary<string, string> config = Inputs.ApplySettings(source, result.GetValue(set) ?? []);
            using VmObject loaded = Regimes.Load(source, new VmOptions
            {
                Engine = result.GetValue(interpret) ? VmEngine.Interpreter : VmEngine.Auto,
                Regime = Regimes.Choose(result.GetValue(unverified), result.GetValue(trusted)),
                FuelLimit = result.GetValue(fuel),
                KernelConfig = config,
                // programs that tail calls reach are loaded with the one that is run
                Programs = [.. source.Programs.Where(p => p.Name == chosen.Name || source.Maps.Any(m => m.InitialSlots.Any(s => s.Symbol == p.Name))).Select(p => p.Name)],
                TraceSink = Console.Error.WriteLine,
            });
            VmProgram program = loaded.Programs[chosen.Name];
            using Events events = new(loaded, result.GetValue(record), result.GetValue(limit));
            RunReport report;
            VmFault? fault;
            if (result.GetValue(pcap) is { } capture)
            {
                ReplayResult replay = Replay(program, events, capture, result.GetValue(write), result.GetValue(repeat));
                fault = replay.FirstFault;
                if (fault is not null) Console.Error.WriteLine(FormattableString.Invariant($"nectar: packet {replay.FirstFaultPacket}, the first of {replay.Faults} that faulted:"));
                report = new RunReport(loaded, program, events, result.GetValue(limit)) { Replay = replay, CaptureName = capture };
            }
            else
            {
                byte[] bytes = result.GetValue(memory) is { } text ? Inputs.ReadMemory(text) : [];
                if (bytes.Length == 0 && program.TakesPackets)
                    throw new LoadException(Diagnostic.Error(s_noInput, $"program '{program.Name}' looks at packets; there are none", "help: give it a capture with --pcap FILE, or one packet with --mem HEX"));
                RunResult single = program.Run(bytes);
                for (int i = 1; i < result.GetValue(repeat) && single.Fault is null; i++) single = program.Run(bytes);
                events.Drain();
                fault = single.Fault;
                report = new RunReport(loaded, program, events, result.GetValue(limit)) { Single = fault is null ? single : null };
            }

            if (fault is not null) Output.Problem(fault.Diagnostic);
            if (result.GetValue(json))
            {
                using Stream output = Console.OpenStandardOutput();
                report.WriteJson(output);
            }
            else
            {
                report.WriteText(result.InvocationConfiguration.Output);
            }

            return fault is null ? 0 : 1;
        });
        return command.WithExamples(
            ("nectar run samples/block_http.bpfasm --pcap samples/http.pcap", "verdicts and events over a capture"),
            ("nectar run filter.bpf.o --pcap in.pcap --out kept.pcap", "write what the program lets through"),
            ("nectar run bootstrap.bpf.o --attach", "attach in the kernel by sections; events and maps until Ctrl-C"),
            ("nectar run block_http.bpf.o --attach eth0 --for 10s --json", "on an interface, for ten seconds, a line of JSON for each event"),
            ("nectar run probes.bpf.o --attach on_malloc=libc:malloc --pid 1234", "one program on a function, of one process"),
            ("nectar run prog.bpf.o main --mem 00112233 --set limit=5", "one run over four bytes, with a global variable set"),
            ("tcpdump -d 'tcp port 80' | nectar run - --pcap in.pcap", "a classic filter"));
    }

    private static int Attached(BpfObject source, string? name, string[] targets, AttachedRunOptions options, TextWriter output)
    {
        Dictionary<string, string> named = [];
        string? everywhere = null;
        foreach (string target in targets)
        {
            int equals = target.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && source.Programs.TryGet(target[..equals], out _)) named[target[..equals]] = target[(equals + 1)..];
            else if (everywhere is null) everywhere = target;
            else throw Usage($"--attach {target}: two targets for all programs; programs: {string.Join(", ", source.Programs.Select(p => p.Name))}", "help: --attach NAME=TARGET");
        }

        if (name is not null) Inputs.FindProgram(source, name);
        LiveOptions live = options.Live with { Programs = name is null ? null : [name], Targets = named, DefaultTarget = everywhere };
        try
        {
            return new AttachedRun(source, options with { Live = live }, output).Run();
        }
        catch (VerificationException problem) when (live.LogLevel > 0)
        {
            Console.Error.WriteLine($"verifier log of '{problem.Program}':\n{problem.Log}");
            throw;
        }
    }

    private static UsageException Usage(string problem, string help) => new(Diagnostic.Error(s_words, $"nectar run: {problem}", help));

    private static ReplayResult Replay(VmProgram program, Events events, string capture, string? write, int passes)
    {
        CaptureWriter? writer = null;
        if (write is not null)
        {
            using CaptureReader first = CaptureReader.Open(capture);
            first.TryRead(out _); // the interfaces are known once there is a packet
            LinkType link = first.Interfaces.Count > 0 ? first.Interfaces[0].LinkType : LinkType.Ethernet;
            writer = CaptureWriter.Create(write, first.Format, link);
            if (first.Format == CaptureFormat.PcapNg)
            {
                for (int i = 1; i < first.Interfaces.Count; i++) writer.AddInterface(first.Interfaces[i].LinkType);
            }
        }

        using (writer)
        {
            using CancellationTokenSource stop = new();
            Console.CancelKeyPress += (_, key) =>
            {
                key.Cancel = true; // what was counted is still printed
                stop.Cancel();
            };
            CaptureReader? last = null;
            using ProgressLine progress = new();
            CaptureReplay replay = new() { Program = program, Writer = writer, Drain = events.Sources.Count > 0 ? events.Drain : null, Progress = progress.IsShown ? progress.Update : null };
            ReplayResult result = replay.Run(() => last = CaptureReader.Open(capture), passes, stop.Token);
            foreach (Diagnostic diagnostic in last?.Diagnostics ?? []) Output.Problem(diagnostic);
            return result;
        }
    }

    /// <summary>A line on the terminal for work that takes longer than a second.</summary>
    private sealed class ProgressLine : IDisposable
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private long _next = 1000;

        internal bool IsShown { get; } = !Console.IsErrorRedirected;

        internal void Update(long runs)
        {
            long elapsed = (long)Stopwatch.GetElapsedTime(_started).TotalMilliseconds;
            if (elapsed < _next) return;
            _next = elapsed + 200;
            Console.Error.Write(FormattableString.Invariant($"\r{runs:N0} packets, {runs / Math.Max(1.0, elapsed) / 1000:F1} million a second "));
        }

        public void Dispose()
        {
            if (_next > 1000) Console.Error.Write("\r\e[K");
        }
    }
}
