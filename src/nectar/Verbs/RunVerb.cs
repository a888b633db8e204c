// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Diagnostics;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Capture.Pcap;
using Nectar.Capture.Replay;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar run</c>: a program over a capture or over memory, in this process.</summary>
internal static class RunVerb
{
    private static readonly DiagnosticCode s_noInput = new(5);

    internal static Command Create()
    {
        Argument<string> file = new("object") { Description = "An object, assembly text or a classic filter's listing; - for standard input" };
        Argument<string?> name = new("program") { Description = "Which program (default: the only one)", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> pcap = new("--pcap") { Description = "Run once for each packet of a capture (pcap or pcapng)", HelpName = "FILE" };
        Option<string?> write = new("--out") { Description = "Write the packets that go on, as the program left them", HelpName = "FILE" };
        Option<int> repeat = new("--repeat") { Description = "Go through the input N times", HelpName = "N", DefaultValueFactory = _ => 1 };
        Option<string?> memory = new("--mem") { Description = "Run once over these bytes: hexadecimal text or a file", HelpName = "HEX|FILE" };
        Option<string[]> set = new("--set") { Description = "Set a global variable or a kernel configuration value before load", HelpName = "NAME=VALUE" };
        Option<bool> interpret = new("--interpret") { Description = "Use the interpreter" };
        Option<bool> trusted = new("--trusted") { Description = "Do not test memory accesses: for programs that you would run as native code" };
        Option<long> fuel = new("--fuel") { Description = "End a run after about this many instructions (0: no limit)", HelpName = "N" };
        Option<string?> record = new("--event-type") { Description = "The struct of ring buffer records", HelpName = "STRUCT" };
        Option<int> limit = new("--limit") { Description = "Show at most N events and elements of each map", HelpName = "N", DefaultValueFactory = _ => 20 };
        Option<bool> json = new("--json") { Description = "Print the result as JSON" };
        Command command = new("run", "Run a program over a capture or over memory, in this process")
        {
            file, name, pcap, write, repeat, memory, set, interpret, trusted, fuel, record, limit, json,
        };
        repeat.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--repeat: expected at least 1");
        });
        command.SetAction(result =>
        {
            BpfObject source = Inputs.ReadObject(result.GetValue(file)!);
            ProgramDefinition chosen = Inputs.FindProgram(source, result.GetValue(name));
            Dictionary<string, string> config = Inputs.ApplySettings(source, result.GetValue(set) ?? []);
            using VmObject loaded = VmObject.Load(source, new VmOptions
            {
                Engine = result.GetValue(interpret) ? VmEngine.Interpreter : VmEngine.Auto,
                Regime = result.GetValue(trusted) ? VmRegime.Trusted : VmRegime.Checked,
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
            ("nectar run prog.bpf.o main --mem 00112233 --set limit=5", "one run over four bytes, with a global variable set"),
            ("tcpdump -d 'tcp port 80' | nectar run - --pcap in.pcap", "a classic filter"));
    }

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
