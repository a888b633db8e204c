// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Debugging;
using Nectar.Capture.Pcap;
using Nectar.Debugging.Dap;
using Nectar.Debugging.Terminal;
using Nectar.Linux.Loading;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar debug</c>: steps a program in this process, at the terminal or for an editor.</summary>
internal static class DebugVerb
{
    private static readonly DiagnosticCode s_usage = new(4703);
    private static readonly DiagnosticCode s_protocol = new(5120);

    internal static Command Create()
    {
        Argument<string?> file = new("object") { Description = "An object, a probe in C# (source, project or assembly), assembly text or a classic filter's listing", Arity = ArgumentArity.ZeroOrOne };
        Argument<string?> name = new("program") { Description = "Which program (default: the only one)", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> pcap = new("--pcap") { Description = "One run for each packet of a capture (pcap or pcapng)", HelpName = "FILE" };
        Option<string[]> memory = new("--mem") { Description = "A run over these bytes: hexadecimal text or a file; may be given several times", HelpName = "HEX|FILE" };
        Option<string[]> context = new("--ctx") { Description = "Set a field of the context", HelpName = "FIELD=VALUE" };
        Option<string[]> set = new("--set") { Description = "Set a global variable or a kernel configuration value before load", HelpName = "NAME=VALUE" };
        Option<string[]> commands = new("--command") { Description = "Carry out a command; may be given several times", HelpName = "LINE" };
        Option<string?> script = new("-x", "--script") { Description = "Carry out the commands of a file", HelpName = "FILE" };
        Option<bool> batch = new("--batch") { Description = "End after --command and -x instead of asking for more" };
        Option<string[]> sources = new("--source") { Description = "A folder with source files", HelpName = "FOLDER" };
        Option<bool> dap = new("--dap") { Description = "Speak the Debug Adapter Protocol with an editor, over standard input and output" };
        Option<int?> listen = new("--listen") { Description = "With --dap: over TCP, on this port of this machine (0: any)", HelpName = "PORT" };
        Command command = new("debug", "Step a program in this process, forwards and backwards")
        {
            file, name, pcap, memory, context, set, commands, script, batch, sources, dap, listen,
        };
        command.SetAction(result =>
        {
            if (result.GetValue(dap)) return Serve(result.GetValue(listen));
            string path = result.GetValue(file) ?? throw Usage("expected an object");
            BpfObject source = Inputs.ReadObject(path, result.GetValue(name));
            DebugTarget target = Target(source, result.GetValue(name), result.GetValue(pcap), result.GetValue(memory) ?? [], result.GetValue(context) ?? [], result.GetValue(set) ?? []);
            using DebugSession session = new(target) { Knowledge = new VerifierKnowledge(target).Find };
            TextWriter output = result.InvocationConfiguration.Output;
            DebugTerminal terminal = new(session, output, [.. result.GetValue(sources) ?? [], Path.GetDirectoryName(Path.GetFullPath(path))!]);
            using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
            {
                signal.Cancel = true; // the program stands still, the debugger stays
                if (session.IsUnderWay) session.Pause();
            });
            terminal.Greet();
            foreach (string line in result.GetValue(commands) ?? [])
            {
                output.WriteLine(DebugTerminal.Prompt + line);
                if (!terminal.Execute(line)) break;
            }

            if (result.GetValue(script) is { } lines && !terminal.IsOver) terminal.Execute($"source {lines}");
            bool isInteractive = !Console.IsInputRedirected;
            if (!result.GetValue(batch) && !terminal.IsOver) terminal.Run(Console.In, isInteractive);
            return terminal.HasFailed && !isInteractive ? 1 : 0;
        });
        return command.WithExamples(
            ("nectar debug samples/block_http.bpfasm --pcap samples/http.pcap", "step a program over the packets of a capture"),
            ("nectar debug prog.bpf.o filter --pcap in.pcap --command 'break parse if r1 > 5' --command run", "to the first call of parse with a larger argument"),
            ("nectar debug --dap", "serve an editor; see docs/debugger.md"),
            ("nectar debug prog.bpf.o main --mem 00112233 -x commands.txt --batch", "carry out a file of commands"));
    }

    /// <summary>Serves editors, which say what is debugged themselves.</summary>
    private static int Serve(int? port)
    {
        if (port is { } number)
        {
            using Waiting end = new(null);
            DapListener.Run(number, Load, p => Console.Error.WriteLine(FormattableString.Invariant($"nectar: listening on 127.0.0.1:{p}")), problem => Output.Problem(Diagnostic.Error(s_protocol, problem)), end.Token);
            return 0;
        }

        using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
        if (new DapServer(input, output, Load).Run() is not { } broken) return 0;
        Output.Problem(Diagnostic.Error(s_protocol, broken));
        return 1;
    }

    private static DebugTarget Load(DapLaunch launch) => Target(Inputs.ReadObject(launch.Object, launch.Program), launch.Program, launch.Pcap, launch.Mem, launch.Ctx, launch.Set);

    /// <summary>What is debugged, from what the user said.</summary>
    internal static DebugTarget Target(BpfObject source, string? name, string? capture, IReadOnlyList<string> memory, IReadOnlyList<string> context, IEnumerable<string> settings)
    {
        ProgramDefinition program = Inputs.FindProgram(source, name);
        Dictionary<string, string> config = Inputs.ApplySettings(source, settings);
        RunContext? fields = context.Count == 0 ? null : Fields(program, context);
        List<DebugInput> inputs = [.. memory.Select(m => new DebugInput(Inputs.ReadMemory(m)) { Context = fields })];
        if (capture is not null)
        {
            using CaptureReader reader = CaptureReader.Open(capture);
            while (reader.TryRead(out CapturePacket packet)) inputs.Add(new DebugInput(packet.Data.ToArray()) { Context = fields, TimeNs = (ulong)packet.TimestampNs });
            if (reader.Error is { } problem) Output.Problem(problem);
        }

        bool takesPackets = ContextLayout.For(program.Type).Name is "xdp_md" or "__sk_buff";
        if (inputs.Count == 0 && takesPackets) throw Usage($"program '{program.Name}' looks at packets; there are none", "help: give it a capture with --pcap FILE, or one packet with --mem HEX");
        return new DebugTarget(source, program.Name)
        {
            Inputs = inputs.Count > 0 ? inputs : [new DebugInput([]) { Context = fields }],
            Options = new VmOptions
            {
                CpuCount = 1,
                KernelConfig = config,
                KernelTypes = static () => KernelBtf.Running.TryVmlinux,
                // programs that tail calls reach are loaded with the one that is debugged
                Programs = [.. source.Programs.Where(p => p.Name == program.Name || source.Maps.Any(m => m.InitialSlots.Any(s => s.Symbol == p.Name))).Select(p => p.Name)],
            },
        };
    }

    private static RunContext Fields(ProgramDefinition program, IReadOnlyList<string> settings)
    {
        ContextLayout layout = ContextLayout.For(program.Type);
        RunContext fields = new();
        foreach (string setting in settings)
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !Words.TryNumber(setting[(equals + 1)..], out ulong value)) throw Usage($"--ctx {setting}: expected FIELD=VALUE with a number");
            string field = setting[..equals];
            if (layout.Find(field) is not { Kind: ContextFieldKind.Plain })
                throw Usage($"--ctx {setting}: '{layout.Name}' has no field '{field}' that can be set", $"note: fields: {string.Join(", ", layout.Fields.Where(f => f.Kind == ContextFieldKind.Plain).Select(f => f.Name))}");
            fields[field] = value;
        }

        return fields;
    }

    private static UsageException Usage(string problem, params ReadOnlySpan<string> notes) => new(Diagnostic.Error(s_usage, $"nectar debug: {problem}", notes));
}
