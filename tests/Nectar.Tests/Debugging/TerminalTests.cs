// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Vm.Debugging;
using Nectar.Debugging.Terminal;
using Nectar.Tests.Support;
using Nectar.Tests.Vm.Debugging;
using Xunit;

namespace Nectar.Tests.Debugging;

/// <summary>
/// Sessions at the terminal against transcripts in tests/golden/debugger: the lines behind prompts are carried out, and all must come out
/// as it stands there. To write them anew: NECTAR_UPDATE_GOLDEN=1.
/// </summary>
public sealed class TerminalTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "tests", "golden", "debugger");

    [Fact]
    public void Sample_OverItsCapture_AsInTheTranscript()
    {
        string path = Path.Combine(Repository.Root, "samples", "block_http.bpfasm");
        DebugTarget target = new(Assembler.Assemble(File.ReadAllText(path), path), "block_http") { Inputs = DebugPrograms.Packets(Path.Combine(Repository.Root, "samples", "http.pcap")) };
        Compare("block_http.txt", target, [Path.GetDirectoryName(path)!]);
    }

    [ClangFact]
    public void CompiledProgram_AsInTheTranscript() =>
        Compare("compiled.txt", new DebugTarget(DebugPrograms.Fixture(), "first") { Inputs = [new DebugInput(new byte[64]), new DebugInput(new byte[32]), new DebugInput(new byte[64])] }, [Clang.Fixtures]);

    [Fact]
    public void Mistakes_AsInTheTranscript()
    {
        string text = ".license \"GPL\"\n.map counts type=hash key=4 value=8 max=4\n.program main type=xdp\nr2 = *(u32 *)(r1 + 0)\nr3 = *(u8 *)(r2 + 60)\nr1 = counts ll\nr0 = 2\nexit\n";
        Compare("mistakes.txt", new DebugTarget(Assembler.Assemble(text, "main.bpfasm"), "main") { Inputs = [new DebugInput(new byte[60]), new DebugInput(new byte[61])] }, []);
    }

    [Fact]
    public void Command_ReadsScriptsAndStandardInput_AndSaysWhetherSomethingFailed()
    {
        string sample = Path.Combine(Repository.Root, "samples", "block_http.bpfasm"), capture = Path.Combine(Repository.Root, "samples", "http.pcap");
        string script = Path.Combine(Directory.CreateTempSubdirectory("nectar-debug-").FullName, "steps");
        File.WriteAllText(script, "# a comment\nbreak bpf_ringbuf_reserve\nrun\n");
        (int code, string output, _) = Run("print r2\nquit\n", "debug", sample, "--pcap", capture, "-x", script, "--command", "info position");
        Assert.Equal(0, code);
        Assert.Contains("(nectar) info position\npacket 1 of 104 (74 bytes), step 0\n", output, StringComparison.Ordinal);
        Assert.EndsWith("(nectar) print r2\nr2 = 12 (0xc)\n(nectar) quit\n", output, StringComparison.Ordinal);
        (code, output, _) = Run("nothing\nprint r1\n", "debug", sample, "--pcap", capture);
        Assert.Equal(1, code);
        Assert.Contains("NEC5110", output, StringComparison.Ordinal);
        (code, _, string error) = Run("", "debug", sample);
        Assert.Equal(2, code);
        Assert.Contains("--pcap FILE", error, StringComparison.Ordinal);
        (code, _, error) = Run("", "debug", sample, "--mem", "00", "--ctx", "nothing=1");
        Assert.Equal(2, code);
        Assert.Contains("note: fields: ingress_ifindex", error, StringComparison.Ordinal);
        (code, output, _) = Run("p ctx->ingress_ifindex\n", "debug", sample, "--mem", "00", "--ctx", "ingress_ifindex=7");
        Assert.Equal(0, code);
        Assert.EndsWith("= 7\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void VerifiersKnowledge_StandsBesideTheValues()
    {
        string path = Path.Combine(Repository.Root, "samples", "block_http.bpfasm");
        DebugTarget target = new(Assembler.Assemble(File.ReadAllText(path), path), "block_http") { Inputs = DebugPrograms.Packets(Path.Combine(Repository.Root, "samples", "http.pcap")) };
        using DebugSession session = new(target) { Knowledge = new VerifierKnowledge(target).Find };
        session.AddBreakpoint("bpf_ringbuf_reserve");
        session.Continue();
        DebugFrame frame = session.Frame;
        Assert.Equal("12", session.Knowledge(frame.Program, frame.Slot, 2, frame.Registers[2]));
        Assert.Null(session.Knowledge(frame.Program, frame.Slot, 2, 13)); // no state that the verifier saw has this value
        Assert.Contains("packet", session.Knowledge(frame.Program, frame.Slot, 6, frame.Registers[6]), StringComparison.Ordinal);
        Assert.Null(session.Knowledge(frame.Program, frame.Slot, 4, frame.Registers[4]));
    }

    private static void Compare(string file, DebugTarget target, string[] sources)
    {
        string path = Path.Combine(s_folder, file), expected = File.ReadAllText(path);
        StringWriter output = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using DebugSession session = new(target);
        DebugTerminal terminal = new(session, output, sources);
        terminal.Greet();
        string commands = string.Join('\n', expected.Split('\n').Where(l => l.StartsWith(DebugTerminal.Prompt, StringComparison.Ordinal)).Select(l => l[DebugTerminal.Prompt.Length..]));
        terminal.Run(new StringReader(commands), isInteractive: false);
        if (Environment.GetEnvironmentVariable("NECTAR_UPDATE_GOLDEN") is { Length: > 0 }) File.WriteAllText(path, output.ToString());
        Assert.Equal(expected, output.ToString());
    }

    private static (int Code, string Output, string Error) Run(string input, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(DapClient.NectarPath, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Replace("\r\n", "\n", StringComparison.Ordinal), error.Result);
    }
}
