// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>
/// Turns instructions and objects into text. In the default style the text of any bytes, assembled again, gives the same
/// bytes; the text of an object is a whole assembly file.
/// </summary>
public static class Disassembler
{
    /// <summary>The text of one instruction, without index and bytes.</summary>
    /// <param name="code">The program; a wide load needs its second slot.</param>
    /// <param name="index">The slot.</param>
    /// <param name="options">How to spell; null for the default.</param>
    public static string Format(ReadOnlySpan<Instruction> code, int index, DisassemblerOptions? options = null)
    {
        StringBuilder text = new();
        AppendInstruction(text, code, index, options ?? DisassemblerOptions.Default);
        return text.ToString();
    }

    /// <summary>The text of one instruction that takes one slot.</summary>
    public static string Format(Instruction instruction, DisassemblerOptions? options = null) => Format([instruction], 0, options);

    /// <summary>The text of a program, one line for each instruction.</summary>
    public static string ToText(ReadOnlySpan<Instruction> code, DisassemblerOptions? options = null)
    {
        StringBuilder text = new();
        AppendCode(text, code, options ?? DisassemblerOptions.Default);
        return text.ToString();
    }

    /// <summary>The text of an object: a whole assembly file.</summary>
    public static string ToText(BpfObject @object, DisassemblerOptions? options = null)
    {
        StringWriter writer = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Write(@object, writer, options);
        return writer.ToString();
    }

    /// <summary>Writes a program, one line for each instruction.</summary>
    public static void Write(ReadOnlySpan<Instruction> code, TextWriter writer, DisassemblerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        StringBuilder text = new();
        AppendCode(text, code, options ?? DisassemblerOptions.Default);
        writer.Write(text);
    }

    /// <summary>Writes a linked program with the names of its functions and, if the object is given, of its maps.</summary>
    public static void Write(LinkedProgram program, TextWriter writer, DisassemblerOptions? options = null, BpfObject? @object = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(writer);
        new LinkedProgramText(program, @object, options ?? DisassemblerOptions.Default).Write(writer);
    }

    /// <summary>Writes an object: a whole assembly file with maps, data, functions and programs.</summary>
    public static void Write(BpfObject @object, TextWriter writer, DisassemblerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(@object);
        ArgumentNullException.ThrowIfNull(writer);
        new ObjectText(@object, options ?? DisassemblerOptions.Default).Write(writer);
    }

    /// <summary>Appends one instruction and returns how many slots it takes.</summary>
    internal static int AppendInstruction(StringBuilder text, ReadOnlySpan<Instruction> code, int at, DisassemblerOptions options) => options.Style == DisassemblyStyle.Bpftool
        ? BpftoolText.Append(text, code, at)
        : LlvmText.Append(text, code, at, options.HalfRegisters, options.Style == DisassemblyStyle.Llvm);

    /// <summary>Appends index and bytes as the tools print them.</summary>
    internal static void AppendColumns(StringBuilder text, ReadOnlySpan<Instruction> code, int at, DisassemblerOptions options)
    {
        if (options.Style == DisassemblyStyle.Bpftool)
        {
            if (options.ShowIndex) text.Append(CultureInfo.InvariantCulture, $"{at,4}: ");
            return;
        }

        if (!options.ShowIndex && !options.ShowBytes) return;
        text.Append(CultureInfo.InvariantCulture, $"{at,8}:\t");
        if (!options.ShowBytes) return;
        int slots = code[at].IsWide && at + 1 < code.Length ? 2 : 1;
        for (int slot = 0; slot < slots; slot++)
        {
            ulong bits = code[at + slot].ToUInt64();
            for (int b = 0; b < 8; b++) text.Append(slot + b > 0 ? " " : "").Append(((bits >> (8 * b)) & 0xff).ToString("x2", CultureInfo.InvariantCulture));
        }

        text.Append('\t');
    }

    private static void AppendCode(StringBuilder text, ReadOnlySpan<Instruction> code, DisassemblerOptions options)
    {
        int at = 0;
        while (at < code.Length)
        {
            AppendColumns(text, code, at, options);
            at += AppendInstruction(text, code, at, options);
            text.Append('\n');
        }
    }
}
