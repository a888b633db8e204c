// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Btf;

/// <summary>Writes a value into the instruction that waits for it.</summary>
internal static class CorePatcher
{
    /// <summary>The helper that poisoned instructions call: "bad relo" in hexadecimal, as libbpf has it.</summary>
    internal const int BadHelper = 0xbad2310;

    private const byte CallOpcode = 0x85;
    private const byte RegisterSource = 0x08;
    private const byte SizeMask = 0x18;

    /// <summary>Makes sure that an instruction cannot run: verifiers drop it if it is dead, and refuse it if not.</summary>
    internal static void Poison(Instruction[] code, int at)
    {
        if (code[at].IsWide && at + 1 < code.Length) code[at + 1] = new Instruction(CallOpcode, 0, 0, 0, BadHelper); // so that no half of it remains
        code[at] = new Instruction(CallOpcode, 0, 0, 0, BadHelper);
    }

    /// <summary>Patches one instruction. Gives what is wrong, or null; then nothing is patched.</summary>
    internal static (DiagnosticCode Code, string Text)? Patch(Instruction[] code, int at, in CoreValue old, in CoreValue value, bool canResize)
    {
        Instruction instruction = code[at];
        switch (instruction.Class)
        {
            case InstructionClass.Alu or InstructionClass.Alu64 when (instruction.Opcode & RegisterSource) == 0:
                if (old.IsChecked && (ulong)instruction.Immediate != old.Value) return Unexpected($"immediate {instruction.Immediate}", old);
                code[at] = instruction.WithImmediate((int)value.Value);
                return null;
            case InstructionClass.Ldx or InstructionClass.St or InstructionClass.Stx:
                return PatchAccess(code, at, old, value, canResize);
            case InstructionClass.Ld when instruction.IsWide && instruction.Source == 0 && instruction.Offset == 0 && at + 1 < code.Length
                && (uint)code[at + 1].ToUInt64() == 0: // of the second slot only the immediate is used
                ulong wide = Instruction.WideImmediate(instruction, code[at + 1]);
                if (old.IsChecked && wide != old.Value) return Unexpected($"immediate {wide}", old);
                code[at] = instruction.WithImmediate((int)value.Value);
                code[at + 1] = code[at + 1].WithImmediate((int)(value.Value >> 32));
                return null;
            default:
                return (BtfCodes.CoreInstruction, $"opcode 0x{instruction.Opcode:x2} has nothing to patch; expected an immediate or a memory access");
        }
    }

    private static (DiagnosticCode Code, string Text)? PatchAccess(Instruction[] code, int at, in CoreValue old, in CoreValue value, bool canResize)
    {
        Instruction instruction = code[at];
        if (old.IsChecked && (ulong)instruction.Offset != old.Value) return Unexpected($"offset {instruction.Offset}", old);
        if (value.Value > (ulong)short.MaxValue) return (BtfCodes.CoreRange, $"offset {value.Value} does not fit a load or store, which reach 32767");
        if (!canResize)
            return (BtfCodes.CoreAccessSize, $"the field has {value.FieldSize} bytes instead of {old.FieldSize}; only pointers and unsigned integers can be read with another size");
        byte opcode = instruction.Opcode;
        if (old.FieldSize != value.FieldSize)
        {
            if (SizeOf(opcode) != old.FieldSize) return (BtfCodes.CoreInstruction, $"an access of {SizeOf(opcode)} bytes where the field has {old.FieldSize}");
            int bits = value.FieldSize switch { 1 => 0x10, 2 => 0x08, 4 => 0x00, 8 => 0x18, _ => -1 };
            if (bits < 0) return (BtfCodes.CoreRange, $"no load or store takes {value.FieldSize} bytes");
            opcode = (byte)((opcode & ~SizeMask) | bits);
        }

        code[at] = new Instruction(opcode, instruction.Destination, instruction.Source, (short)value.Value, instruction.Immediate);
        return null;
    }

    private static int SizeOf(byte opcode) => (opcode & SizeMask) switch { 0x00 => 4, 0x08 => 2, 0x10 => 1, _ => 8 };

    private static (DiagnosticCode Code, string Text) Unexpected(string found, in CoreValue old) => (BtfCodes.CoreInstruction, $"{found} where the types say {(long)old.Value}");
}
