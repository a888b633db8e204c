// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Asm;

/// <summary>Reads what a disassembler prints before an instruction: index, opcode or bytes.</summary>
internal static class Columns
{
    /// <summary>Skips the columns at the cursor.</summary>
    /// <param name="scanner">The cursor, at the start of a line.</param>
    /// <param name="opcode">The opcode byte if one was printed, else -1.</param>
    /// <param name="registers">The byte of registers if it was printed, else -1.</param>
    public static void Skip(Scanner scanner, out int opcode, out int registers)
    {
        opcode = registers = -1;
        scanner.SkipBlanks();
        ReadOnlySpan<char> rest = scanner.Rest;
        int colon = 0;
        while (colon < rest.Length && char.IsAsciiHexDigit(rest[colon])) colon++;
        if (colon == 0 || colon >= rest.Length || rest[colon] != ':' || !char.IsAsciiDigit(rest[0])) return;
        scanner.Position += colon + 1;
        scanner.SkipBlanks();
        rest = scanner.Rest;
        if (rest.Length >= 4 && rest[0] == '(' && rest[3] == ')' && byte.TryParse(rest[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code))
        {
            opcode = code;
            scanner.Position += 4;
            return;
        }

        int pairs = 0;
        while (rest.Length >= (pairs * 3) + 2 && char.IsAsciiHexDigit(rest[pairs * 3]) && char.IsAsciiHexDigit(rest[(pairs * 3) + 1])
            && (rest.Length == (pairs * 3) + 2 || rest[(pairs * 3) + 2] is ' ' or '\t'))
        {
            pairs++;
        }

        if (pairs is not (8 or 16)) return;
        opcode = byte.Parse(rest[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        registers = byte.Parse(rest[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        scanner.Position += Math.Min(rest.Length, pairs * 3);
    }
}

/// <summary>Resolves the jumps of one function, or of bare instructions, to its labels.</summary>
internal static class LabelResolver
{
    /// <summary>Fills in every reference to a label; calls that name none and references to symbols go to <paramref name="open"/>.</summary>
    public static void Resolve(Scanner scanner, CodeBuffer code, List<Reference> open)
    {
        var labels = code.Labels.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (Reference reference in code.References)
        {
            if (reference.Kind is ReferenceKind.Map or ReferenceKind.MapValue or ReferenceKind.Symbol)
            {
                open.Add(reference);
                continue;
            }

            ReadOnlySpan<char> name = scanner.Slice(reference.Start, reference.End);
            if (!labels.TryGetValue(name, out int target))
            {
                if (reference.Kind == ReferenceKind.Call)
                {
                    open.Add(reference);
                    continue;
                }

                // the conformance dialect may jump to the first exit by its name
                if (name is not "exit" || code.FirstExit < 0)
                {
                    scanner.Report(Severity.Error, AsmCodes.UnknownLabel, reference.Line, reference.LineStart, reference.Start, reference.End,
                        $"there is no label '{name}' in this function", NearestNames.Help(name, code.Labels.Keys));
                    continue;
                }

                target = code.FirstExit;
            }

            Fill(scanner, code, reference, target - reference.Slot - 1);
        }
    }

    private static void Fill(Scanner scanner, CodeBuffer code, Reference reference, int distance)
    {
        ref Instruction slot = ref code.Code[reference.Slot];
        if (reference.Kind is ReferenceKind.JumpLong or ReferenceKind.Call) slot = slot.WithImmediate(distance);
        else if (distance is >= short.MinValue and <= short.MaxValue) slot = slot.WithOffset((short)distance);
        else
        {
            scanner.Report(Severity.Error, AsmCodes.JumpTooFar, reference.Line, reference.LineStart, reference.Start, reference.End,
                $"'{scanner.Slice(reference.Start, reference.End)}' is {distance} instructions away, this jump reaches -32768 to 32767", "help: 'gotol' reaches 32 bits");
        }
    }
}

/// <summary>Assembles instructions that belong to no object.</summary>
internal sealed class BareAssembler
{
    private readonly Scanner _scanner;
    private readonly CodeBuffer _code = new();
    private readonly InstructionParser _parser;
    private readonly DiagnosticBag _diagnostics;

    public BareAssembler(string text, string file, DiagnosticBag diagnostics)
    {
        _scanner = new Scanner(text, file, diagnostics);
        _parser = new InstructionParser(_scanner, _code);
        _diagnostics = diagnostics;
    }

    /// <summary>Assembles the whole text; null if there was an error.</summary>
    public Instruction[]? Assemble()
    {
        int errors = _diagnostics.ErrorCount;
        while (_scanner.NextLine()) ParseLine();
        List<Reference> open = [];
        LabelResolver.Resolve(_scanner, _code, open);
        foreach (Reference reference in open) ResolveOpen(reference);
        return _diagnostics.ErrorCount == errors ? _code.Code.ToArray() : null;
    }

    private void ParseLine()
    {
        Columns.Skip(_scanner, out int opcode, out int registers);
        while (!_scanner.AtEnd())
        {
            int start = _scanner.Position;
            ReadOnlySpan<char> name = _scanner.TakeName();
            if (!name.IsEmpty && _scanner.Current == ':')
            {
                int end = _scanner.Position++;
                if (!_code.Labels.TryAdd(name.ToString(), _code.Count)) _scanner.Fail(AsmCodes.DuplicateName, start, end, $"label '{name}' is already defined");
                continue;
            }

            if (name is ".equ" or ".set")
            {
                ConstantDirective.Parse(_scanner);
                return;
            }

            if (name.Length > 1 && name[0] == '.' && name is not ".insn")
            {
                _scanner.Fail(AsmCodes.NeedsObject, start, _scanner.Position, $"'{name}' makes sense in an object only, not among bare instructions");
                return;
            }

            _scanner.Position = start;
            _parser.Parse(opcode, registers);
            return;
        }
    }

    private void ResolveOpen(Reference reference)
    {
        ReadOnlySpan<char> name = _scanner.Slice(reference.Start, reference.End);
        if (reference.Kind != ReferenceKind.Call)
        {
            _scanner.Report(Severity.Error, AsmCodes.NeedsObject, reference.Line, reference.LineStart, reference.Start, reference.End,
                $"'{name}' is a symbol, which bare instructions cannot refer to", "help: use map[fd:N], map[idx:N] or subprog[+N], or assemble an object");
            return;
        }

        int helper = HelperNames.IdOf(name);
        if (helper >= 0) _code.Code[reference.Slot] = new Instruction(0x85, 0, 0, 0, helper);
        else
        {
            _scanner.Report(Severity.Error, AsmCodes.UnknownSymbol, reference.Line, reference.LineStart, reference.Start, reference.End,
                $"there is no label or helper '{name}'", NearestNames.Help(name, [.. _code.Labels.Keys, .. HelperNames.All]));
        }
    }
}

/// <summary>Reads <c>.equ NAME, value</c>.</summary>
internal static class ConstantDirective
{
    /// <summary>Reads the arguments of the directive.</summary>
    public static bool Parse(Scanner scanner)
    {
        scanner.SkipBlanks();
        int start = scanner.Position;
        ReadOnlySpan<char> name = scanner.TakeName();
        int end = scanner.Position;
        if (name.IsEmpty) return scanner.Unexpected("the name of a constant");
        scanner.Take(',');
        if (!scanner.TakeNumber(out NumberText number) || !number.Fits) return scanner.Unexpected("a number");
        if (!scanner.AtEnd()) return scanner.Unexpected("the end of the line");
        return scanner.Constants.TryAdd(name.ToString(), (long)number.Bits) || scanner.Fail(AsmCodes.DuplicateName, start, end, $"constant '{name}' is already defined");
    }
}
