// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Iced.Intel;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;
using Decoder = Iced.Intel.Decoder;

namespace Nectar.Cli.Views;

/// <summary>A program's machine code as it runs in the kernel, with the names of called functions and source lines.</summary>
internal sealed class JitedView
{
    private readonly Formatter _formatter;
    private readonly Resolver _resolver = new();
    private readonly bool _showOpcodes, _showPlaces;

    internal JitedView(bool isIntel, bool showOpcodes, bool showPlaces)
    {
        _showOpcodes = showOpcodes;
        _showPlaces = showPlaces;
        _formatter = isIntel ? new IntelFormatter(_resolver) : new GasFormatter(_resolver);
        _formatter.Options.FirstOperandCharIndex = 7;
        _formatter.Options.HexPrefix = "0x";
        _formatter.Options.HexSuffix = "";
        _formatter.Options.UppercaseHex = false;
        _formatter.Options.SpaceAfterOperandSeparator = true;
        _formatter.Options.ShowBranchSize = false;
    }

    /// <summary>Iced knows x86 only: other machines' code is shown as bytes.</summary>
    private static bool IsKnown => RuntimeInformation.OSArchitecture is Architecture.X64 or Architecture.X86;

    internal void WriteText(ProgramCode code, TextWriter output)
    {
        for (int i = 0; i < code.Jited.Length; i++)
        {
            JitedFunction function = code.Jited[i];
            if (i > 0) output.WriteLine();
            if (i < code.Functions.Length && code.Functions[i].Prototype is { } prototype) output.WriteLine($"{prototype}:");
            output.WriteLine($"{function.Name}:");
            if (!IsKnown) output.WriteLine(Convert.ToHexStringLower(function.Code.Span));
            foreach (Line line in Lines(function))
            {
                if (line.Source is { } source && source.Text.Length > 0)
                    output.WriteLine($"; {source.Text.TrimStart()}{(_showPlaces ? FormattableString.Invariant($" [file:{source.File} line_num:{source.Line} line_col:{source.Column}]") : "")}");
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line.Offset,4:x}:\t{line.Text}"));
                if (_showOpcodes) output.WriteLine("\t" + string.Join(' ', line.Bytes.Select(b => b.ToString("x2", CultureInfo.InvariantCulture))));
            }
        }
    }

    internal void WriteJson(ProgramCode code, Utf8JsonWriter json)
    {
        for (int i = 0; i < code.Jited.Length; i++)
        {
            JitedFunction function = code.Jited[i];
            json.WriteStartObject();
            if (i < code.Functions.Length && code.Functions[i].Prototype is { } prototype) json.WriteString("proto", prototype);
            json.WriteString("name", function.Name);
            json.WriteStartArray("insns");
            foreach (Line line in Lines(function))
            {
                json.WriteStartObject();
                if (line.Source is { } source && source.Text.Length > 0)
                {
                    json.WriteString("src", source.Text.TrimStart());
                    if (_showPlaces)
                    {
                        json.WriteString("file", source.File);
                        json.WriteNumber("line_num", source.Line);
                        json.WriteNumber("line_col", source.Column);
                    }
                }

                json.WriteString("pc", $"0x{line.Offset:x}");
                int space = line.Text.IndexOf(' ', StringComparison.Ordinal);
                json.WriteString("operation", space < 0 ? line.Text : line.Text[..space]);
                json.WriteStartArray("operands");
                if (space > 0) json.WriteStringValue(line.Text[space..].Trim());
                json.WriteEndArray();
                if (_showOpcodes) TranslatedView.WriteBytes(json, "opcodes", line.Bytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private IEnumerable<Line> Lines(JitedFunction function)
    {
        if (!IsKnown) yield break;
        byte[] bytes = function.Code.ToArray();
        ByteArrayCodeReader reader = new(bytes);
        Decoder decoder = Decoder.Create(64, reader);
        decoder.IP = function.Address;
        (_resolver.Start, _resolver.Length) = (function.Address, (ulong)bytes.Length);
        StringOutput text = new();
        int next = 0;
        while (reader.CanReadByte)
        {
            ulong address = decoder.IP;
            LineInfo? source = null;
            for (; next < function.Lines.Count && function.Lines[next].Address <= address; next++) source = function.Lines[next].Line;
            decoder.Decode(out Instruction machine);
            _formatter.Format(machine, text);
            int offset = (int)(address - function.Address);
            yield return new Line(offset, text.ToStringAndReset().TrimEnd(), bytes.AsSpan(offset, machine.Length).ToArray(), source);
        }
    }

    private readonly record struct Line(int Offset, string Text, byte[] Bytes, LineInfo? Source);

    // Calls show the function that they reach, jumps the offset in this function; addresses of data stay numbers.
    private sealed class Resolver : ISymbolResolver
    {
        internal ulong Start { get; set; }

        internal ulong Length { get; set; }

        public bool TryGetSymbol(in Instruction instruction, int operand, int instructionOperand, ulong address, int addressSize, out SymbolResult symbol)
        {
            if (instruction.FlowControl is FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch && address - Start < Length)
            {
                symbol = new SymbolResult(address, FormattableString.Invariant($"0x{address - Start:x}"));
                return true;
            }

            string? name = address > uint.MaxValue ? Symbols.At(address) : null;
            symbol = name is null ? default : new SymbolResult(address, name);
            return name is not null;
        }
    }
}
