// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>Writes a linked program: functions as labels, names of callees and maps behind instructions.</summary>
internal sealed class LinkedProgramText
{
    private readonly LinkedProgram _program;
    private readonly BpfObject? _object;
    private readonly DisassemblerOptions _options;

    public LinkedProgramText(LinkedProgram program, BpfObject? @object, DisassemblerOptions options)
    {
        _program = program;
        _object = @object;
        _options = options;
    }

    /// <summary>Writes all functions.</summary>
    public void Write(TextWriter writer)
    {
        StringBuilder text = new();
        Dictionary<int, Relocation> externs = [];
        foreach (Relocation relocation in _program.Externs) externs.TryAdd(relocation.Instruction, relocation);
        int nextLine = 0, nextFunction = 0, at = 0;
        Instruction[] code = _program.Instructions;
        while (at < code.Length)
        {
            while (nextFunction < _program.Functions.Length && _program.Functions[nextFunction].Start <= at) text.Append(_program.Functions[nextFunction++].Name).Append(":\n");
            while (_options.ShowSource && nextLine < _program.Lines.Length && _program.Lines[nextLine].Instruction <= at) AppendSource(text, _program.Lines[nextLine++]);
            Disassembler.AppendColumns(text, code, at, _options);
            int slots = Disassembler.AppendInstruction(text, code, at, _options);
            AppendNote(text, code[at], at, externs);
            text.Append('\n');
            at += slots;
        }

        writer.Write(text);
    }

    /// <summary>Appends a source line as a comment.</summary>
    public static void AppendSource(StringBuilder text, LineInfo line) =>
        text.Append(CultureInfo.InvariantCulture, $"; {line.Text.Trim()} // {line.File}:{line.Line}\n");

    private void AppendNote(StringBuilder text, Instruction instruction, int at, Dictionary<int, Relocation> externs)
    {
        if (_options.Style == DisassemblyStyle.Llvm) return;
        string? name = null;
        if (externs.TryGetValue(at, out Relocation relocation)) name = relocation.Symbol;
        else if (OpcodeTable.Find(instruction) is { } row)
        {
            PseudoSource source = (PseudoSource)instruction.Source;
            if (row.Operation == Operation.CallLocal || (row.Form == OperandForm.Wide && source == PseudoSource.Function)) name = FunctionAt(at + 1 + instruction.Immediate);
            else if (row.Form == OperandForm.Wide && source is PseudoSource.MapIndex or PseudoSource.MapIndexValue && _object is not null && (uint)instruction.Immediate < (uint)_object.Maps.Count)
            {
                name = _object.Maps[instruction.Immediate].Name;
            }
        }

        if (name is not null) text.Append(" <").Append(name).Append('>');
    }

    private string? FunctionAt(int slot)
    {
        foreach (LinkedFunction function in _program.Functions)
        {
            if (function.Start == slot) return function.Name;
        }

        return null;
    }
}
