// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Printing;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Runtime.Processes;

namespace Nectar.TraceTests.Runtime;

/// <summary>Plans that are made by hand, run in the kernel.</summary>
public sealed class TraceRunTests
{
    // begin: 3 records of action 0 with a number, then one of action 1; end: one of action 2. The map gets two elements.
    private const string Text = """
        .license "GPL"
        .map events type=ringbuf max=65536
        .map m type=hash key=u64 value=u64 max=16
        .program begin section="raw_tp"
            *(u64 *)(r10 - 24) = 7
            *(u64 *)(r10 - 32) = 70
            r1 = m ll
            r2 = r10
            r2 += -24
            r3 = r10
            r3 += -32
            r4 = 0
            call bpf_map_update_elem
            *(u64 *)(r10 - 24) = 5
            *(u64 *)(r10 - 32) = 500
            r1 = m ll
            r2 = r10
            r2 += -24
            r3 = r10
            r3 += -32
            r4 = 0
            call bpf_map_update_elem
            r6 = 0
        again:
            *(u64 *)(r10 - 16) = 0
            *(u64 *)(r10 - 8) = r6
            r1 = events ll
            r2 = r10
            r2 += -16
            r3 = 16
            r4 = 0
            call bpf_ringbuf_output
            r6 += 1
            if r6 < 3 goto again
            *(u64 *)(r10 - 16) = 1
            *(u64 *)(r10 - 8) = 4
            r1 = events ll
            r2 = r10
            r2 += -16
            r3 = 16
            r4 = 0
            call bpf_ringbuf_output
            r0 = 0
            exit
        .program end section="raw_tp"
            *(u64 *)(r10 - 16) = 2
            *(u64 *)(r10 - 8) = 9
            r1 = events ll
            r2 = r10
            r2 += -16
            r3 = 16
            r4 = 0
            call bpf_ringbuf_output
            r0 = 0
            exit
        """;

    [KernelFact]
    public void Execute_Text()
    {
        (int code, string text, string errors) = Run(json: false);
        Assert.Equal(4, code);
        Assert.Equal("n=0 n=1 n=2 end=9\n\n\n@m[7]: 70\n@m[5]: 500\n", text);
        Assert.Equal("Attached 2 probes\n", errors);
    }

    [KernelFact]
    public void Execute_Json()
    {
        (_, string text, string errors) = Run(json: true);
        Assert.Equal(
            "{\"type\": \"attached_probes\", \"count\": 2, \"data\": {\"probes\": 2}}\n" +
            "{\"type\": \"printf\", \"data\": \"n=0 \"}\n{\"type\": \"printf\", \"data\": \"n=1 \"}\n{\"type\": \"printf\", \"data\": \"n=2 \"}\n" +
            "{\"type\": \"printf\", \"data\": \"end=9\\n\"}\n{\"type\": \"map\", \"data\": {\"@m\": {\"7\": 70, \"5\": 500}}}\n",
            text);
        Assert.Equal("", errors);
    }

    [KernelFact]
    public void Execute_Child_RunsOnceAttachedAndEndsTheRun()
    {
        string file = Path.GetTempFileName(), script = file + ".sh";
        File.WriteAllText(script, $"echo ran >{file}; exit 3");
        try
        {
            using ChildProcess child = ChildProcess.Start($"sh {script}");
            Thread.Sleep(50);
            Assert.Equal("", File.ReadAllText(file)); // it waits for its probes
            using EventPump pump = new(null, null!);
            pump.WatchProcess(child.Descriptor);
            child.Release();
            Assert.True(SpinWait.SpinUntil(() => child.HasEnded, 5000));
            Assert.Equal(3, child.ExitCode);
            Assert.Equal("ran\n", File.ReadAllText(file));
        }
        finally
        {
            File.Delete(file);
            File.Delete(script);
        }
    }

    [Fact]
    public void Start_MissingProgram_IsRefused() =>
        Assert.Contains("'/no/such/thing' does not exist", Assert.Throws<TraceException>(() => ChildProcess.Start("/no/such/thing -x")).Message, StringComparison.Ordinal);

    [Fact]
    public void Split_BlanksOnly() => Assert.Equal(["a", "'b", "c'"], CommandLine.Split("a  'b c' "));

    private static (int Code, string Text, string Errors) Run(bool json)
    {
        RecordField number = new(TraceType.Int64, 8);
        TraceMap map = new("@m") { KeyType = TraceType.Int64, ValueType = TraceType.Int64 };
        TracePlan plan = new()
        {
            Object = Assembler.Assemble(Text, "run.bpfasm"),
            Config = new TraceConfig(),
            Actions = [new PrintfAction(PrintKind.Printf, "n=%d ", [number]), new ExitAction(), new PrintfAction(PrintKind.Printf, "end=%d\n", [number])],
            Maps = [new PlannedMap(map, "m", IsPerCpu: false, IsArray: false)],
            Probes = [Probe("begin", ProbeKind.Begin), Probe("end", ProbeKind.End)],
        };
        using OutputStream text = new(-1, OutputBuffering.Full), errors = new(-1, OutputBuffering.Full);
        TraceOutput output = json ? new JsonOutput(text, errors) : new TextOutput(text, errors);
        using TraceRun run = new(plan, output, new SessionSettings());
        int code = run.Execute();
        Assert.True(run.Losses.IsNone);
        return (code, text.Buffer.ToString(), errors.Buffer.ToString());
    }

    private static PlannedProbe Probe(string name, ProbeKind kind) => new(name, kind, [new ProbeTarget(kind) { Name = name }], []);
}
