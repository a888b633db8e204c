// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;

namespace Nectar.AotTests;

/// <summary>What the libraries must do under native AOT: no reflection, no code that is made at run time but ours.</summary>
internal static class LibraryChecks
{
    private const string Counter = """
        .license "GPL"
        .map counts type=array key=4 value=8 max=4
        .program main type=xdp
            *(u32 *)(r10 - 4) = 1
            r1 = counts ll
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto out
            r1 = 1
            lock *(u64 *)(r0 + 0) += r1
        out:
            r0 = 2
            exit
        """;

    internal static IEnumerable<(string Name, Action Check)> All =>
    [
        ("the opcode table is built", () => Check.True(OpcodeTable.Find(new Instruction(0x95, 0, 0, 0, 0))?.Operation == Operation.Exit)),
        ("text assembles and prints back", () => Check.True(Assembler.AssembleInstructions(Disassembler.ToText(Assembler.AssembleInstructions("r0 = 5\nexit"))).Length == 2)),
        ("a program counts in a map, as machine code", () => Count(VmEngine.Jit, VmRegime.Checked)),
        ("a program counts in a map, verified", () => Count(VmEngine.Jit, VmRegime.Verified)),
        ("a program counts in a map, trusted", () => Count(VmEngine.Jit, VmRegime.Trusted)),
        ("a program counts in a map, interpreted", () => Count(VmEngine.Interpreter, VmRegime.Checked)),
        ("an object is written and read again", () => Check.True(ObjectReader.Read(ObjectWriter.ToArray(Assembler.Assemble(Counter)), "again").Programs["main"].Type == ProgramType.Xdp)),
        ("types are built and printed", () =>
        {
            BtfBuilder builder = new();
            uint number = builder.AddInt("int", 4, BtfIntEncoding.Signed);
            uint pair = builder.AddComposite(BtfKind.Struct, "pair", 8, [new("a", number, 0, 0), new("b", number, 32, 0)]);
            using MemoryStream text = new();
            new BtfCPrinter(builder.Build(), text).Print(pair);
            Check.Contains("struct pair {", System.Text.Encoding.UTF8.GetString(text.ToArray()));
            Check.Contains("{a: 1, b: -1}", BtfValueFormatter.ToText(builder.Build(), pair, [1, 0, 0, 0, 255, 255, 255, 255]));
        }),
        ("a fault says where", () =>
        {
            using VmObject loaded = VmObject.Load(Assembler.Assemble(".program main type=xdp\nr1 = *(u32 *)(r1 + 0)\nr0 = *(u8 *)(r1 + 99)\nexit"), new VmOptions { Regime = VmRegime.Checked });
            Check.Contains("packet+99", loaded.Programs["main"].Run(new byte[60]).Fault?.Message ?? "no fault");
        }),
    ];

    private static void Count(VmEngine engine, VmRegime regime)
    {
        using VmObject loaded = VmObject.Load(Assembler.Assemble(Counter), new VmOptions { Engine = engine, Regime = regime });
        for (int i = 0; i < 3; i++) Check.True(loaded.Programs["main"].Run(new byte[60]).ReturnValue == 2);
        byte[] value = new byte[8];
        Check.True(loaded.Maps["counts"].Lookup([1, 0, 0, 0], value) == Errno.None);
        Check.True(BitConverter.ToInt64(value) == 3);
    }
}
