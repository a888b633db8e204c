// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Classic;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;
using Nectar.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.Tests.Suites;

/// <summary>The kernel's own tests of its interpreter and JITs, on ours.</summary>
public sealed class TestBpfTests(ITestOutputHelper output)
{
    private const int EINVAL = 22;

    private const string TooLongForKernel = "BPF_MAXINSNS: jump over MSH";

    private static readonly Instruction s_exit = new(0x95, 0, 0, 0, 0);

    /// <summary>Each way in which a program can be run here.</summary>
    private static readonly (string Name, VmEngine Engine, VmRegime Regime)[] s_machines =
    [
        ("interpreter", VmEngine.Interpreter, VmRegime.Checked),
        .. JitCompiler.IsSupported
            ? new[] { ("JIT checked", VmEngine.Jit, VmRegime.Checked), ("JIT trusted", VmEngine.Jit, VmRegime.Trusted) }
            : [],
    ];

    private readonly List<string> _failures = [];
    private readonly List<string> _notRunnable = [];

    [TestBpfFact]
    public void ExtendedCases_AllMachines_GiveTheKernelsResults()
    {
        int passed = 0, cases = 0;
        foreach (TestBpfCase test in TestBpfSource.Cases())
        {
            if (test.IsTailCall || !test.Flags.HasFlag(TestBpfCase.Flag.Extended)) continue;
            cases++;
            int before = _failures.Count;
            foreach ((string machine, VmEngine engine, VmRegime regime) in s_machines) RunExtended(test, machine, engine, regime);
            if (_failures.Count == before) passed++;
        }

        Report("extended", cases, passed);
    }

    [TestBpfFact]
    public void ClassicCases_AllMachines_GiveTheKernelsResults()
    {
        int passed = 0, cases = 0;
        foreach (TestBpfCase test in TestBpfSource.Cases())
        {
            if (test.IsTailCall || !test.Flags.HasFlag(TestBpfCase.Flag.Classic)) continue;
            cases++;
            int before = _failures.Count;
            RunClassic(test);
            if (_failures.Count == before) passed++;
        }

        Report("classic", cases, passed);
    }

    [TestBpfFact]
    public void TailCallCases_AllMachines_GiveTheKernelsResults()
    {
        TestBpfCase[] tests = [.. TestBpfSource.Cases().Where(t => t.IsTailCall)];
        foreach ((string machine, VmEngine engine, VmRegime regime) in s_machines)
        {
            using VmObject loaded = VmObject.Load(TestBpfTailCalls.Build(tests), new VmOptions { Engine = engine, Regime = regime });
            foreach (TestBpfCase test in tests)
            {
                uint result = TestBpfTailCalls.Run(loaded.Programs[test.Name], test);
                if (result != test.Expected[0].Result) _failures.Add($"{test.Name} ({machine}): {result}, expected {test.Expected[0].Result}");
            }
        }

        Report("tail call", tests.Length, tests.Length - _failures.Count);
    }

    private void RunExtended(TestBpfCase test, string machine, VmEngine engine, VmRegime regime)
    {
        // Zero extensions that the kernel's verifier inserts carry a mark in a field that programs leave zero.
        Instruction[] code = [.. test.Extended.Select(i => i.Opcode == 0xbc && i.Immediate == 1 ? i.WithImmediate(0) : i)];

        // Four cases end in code that nothing reaches; the kernel's verifier, which they bypass, refuses that as our preparer does.
        if (OpcodeTable.Find(code[^1]) is { Operation: not (Operation.Exit or Operation.Ja) }) code = [.. code, s_exit];
        Run(test, machine, code, ProgramType.Unspec, engine, regime, null, size =>
            test.Flags.HasFlag(TestBpfCase.Flag.NoData) ? [] : test.Flags.HasFlag(TestBpfCase.Flag.LargeMemory) ? new byte[size] : TestBpfPacket.Bytes(test, size));
    }

    private void RunClassic(TestBpfCase test)
    {
        ClassicInstruction[] code = test.ClassicCode;
        DiagnosticBag bag = new();
        ClassicProgram? program = ClassicProgram.TryCreate(code, ClassicSemantics.Linux, bag);
        if (test.Name == TooLongForKernel)
        {
            // Valid by the rules for classic programs; the kernel refuses it only because a jump of its conversion does not fit 16 bits.
            _notRunnable.Add($"{test.Name}: the refusal that it expects is the kernel's converter's; here it runs and gives the result that the table has for it");
        }
        else if (test.Flags.HasFlag(TestBpfCase.Flag.ExpectedFail))
        {
            if (program is not null) _failures.Add($"{test.Name} (validator): accepted, expected errno {-test.ExpectedError}");
            Assert.Equal(-EINVAL, test.ExpectedError);
            return;
        }

        if (program is null)
        {
            _failures.Add($"{test.Name} (validator): {bag.ToImmutable()[0]}");
            return;
        }

        foreach ((int size, uint expected) in test.Expected)
        {
            byte[] packet = TestBpfPacket.Bytes(test, size);
            Same(test, "classic interpreter", size, expected, program.Run(packet, (uint)packet.Length, TestBpfPacket.ClassicContext(packet)));
        }

        RunConverted(test, code, new ClassicConversion { Target = ClassicTarget.Memory, LinkOffset = 0, NetworkOffset = 14 }, ProgramType.Unspec);
        RunConverted(test, code, new ClassicConversion { Target = ClassicTarget.SocketBuffer }, ProgramType.SocketFilter);
    }

    private void RunConverted(TestBpfCase test, ClassicInstruction[] code, ClassicConversion conversion, ProgramType type)
    {
        DiagnosticBag bag = new();
        Instruction[]? extended = ClassicConverter.TryConvert(code, conversion, bag);
        if (extended is null)
        {
            _notRunnable.Add($"{test.Name} (as extended program over {conversion.Target}): {bag.ToImmutable()[0].Message}");
            return;
        }

        RunContext? context = type == ProgramType.SocketFilter ? TestBpfPacket.SocketBuffer() : null;
        foreach ((string machine, VmEngine engine, VmRegime regime) in s_machines)
        {
            Run(test, $"converted over {conversion.Target}, {machine}", extended, type, engine, regime, context, size => TestBpfPacket.Bytes(test, size));
        }
    }

    private void Run(TestBpfCase test, string machine, Instruction[] code, ProgramType type, VmEngine engine, VmRegime regime, RunContext? context, Func<int, byte[]> input)
    {
        try
        {
            using VmObject loaded = VmObject.Load(TestBpfPacket.Object(code, type), new VmOptions { Engine = engine, Regime = regime });
            foreach ((int size, uint expected) in test.Expected)
            {
                RunResult result = loaded.Programs[0].Run(input(size), context);
                if (result.Fault is { } fault) _failures.Add($"{test.Name} ({machine}, {size} bytes): {fault}");
                else Same(test, machine, size, expected, result.ReturnValue);
            }
        }
        catch (LoadException refused)
        {
            _failures.Add($"{test.Name} ({machine}): {refused.Diagnostics[0]}");
        }
    }

    private void Same(TestBpfCase test, string machine, int size, uint expected, uint actual)
    {
        if (expected != actual) _failures.Add($"{test.Name} ({machine}, {size} bytes): 0x{actual:x}, expected 0x{expected:x}");
    }

    private void Report(string kind, int cases, int passed)
    {
        string text = $"test_bpf {kind}: {passed} of {cases} cases pass on {string.Join(", ", s_machines.Select(m => m.Name))}; {_notRunnable.Count} runs that cannot be";
        output.WriteLine(text);
        foreach (string line in _notRunnable) output.WriteLine("  not runnable: " + line);
        Assert.True(cases > 0, "no cases");
        Assert.True(_failures.Count == 0, text + "\n" + string.Join('\n', _failures.Take(60)));
    }
}
