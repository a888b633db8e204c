// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Compiler.Codegen.Machine;

/// <summary>Machine code with virtual registers as text, for dumps.</summary>
internal static class MachineText
{
    public static string Format(MachineFunction function)
    {
        StringBuilder text = new();
        foreach (MachineBlock block in function.Blocks)
        {
            text.Append(block).Append(":\n");
            foreach (MachineInstruction instruction in block.Instructions) text.Append("  ").Append(Format(instruction)).Append('\n');
            if (block.Condition is { } condition) text.Append("  ").Append(Format(condition)).Append(" -> ").Append(block.Taken).Append('\n');
            if (block.Next is { } next) text.Append("  -> ").Append(next).Append('\n');
        }

        return text.ToString();
    }

    public static string Format(MachineInstruction instruction)
    {
        StringBuilder text = new();
        text.Append(instruction.Operation).Append(instruction.Width);
        if (instruction.Destination >= 0) text.Append(' ').Append(Register(instruction.Destination));
        if (instruction.Source >= 0) text.Append(", ").Append(Register(instruction.Source));
        else if (instruction.Symbol is null) text.Append(", ").Append(instruction.Immediate);
        if (instruction.Offset != 0) text.Append(" off ").Append(instruction.Offset);
        if (instruction.Slot is { } slot) text.Append(" [").Append(slot.Name).Append(']');
        if (instruction.Symbol is not null) text.Append(" \"").Append(instruction.Symbol).Append('"');
        if (instruction.Access is not null) text.Append(" {").Append(instruction.Access).Append('}');
        return text.ToString();
    }

    private static string Register(int register) => register < MachineFacts.FirstVirtual ? $"r{register}" : $"v{register}";
}
