// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Iced.Intel;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Vm;
using Decoder = Iced.Intel.Decoder;

namespace Nectar.Cli;

/// <summary>A program's machine code, each instruction of the program above what it became.</summary>
internal static class MachineListing
{
    internal static void Write(VmProgram program, TextWriter output, DisassemblerOptions options)
    {
        ReadOnlyMemory<byte> code = program.MachineCode;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{program.Name}: {code.Length} bytes of machine code for {program.Linked.Instructions.Length} instructions"));
        if (code.IsEmpty) return;

        Dictionary<int, int> slots = [];
        ReadOnlySpan<int> offsets = program.MachineOffsets.Span;
        for (int slot = 0; slot < offsets.Length; slot++)
        {
            if (offsets[slot] >= 0) slots.TryAdd(offsets[slot], slot);
        }

        NasmFormatter formatter = new();
        formatter.Options.FirstOperandCharIndex = 8;
        formatter.Options.HexPrefix = "0x";
        formatter.Options.HexSuffix = "";
        formatter.Options.UppercaseHex = false;
        StringOutput text = new();
        ByteArrayCodeReader reader = new(code.ToArray());
        Decoder decoder = Decoder.Create(64, reader);
        ReadOnlySpan<Bpf.Isa.Instruction> instructions = program.Linked.Instructions;
        while (reader.CanReadByte)
        {
            int at = (int)decoder.IP;
            if (slots.TryGetValue(at, out int slot) && OpcodeTable.Find(instructions[slot]) is not null)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{slot,6}: {Disassembler.Format(instructions, slot, options)}"));
            decoder.Decode(out Iced.Intel.Instruction machine);
            formatter.Format(machine, text);
            string bytes = options.ShowBytes ? Convert.ToHexStringLower(code.Span.Slice(at, machine.Length)).PadRight(22) : "";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"          {at:x4}  {bytes}{text.ToStringAndReset()}"));
        }
    }
}
