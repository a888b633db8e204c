// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Vm;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Vm.Jit;

/// <summary>The JIT does what the interpreter does.</summary>
public sealed class JitEquivalenceTests
{
    private static readonly ulong[] s_values =
    [
        0, 1, 2, 7, 63, 64, 0x7f, 0x80, 0xff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x123456789abcdef0,
        0x7fffffffffffffff, 0x8000000000000000, 0xffffffff80000000, ulong.MaxValue,
    ];

    private static readonly int[] s_immediates = [0, 1, 2, 3, 7, 10, 31, 32, 63, 127, 128, 255, 641, 65535, 0x12345678, int.MaxValue, int.MinValue, -1, -2, -7, -128, -129];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Compile_ConformanceVectors_GiveTheirResult(bool isChecked)
    {
        int count = 0;
        foreach (ConformanceVector vector in ConformanceVector.All)
        {
            if (vector.Result is not { } expected || vector.NeedsHelper) continue;
            RunOutcome outcome = EngineRunner.AssertSame(vector.Instructions, vector.Memory, isChecked, because: vector.Name);
            Assert.True(outcome.Fault == FaultKind.None && outcome.Result == expected, $"{vector.Name}: {outcome}");
            count++;
        }

        Assert.True(count > 250 || ConformanceVector.All.Count == 0);
    }

    [Fact]
    public void Compile_ArithmeticWithEveryRegisterPair_EqualsInterpreter()
    {
        foreach (OpcodeInfo row in OpcodeTable.Rows)
        {
            if (row.Form is not (OperandForm.DstSrc or OperandForm.DstImm or OperandForm.Dst)) continue;
            List<Instruction> code = [];
            Begin(code);
            for (int dst = 0; dst < 10; dst++)
            {
                for (int src = 0; src < (row.Form == OperandForm.DstSrc ? 10 : 1); src++)
                {
                    for (int v = 0; v < 3; v++)
                    {
                        SetAll(code, (dst * 7) + (src * 3) + (v * 5));
                        code.Add(Make(row, dst, src, s_immediates[(dst + src + (v * 11)) % s_immediates.Length]));
                        FoldAll(code);
                    }
                }
            }

            Finish(code);
            Same([.. code], row);
        }
    }

    [Fact]
    public void Compile_ArithmeticWithEdgeValues_EqualsInterpreter()
    {
        foreach (OpcodeInfo row in OpcodeTable.Rows)
        {
            if (row.Form is not (OperandForm.DstSrc or OperandForm.DstImm or OperandForm.Dst)) continue;
            List<Instruction> code = [];
            Begin(code);
            foreach (ulong a in s_values)
            {
                if (row.Form == OperandForm.DstSrc)
                {
                    foreach (ulong c in s_values)
                    {
                        Wide(code, 3, a);
                        Wide(code, 4, c);
                        code.Add(Make(row, 3, 4, 0));
                        Fold(code, 3);
                    }
                }
                else
                {
                    foreach (int c in s_immediates)
                    {
                        Wide(code, 3, a);
                        code.Add(Make(row, 3, 0, c));
                        Fold(code, 3);
                        Wide(code, 7, a);
                        code.Add(Make(row, 7, 0, c));
                        Fold(code, 7);
                    }
                }
            }

            Finish(code);
            Same([.. code], row);
        }
    }

    [Fact]
    public void Compile_ConditionalJumps_EqualInterpreter()
    {
        foreach (OpcodeInfo row in OpcodeTable.Rows)
        {
            if (row.Form is not (OperandForm.DstSrcJump or OperandForm.DstImmJump)) continue;
            List<Instruction> code = [];
            Begin(code);
            foreach (ulong a in s_values)
            {
                foreach (ulong c in s_values)
                {
                    Wide(code, 3, a);
                    Wide(code, 9, c);
                    code.Add(new Instruction(row.Opcode, 3, row.Form == OperandForm.DstSrcJump ? 9 : 0, 1, row.Form == OperandForm.DstSrcJump ? 0 : (int)c));
                    Emit(code, Operation.Add, 64, OperandForm.DstImm, 6, 0, 0, 1);
                    Emit(code, Operation.Mul, 64, OperandForm.DstImm, 6, 0, 0, 3);
                }
            }

            Finish(code);
            Same([.. code], row);
        }
    }

    [Fact]
    public void Compile_AtomicsWithEveryRegisterCombination_EqualInterpreter()
    {
        foreach (OpcodeInfo row in OpcodeTable.Rows)
        {
            if (!row.IsAtomic) continue;
            List<Instruction> code = [];
            Begin(code);
            for (int at = 0; at <= 10; at++)
            {
                for (int value = 0; value < 10; value++)
                {
                    SetAll(code, at + value);
                    Wide(code, 1, 0x1122334455667788);
                    Emit(code, Operation.StoreRegister, 64, OperandForm.StoreReg, 10, 1, -24, 0);
                    SetAll(code, at + value);
                    if (at != 10) Emit(code, Operation.Mov, 64, OperandForm.DstSrc, at, 10, 0, 0);
                    bool load = row.Operation == Operation.LoadAcquire;
                    code.Add(new Instruction(row.Opcode, load ? value : at, load ? at : value, -24, row.DiscriminatorValue));

                    // What held an address says nothing that both engines agree on before it is made relative.
                    if (at != 10) Emit(code, Operation.Sub, 64, OperandForm.DstSrc, at, 10, 0, 0);
                    if (at == value) Emit(code, Operation.Mov, 64, OperandForm.DstImm, value, 0, 0, 0);
                    Emit(code, Operation.Xor, 64, OperandForm.DstSrc, 6, 0, 0, 0);
                    FoldAll(code);
                    if (at == value) continue;
                    Emit(code, Operation.Load, 64, OperandForm.LoadMem, 1, 10, -24, 0);
                    Fold(code, 1);
                }
            }

            Finish(code);
            Same([.. code], row);
        }
    }

    [Fact]
    public void Compile_LoadsAndStoresThroughEveryRegister_EqualInterpreter()
    {
        byte[] memory = [.. Enumerable.Range(0, 64).Select(i => (byte)((i * 37) ^ 0x81))];
        foreach (OpcodeInfo row in OpcodeTable.Rows)
        {
            if (row.Form is not (OperandForm.LoadMem or OperandForm.StoreImm or OperandForm.StoreReg) || row.IsAtomic) continue;
            for (int at = 1; at < 10; at++)
            {
                for (int value = 0; value < 10; value++)
                {
                    foreach (short offset in (ReadOnlySpan<short>)[0, 8, 57, 64, -1, -1000])
                    {
                        List<Instruction> code = [];
                        Begin(code);
                        SetAll(code, at, keep: 1);
                        if (at != 1) Emit(code, Operation.Mov, 64, OperandForm.DstSrc, at, 1, 0, 0);
                        bool load = row.Form == OperandForm.LoadMem;
                        if (!load && at == value) continue;
                        code.Add(new Instruction(row.Opcode, load ? value : at, load ? at : row.Form == OperandForm.StoreReg ? value : 0, offset, row.Form == OperandForm.StoreImm ? 0x12345678 : 0));
                        if (load) Fold(code, value);
                        Finish(code);
                        EngineRunner.AssertSame([.. code], memory, true, because: $"{row} r{at} r{value} {offset}");
                        if (offset is >= 0 and < 57) EngineRunner.AssertSame([.. code], memory, false, because: row.ToString());
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Compile_GeneratedPrograms_EqualInterpreter(bool isChecked)
    {
        byte[] memory = new byte[128];
        new Random(5).NextBytes(memory);
        for (int seed = 0; seed < 1500; seed++)
        {
            RunnableOptions options = new() { MemorySize = 128, ForKernel = seed % 2 == 0, Length = 20 + (seed % 150) };
            Instruction[] code = new ProgramGenerator(seed).Runnable(options);
            RunOutcome outcome = EngineRunner.AssertSame(code, memory, isChecked, because: $"seed {seed}");
            Assert.Equal(FaultKind.None, outcome.Fault);
        }
    }

    [Fact]
    public void Compile_WithLittleFuel_EndsWhereTheInterpreterEnds()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Instruction[] code = new ProgramGenerator(seed).Runnable(new RunnableOptions { Length = 60 });
            foreach (long fuel in (ReadOnlySpan<long>)[1, 50, 90, 150, 300, 500]) EngineRunner.AssertSame(code, null, true, fuel, $"seed {seed} fuel {fuel}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Compile_ContextThatTheAnalysisLost_RedirectsAsTheInterpreterDoes(bool isChecked)
    {
        // The context comes out of arithmetic, so that only its address tells what it is.
        Instruction[] code = Nectar.Bpf.Asm.Assembler.AssembleInstructions("""
            r6 = r1
            r6 ^= 255
            r6 ^= 255
            r2 = *(u32 *)(r6 + 0)
            r3 = *(u32 *)(r6 + 4)
            r0 = r3
            r0 -= r2
            r4 = *(u32 *)(r6 + 12)
            r0 += r4
            r5 = *(u8 *)(r2 + 1)
            r0 += r5
            exit
            """);
        byte[] memory = new byte[64];
        memory[1] = 9;
        RunOutcome outcome = EngineRunner.AssertSameXdp(code, memory, isChecked);
        Assert.Equal(FaultKind.None, outcome.Fault);
        Assert.Equal(64ul + 9 + 5, outcome.Result);
    }

    private static void Same(Instruction[] code, OpcodeInfo row)
    {
        EngineRunner.AssertSame(code, null, true, because: row.ToString());
        EngineRunner.AssertSame(code, null, false, because: row.ToString());
    }

    private static Instruction Make(OpcodeInfo row, int dst, int src, int immediate) => new(
        row.Opcode, dst, row.Form == OperandForm.DstSrc ? src : 0, row.Discriminator == Discriminator.Offset ? (short)row.DiscriminatorValue : (short)0,
        row.Discriminator == Discriminator.Immediate ? row.DiscriminatorValue : row.Form == OperandForm.DstImm ? immediate : row.Operation == Operation.AddrSpaceCast ? 1 : 0);

    /// <summary>The result is collected in the stack at -8, so that every register is free.</summary>
    private static void Begin(List<Instruction> code) => Emit(code, Operation.StoreImmediate, 64, OperandForm.StoreImm, 10, 0, -8, 17);

    private static void Fold(List<Instruction> code, int register)
    {
        int other = register == 0 ? 1 : 0;
        Emit(code, Operation.Load, 64, OperandForm.LoadMem, other, 10, -8, 0);
        Emit(code, Operation.Mul, 64, OperandForm.DstImm, other, 0, 0, 0x01000193);
        Emit(code, Operation.Xor, 64, OperandForm.DstSrc, other, register, 0, 0);
        Emit(code, Operation.StoreRegister, 64, OperandForm.StoreReg, 10, other, -8, 0);
    }

    private static void FoldAll(List<Instruction> code)
    {
        for (int r = 1; r < 10; r++) Emit(code, Operation.StoreRegister, 64, OperandForm.StoreReg, 10, r, -40 - (8 * r), 0);
        Fold(code, 0);
        for (int r = 1; r < 10; r++)
        {
            Emit(code, Operation.Load, 64, OperandForm.LoadMem, r, 10, -40 - (8 * r), 0);
            Fold(code, r);
        }
    }

    private static void SetAll(List<Instruction> code, int salt, int keep = -1)
    {
        for (int r = 0; r < 10; r++)
        {
            if (r != keep) Wide(code, r, s_values[(salt + (r * 5)) % s_values.Length] + (ulong)r);
        }
    }

    private static void Finish(List<Instruction> code)
    {
        Emit(code, Operation.Load, 64, OperandForm.LoadMem, 0, 10, -8, 0);
        Emit(code, Operation.Xor, 64, OperandForm.DstSrc, 0, 6, 0, 0);
        Emit(code, Operation.Exit, 0, OperandForm.None, 0, 0, 0, 0);
    }

    private static void Wide(List<Instruction> code, int register, ulong value)
    {
        code.Add(new Instruction(OpcodeTable.LdImm64, register, 0, 0, (int)value));
        code.Add(new Instruction(0, 0, 0, 0, (int)(value >> 32)));
    }

    private static void Emit(List<Instruction> code, Operation operation, int width, OperandForm form, int destination, int source, int offset, int immediate) =>
        code.Add(new Instruction(OpcodeTable.Find(operation, width, form)!.Opcode, destination, source, (short)offset, immediate));
}
