// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>One instruction with machine registers as a slot.</summary>
internal static class InstructionEncoder
{
    public static Instruction Encode(MachineInstruction instruction, int distance)
    {
        OperandForm form = FormOf(instruction);
        OpcodeInfo row = OpcodeTable.Find(instruction.Operation, form is OperandForm.Call or OperandForm.None or OperandForm.Jump or OperandForm.JumpLong ? 0 : instruction.Width, form)
            ?? throw new InvalidOperationException($"no instruction {instruction.Operation}{instruction.Width} {form}");
        int destination = Math.Max(instruction.Destination, 0);
        int source = Math.Max(instruction.Source, 0);
        int frame = instruction.Slot?.Offset ?? 0;
        int offset = instruction.Offset;
        long immediate = instruction.Immediate;
        switch (form)
        {
            case OperandForm.LoadMem or OperandForm.StoreImm or OperandForm.StoreReg:
                offset += frame;
                break;
            case OperandForm.DstImm:
                immediate += frame;
                break;
            case OperandForm.Jump or OperandForm.DstImmJump or OperandForm.DstSrcJump:
                offset = distance;
                break;
            case OperandForm.JumpLong:
                immediate = distance;
                break;
            case OperandForm.Wide when instruction.Symbol is not null: // the reference says what goes there
                immediate = 0;
                break;
            case OperandForm.None:
                (destination, source, immediate) = (0, 0, 0);
                break;
            default:
                break;
        }

        switch (row.Discriminator)
        {
            case Discriminator.Offset:
                offset = row.DiscriminatorValue;
                break;
            case Discriminator.Immediate:
                immediate = row.DiscriminatorValue;
                break;
            case Discriminator.Source:
                source = instruction.Operation == Operation.CallHelper ? 0 : 1; // kfuncs too, until they are linked
                break;
            default:
                break;
        }

        return new Instruction(row.Opcode, destination, source, checked((short)offset), (int)immediate);
    }

    private static OperandForm FormOf(MachineInstruction instruction) => instruction.Operation switch
    {
        Operation.Neg or Operation.ToLe or Operation.ToBe or Operation.Bswap => OperandForm.Dst,
        >= Operation.Add and <= Operation.Arsh => instruction.Source >= 0 ? OperandForm.DstSrc : OperandForm.DstImm,
        Operation.Ja or Operation.MayGoto => OperandForm.Jump,
        Operation.JaLong => OperandForm.JumpLong,
        >= Operation.Jeq and <= Operation.Jsle => instruction.Source >= 0 ? OperandForm.DstSrcJump : OperandForm.DstImmJump,
        Operation.CallHelper or Operation.CallLocal or Operation.CallKfunc => OperandForm.Call,
        Operation.Exit => OperandForm.None,
        Operation.LdImm64 => OperandForm.Wide,
        Operation.Load or Operation.LoadSx => OperandForm.LoadMem,
        Operation.StoreImmediate => OperandForm.StoreImm,
        _ => OperandForm.StoreReg,
    };
}
