// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Emit;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes;
using Nectar.Compiler.Passes.Lowering;

namespace Nectar.CompilerTests.Codegen;

/// <summary>Code that is made of random IR does on every machine what the IR means.</summary>
public sealed class RandomIrTests
{
    private const int PerVersion = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Machines_do_what_the_IR_means(int cpu)
    {
        for (int seed = 0; seed < PerVersion; seed++) Compare(cpu, (seed * 4) + cpu, 10 + (seed * 3 % 120));
    }

    internal static BpfObject Compile(IrModule module)
    {
        PassContext context = new(module, new DiagnosticBag());
        List<CompiledFunction> functions = [];
        foreach (IrFunction function in module.Functions)
        {
            DivisionLowering.Run(function, context);
            MemoryLowering.Run(function, context);
            SwitchLowering.Run(function, context);
            if (IrChecker.Check(function) is { } problem) Assert.Fail($"{problem}\n{IrPrinter.Print(function)}");
            CompiledFunction? code = CodeGenerator.Generate(function, context);
            Assert.True(code is not null, string.Join("\n", context.Diagnostics.Items));
            functions.Add(code);
        }

        return ObjectEmitter.Emit(module, functions);
    }

    private static void Compare(int cpu, int seed, int size)
    {
        IrModule module = new() { Name = "random", Target = new CompilationTarget(cpu) };
        RandomIr.AddTo(module, seed, size);
        string text = string.Join("\n", module.Functions.Select(function => IrPrinter.Print(function)));
        byte[][] packets = [.. Enumerable.Range(0, 6).Select(i => Packet(seed + i))];
        RunOutcome[] expected = new RunOutcome[packets.Length];
        for (int i = 0; i < packets.Length; i++)
        {
            byte[] packet = [.. packets[i]];
            uint result = IrEvaluator.Run(module.Functions[0], packet);
            expected[i] = new RunOutcome(result, packet);
        }

        BpfObject made = Compile(module);
        try
        {
            Engines.Run(made, [("program", packets)], (_, outcomes) =>
            {
                foreach (MachineOutcome outcome in outcomes)
                {
                    for (int i = 0; i < packets.Length; i++) Assert.True(expected[i].Equals(outcome.Runs[i]), $"{outcome.Machine}, packet {i}: expected {expected[i]}, got {outcome.Runs[i]}");
                }
            });
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"cpu {cpu}, seed {seed}, size {size}: {failure.Message}\n{text}\n{Disassembler.ToText(made)}", failure);
        }
    }

    private static byte[] Packet(int seed)
    {
        byte[] packet = new byte[RandomIr.PacketSize];
        Random random = new(seed);
        random.NextBytes(packet);
        if (seed % 3 == 0) packet.AsSpan(random.Next(32), 32).Fill((byte)random.Next(3));
        return packet;
    }
}
