// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes;

namespace Nectar.CompilerTests.Codegen;

/// <summary>What code is chosen, and what is refused.</summary>
public sealed class CodeTests
{
    [Fact]
    public void A_frame_over_512_bytes_is_refused_with_its_parts()
    {
        IrModule module = NewModule();
        IrFunction function = new("Write", IrType.I32);
        IrBuilder builder = new(function) { Location = new SourceLocation("Sniffer.cs", 12, 5, 12, 20, "    int Write()", "Write") };
        function.Location = builder.Location;
        Value data = builder.StackSlot(512, 8, "data"), name = builder.StackSlot(64, 8, "name");
        builder.Call(HelperTargets.Find(16)!, IrType.I64, data, builder.I64(512));
        builder.Call(HelperTargets.Find(16)!, IrType.I64, name, builder.I64(64));
        builder.Return(builder.I32(0));
        PassContext context = new(module, new DiagnosticBag());
        Assert.Null(CodeGenerator.Generate(function, context));
        string text = Assert.Single(context.Diagnostics.Items).ToString();
        Assert.Contains("Sniffer.cs(12,5): error NEC2201: the frame of 'Write' has 576 bytes; a function has 512", text, StringComparison.Ordinal);
        Assert.Contains("512 bytes: data\n  note:     64 bytes: name", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_atomic_operation_with_a_result_needs_version_3(int cpu)
    {
        IrModule module = NewModule(cpu);
        IrFunction function = new("Count", IrType.I64);
        IrBuilder builder = new(function);
        Value slot = builder.StackSlot(8, 8, "count");
        builder.Store(slot, builder.I64(1), 8);
        builder.Return(builder.Atomic(AtomicKind.Add, IrType.I64, 8, slot, builder.I64(2)));
        PassContext context = new(module, new DiagnosticBag());
        CompiledFunction? code = CodeGenerator.Generate(function, context);
        Assert.Equal(cpu >= 3, code is not null);
        if (cpu < 3) Assert.Equal(CodegenCodes.NotInVersion, Assert.Single(context.Diagnostics.Items).Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_is_farther_than_a_jump_reaches_is_reached(int cpu)
    {
        // Tests of one byte each before, and a long stretch of stores between the tests and where they lead.
        IrModule module = NewModule(cpu);
        IrFunction function = new("program", IrType.I32);
        IrBuilder builder = new(function);
        Value context = builder.Parameter(IrType.Pointer, PointerOrigin.Context);
        Value length = builder.Load(IrType.I32, context, 4); // __sk_buff.len
        Value slot = builder.StackSlot(8, 8, "scratch");
        Block far = function.NewBlock(), near = function.NewBlock();
        builder.Branch(builder.Compare(Op.Equal, length, builder.I32(64)), far, near);
        builder.Block = near;
        for (int part = 0; part < 80; part++)
        {
            for (int i = 0; i < 1000; i++) builder.Store(slot, builder.I32(i), 1, i % 8);
            Block next = function.NewBlock();
            builder.Branch(builder.Compare(Op.Equal, length, builder.I32(1000 + part)), part % 2 == 0 ? far : near, next);
            builder.Block = next;
        }

        builder.Return(builder.I32(1));
        builder.Block = far;
        for (int i = 0; i < 3; i++) builder.Store(slot, builder.I32(i), 1, i);
        builder.Return(builder.I32(2));
        module.Functions.Add(function);
        module.Programs.Add(new IrProgram(function, "socket"));
        BpfObject made = Nectar.Compiler.Emit.ObjectEmitter.Emit(module, [CodeGenerator.Generate(function, new PassContext(module, new DiagnosticBag()))!]);
        using Nectar.Bpf.Vm.VmObject loaded = Nectar.Bpf.Vm.VmObject.Load(made, new Nectar.Bpf.Vm.VmOptions { Engine = Nectar.Bpf.Vm.VmEngine.Interpreter, Regime = Nectar.Bpf.Vm.VmRegime.Checked });
        foreach ((int size, uint expected) in new[] { (64, 2u), (65, 1u), (1000, 2u), (1078, 2u), (1100, 1u) })
        {
            Nectar.Bpf.Vm.RunResult result = loaded.Programs["program"].Run(new byte[size]);
            Assert.True(result.Fault is null, result.Fault?.ToString());
            Assert.Equal(expected, result.ReturnValue);
        }

        bool hasLong = made.Functions["program"].Instructions.Any(instruction => OpcodeTable.Find(instruction)?.Operation == Operation.JaLong);
        Assert.Equal(cpu >= 4, hasLong);
    }

    [Fact]
    public void Hundreds_of_values_at_a_time_are_assigned_soon()
    {
        // Far more than there are registers, and more than a frame holds: it took tens of seconds while the interferences were in a table of few hashes.
        IrModule module = NewModule();
        IrFunction function = new("press", IrType.I64);
        IrBuilder builder = new(function);
        Value start = builder.Call(HelperTargets.Find(5)!, IrType.I64);
        Random random = new(1);
        Value[] values = new Value[400];
        for (int i = 0; i < values.Length; i++) values[i] = builder.Binary(Op.Multiply, start, builder.I64(i + 3));
        for (int i = 0; i < 1200; i++) values[random.Next(values.Length)] = builder.Binary(random.Next(2) == 0 ? Op.Add : Op.Xor, values[random.Next(values.Length)], values[random.Next(values.Length)]);
        builder.Return(values.Aggregate((sum, value) => builder.Binary(Op.Xor, sum, value)));
        PassContext context = new(module, new DiagnosticBag());
        long before = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Null(CodeGenerator.Generate(function, context));
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(before).TotalSeconds, 0, 15);
        Assert.Equal(CodegenCodes.FrameTooLarge, Assert.Single(context.Diagnostics.Items).Code);
    }

    private static IrModule NewModule(int cpu = 3) => new() { Name = "test", Target = new CompilationTarget(cpu) };
}
