// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Compiler;

namespace Nectar.CompilerTests.Forms;

/// <summary>Every form of C# that can be compiled: what it becomes, and that it does the same everywhere.</summary>
public sealed class FormTests
{

    public static TheoryData<string> Forms => [.. GoldenFile.All(FormAssembly.Folder).Select(golden => golden.Name)];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Compile_Form_IsAsGolden(string form)
    {
        GoldenFile golden = GoldenFile.Read(Path.Combine(GoldenFile.Folder(FormAssembly.Folder), form + ".golden"));
        StringBuilder ir = new();
        CompilationResult result = ProbeCompiler.Compile(FormAssembly.Optimized, FormAssembly.Class(form), new CompilerOptions { DumpAfter = "Origins", DumpSink = text => ir.Append(text).Append('\n') });
        golden.Check([("ir after=Origins", ir.ToString()), ("code", Code(result.Object!)), ("stats", Statistics(result))]);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Run_Form_IsTheSameEverywhere(string form) => Compare(form, FormAssembly.Optimized, new CompilerOptions());

    [Theory]
    [MemberData(nameof(Forms))]
    public void Run_FormOfDebugBuild_IsTheSameEverywhere(string form) => Compare(form, FormAssembly.Debug, new CompilerOptions { Verify = false });

    [Theory]
    [MemberData(nameof(Forms))]
    public void Run_FormForTheLeastAndTheGreatestCpu_IsTheSameEverywhere(string form)
    {
        if (form is not "atomics") // exchanging atomics came with v3
        {
            Compare(form, FormAssembly.Optimized, new CompilerOptions { Cpu = CpuVersion.V1, Verify = false });
            Compare(form, FormAssembly.Optimized, new CompilerOptions { Cpu = CpuVersion.V2, Verify = false });
        }

        Compare(form, FormAssembly.Optimized, new CompilerOptions { Cpu = CpuVersion.V4, Verify = false });
    }

    private static void Compare(string form, string assembly, CompilerOptions options)
    {
        byte[][] packets = [.. FormAssembly.Inputs.Select(FormAssembly.Packet)];
        MachineOutcome expected = ManagedForm.Run(form, packets);
        BpfObject source = Compiled.Object(assembly, FormAssembly.Class(form), options);
        Engines.Run(source, [("Run", packets)], (_, outcomes) =>
        {
            foreach (MachineOutcome outcome in outcomes)
            {
                for (int i = 0; i < packets.Length; i++)
                {
                    Assert.True(expected.Runs[i].Equals(outcome.Runs[i]), string.Create(CultureInfo.InvariantCulture, $"{form}({FormAssembly.Inputs[i]}): CLR {expected.Runs[i]}, {outcome.Machine} {outcome.Runs[i]}"));
                }
            }
        });
    }

    private static string Code(BpfObject source)
    {
        StringBuilder text = new();
        foreach (FunctionDefinition function in source.Programs.Select(p => p.Entry).Union(source.Functions))
        {
            text.Append(function.Name).Append(":\n");
            foreach (string line in Disassembler.ToText(function.Instructions).TrimEnd().Split('\n')) text.Append("    ").Append(line.Trim()).Append('\n');
        }

        return text.ToString();
    }

    private static string Statistics(CompilationResult result) =>
        string.Concat(result.Programs.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name}: {p.Instructions} instructions, {p.StackBytes} bytes of stack, {p.Processed} processed\n")));
}
