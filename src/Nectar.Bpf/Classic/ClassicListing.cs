// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Bpf.Classic;

/// <summary>The texts in which programs are exchanged.</summary>
public enum ClassicListingForm : byte
{
    /// <summary>One readable instruction a line: <c>tcpdump -d</c>.</summary>
    Readable,

    /// <summary>A C initialiser a line: <c>tcpdump -dd</c>.</summary>
    C,

    /// <summary>The count, then four decimal numbers a line: <c>tcpdump -ddd</c>.</summary>
    Decimal,

    /// <summary>The same on one line between commas, as <c>iptables -m bpf --bytecode</c> takes it.</summary>
    DecimalOnOneLine,
}

/// <summary>Prints programs exactly as tcpdump and libpcap's <c>bpf_image</c> do.</summary>
public static class ClassicListing
{
    /// <summary>The whole program; every line ends with a line feed, except in the one-line form.</summary>
    public static string Format(ReadOnlySpan<ClassicInstruction> program, ClassicListingForm form = ClassicListingForm.Readable)
    {
        StringBuilder text = new(program.Length * 24);
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (form == ClassicListingForm.Decimal) text.Append(culture, $"{program.Length}\n");
        if (form == ClassicListingForm.DecimalOnOneLine) text.Append(culture, $"{program.Length}");
        for (int i = 0; i < program.Length; i++)
        {
            ClassicInstruction c = program[i];
            switch (form)
            {
                case ClassicListingForm.C:
                    text.Append(culture, $"{{ 0x{c.Code:x}, {c.JumpTrue}, {c.JumpFalse}, 0x{c.K:x8} }},\n");
                    break;
                case ClassicListingForm.Decimal:
                    text.Append(culture, $"{c.Code} {c.JumpTrue} {c.JumpFalse} {c.K}\n");
                    break;
                case ClassicListingForm.DecimalOnOneLine:
                    text.Append(culture, $",{c.Code} {c.JumpTrue} {c.JumpFalse} {c.K}");
                    break;
                default:
                    AppendLine(text, c, i);
                    text.Append('\n');
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>One line of the readable form, without a line feed; jumps are shown as the index of their target.</summary>
    /// <param name="instruction">The instruction, valid or not.</param>
    /// <param name="index">Its index in the program.</param>
    public static string FormatLine(ClassicInstruction instruction, int index)
    {
        StringBuilder text = new(48);
        AppendLine(text, instruction, index);
        return text.ToString();
    }

    private static void AppendLine(StringBuilder text, ClassicInstruction instruction, int index)
    {
        ClassicOpcodeInfo? info = ClassicOpcodeTable.Find(instruction.Code);
        string operand = info is null ? $"0x{instruction.Code:x}" : Operand(info, instruction.K, index);
        text.Append(CultureInfo.InvariantCulture, $"({index:D3}) {info?.Mnemonic ?? "unimp",-8} ");
        const int ClassMask = 0x07, OperationMask = 0xf0, JumpClass = 0x05;
        bool conditional = (instruction.Code & ClassMask) == JumpClass && (instruction.Code & OperationMask) != 0; // also of codes that do not exist
        if (!conditional)
        {
            text.Append(operand);
            return;
        }

        text.Append(operand.PadRight(16));
        text.Append(CultureInfo.InvariantCulture, $" jt {index + 1 + instruction.JumpTrue}\tjf {index + 1 + instruction.JumpFalse}");
    }

    private static string Operand(ClassicOpcodeInfo info, uint k, int index)
    {
        string signed = ((int)k).ToString(CultureInfo.InvariantCulture); // libpcap prints offsets as C ints
        return info.Operand switch
        {
            ClassicOperand.Hexadecimal => $"#0x{k:x}",
            ClassicOperand.Decimal => $"#{signed}",
            ClassicOperand.IndexRegister => "x",
            ClassicOperand.Memory => $"M[{signed}]",
            ClassicOperand.Length => "#pktlen",
            ClassicOperand.Absolute => ClassicAncillaryTable.TryFind(k, out ClassicAncillary value) ? $"[{ClassicAncillaryTable.NameOf(value)}]" : $"[{signed}]",
            ClassicOperand.Indirect => $"[x + {signed}]",
            ClassicOperand.HeaderLength => $"4*([{signed}]&0xf)",
            ClassicOperand.Target => unchecked((int)(index + 1 + k)).ToString(CultureInfo.InvariantCulture),
            _ => "",
        };
    }
}
