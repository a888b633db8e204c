// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;

/// <summary>Reads one instruction in either dialect and adds it to the code.</summary>
internal sealed class InstructionParser
{
    private static readonly string[] s_words = ["if", "goto", "gotol", "gotox", "may_goto", "call", "callx", "exit", "lock", "store_release", "ld_pseudo"];

    private readonly Scanner _scanner;
    private readonly CodeBuffer _code;
    private readonly OperandReader _operands;
    private readonly MnemonicParser _mnemonics;
    private readonly AssignmentParser _assignments;

    public InstructionParser(Scanner scanner, CodeBuffer code)
    {
        _scanner = scanner;
        _code = code;
        _operands = new OperandReader(scanner, code);
        _mnemonics = new MnemonicParser(scanner, code, _operands);
        _assignments = new AssignmentParser(scanner, code, _operands);
    }

    /// <summary>Reads the instruction at the cursor up to the end of the line.</summary>
    /// <param name="opcode">The opcode byte that a disassembler printed before the text, or -1: tells instructions apart that have the same text.</param>
    /// <param name="registers">The register byte that a disassembler printed, or -1.</param>
    public bool Parse(int opcode, int registers)
    {
        if (!ParseInstruction(opcode, registers)) return false;
        _operands.SkipAnnotation();
        return _scanner.AtEnd() || _scanner.Unexpected("the end of the instruction");
    }

    private bool ParseInstruction(int opcode, int registers)
    {
        if (_operands.IsRegister()) return _assignments.Parse(opcode);
        if (_scanner.Current == '*') return _assignments.ParseStore();
        int start = _scanner.Position;
        ReadOnlySpan<char> word = _scanner.TakeName();
        switch (word)
        {
            case "if":
                return ParseIf();
            case "goto":
                return ParseGoto(Operation.Ja);
            case "gotol":
                return ParseGoto(Operation.JaLong);
            case "may_goto":
                return ParseGoto(Operation.MayGoto);
            case "exit":
                _code.Add(OpcodeTable.Find(Operation.Exit, 0, OperandForm.None)!, 0, 0, 0, 0);
                return true;
            case "call":
                return ParseCall(registers);
            case "callx" or "gotox":
                if (!_operands.Register(out RegisterText register)) return false;
                _code.Add(OpcodeTable.Find(word[0] == 'c' ? Operation.CallRegister : Operation.GotoRegister, 0, OperandForm.Register)!, register.Number, 0, 0, 0);
                return true;
            case "lock":
                _scanner.SkipBlanks();
                return _scanner.Current == '*' ? _assignments.ParseLock() : _mnemonics.ParseLock();
            case "store_release":
                return _assignments.ParseStoreRelease();
            case "ld_pseudo":
                return ParsePseudo();
            case ".insn":
                return ParseRaw();
        }

        if (MnemonicParser.TryFind(word, out Mnemonic mnemonic)) return _mnemonics.Parse(mnemonic);
        if (word.IsEmpty) return _scanner.Unexpected("an instruction");
        return _scanner.Fail(AsmCodes.UnknownMnemonic, start, _scanner.Position, $"there is no instruction '{word}'", NearestNames.Help(word, s_words.Concat(MnemonicParser.Names)));
    }

    private bool ParseIf()
    {
        if (!_operands.Register(out RegisterText left)) return false;
        _scanner.SkipBlanks();
        if (!Syntax.TryCondition(_scanner.Rest, out Operation operation, out int length)) return _scanner.Unexpected("a comparison: == != > >= < <= s> s>= s< s<= &", _scanner.Current == '=' ? ["help: did you mean '=='?"] : []);
        _scanner.Position += length;
        bool isRegister = _operands.IsRegister();
        int source = 0, immediate = 0;
        if (isRegister)
        {
            if (!_operands.Register(out RegisterText right) || !_operands.HasWidth(right, left.Width)) return false;
            source = right.Number;
        }
        else if (!_operands.Immediate(out immediate))
        {
            return false;
        }

        if (!_scanner.TakeWord("goto")) return _scanner.Unexpected("'goto'");
        if (!_operands.Target(ReferenceKind.Jump, out int distance)) return false;
        OpcodeInfo row = OpcodeTable.Find(operation, left.Width, isRegister ? OperandForm.DstSrcJump : OperandForm.DstImmJump)!;
        _code.Add(row, left.Number, source, (short)distance, immediate);
        return true;
    }

    private bool ParseGoto(Operation operation)
    {
        bool isLong = operation == Operation.JaLong;
        if (!_operands.Target(isLong ? ReferenceKind.JumpLong : ReferenceKind.Jump, out int distance)) return false;
        OpcodeInfo row = OpcodeTable.Find(operation, 0, isLong ? OperandForm.JumpLong : OperandForm.Jump)!;
        _code.Add(row, 0, 0, isLong ? (short)0 : (short)distance, isLong ? distance : 0);
        return true;
    }

    private bool ParseCall(int registers)
    {
        if (_operands.IsRegister())
        {
            if (!_operands.Register(out RegisterText register)) return false;
            _code.Add(OpcodeTable.Find(Operation.CallRegister, 0, OperandForm.Register)!, register.Number, 0, 0, 0);
            return true;
        }

        int distance;
        ReadOnlySpan<char> rest = _scanner.Rest;
        if (_scanner.Current == '+' || (rest.StartsWith("pc", StringComparison.Ordinal) && rest.Length > 2 && rest[2] is '+' or '-'))
        {
            if (!_operands.Target(ReferenceKind.Call, out distance)) return false;
            SkipSharp();
            return AddCall(Operation.CallLocal, distance, 0);
        }

        if (_scanner.Current is '-' || char.IsAsciiDigit(_scanner.Current))
        {
            if (!_operands.Immediate(out int number)) return false;
            Operation kind = registers < 0 ? (number < 0 ? Operation.CallLocal : Operation.CallHelper)
                : (registers >> 4) switch { 1 => Operation.CallLocal, 2 => Operation.CallKfunc, _ => Operation.CallHelper };
            return AddCall(kind, number, 0);
        }

        bool local = _scanner.TakeWord("local");
        Operation named = local ? Operation.CallLocal : _scanner.TakeWord("helper") ? Operation.CallHelper
            : _scanner.TakeWord("runtime") || _scanner.TakeWord("kfunc") ? Operation.CallKfunc : Operation.Invalid;
        if (local)
        {
            if (!_operands.Target(ReferenceKind.Call, out distance)) return false;
            return AddCall(Operation.CallLocal, distance, 0);
        }

        if (named != Operation.Invalid) return _operands.Immediate(out int id) && AddCall(named, id, 0);
        return ParseCallByName();
    }

    private bool ParseCallByName()
    {
        int start = _scanner.Position;
        bool kernel = _scanner.Rest.StartsWith("kernel-function#", StringComparison.Ordinal);
        if (kernel) _scanner.Position += "kernel-function".Length;
        ReadOnlySpan<char> name = kernel ? "" : _scanner.TakeName();
        int end = _scanner.Position;
        if (name.IsEmpty && !kernel) return _scanner.Unexpected("a function: its name, number, register, or a distance such as pc+5");
        ReadOnlySpan<char> rest = _scanner.Rest;
        if (rest.Length > 1 && rest[0] == '#' && (char.IsAsciiDigit(rest[1]) || rest[1] == '-'))
        {
            // "name#number": bpftool puts the number of a helper, or of a kfunc's type, behind its name
            _scanner.Position++;
            if (!_operands.Immediate(out int number)) return false;
            int helper = HelperNames.IdOf(name);
            if (helper >= 0) return AddCall(Operation.CallHelper, helper, 0);
            if (name is "unknown") return AddCall(Operation.CallHelper, number, 0);
            int off = 0;
            if (_scanner.TakeWord("off"))
            {
                if (!_scanner.Expect('=', "after 'off'") || !_operands.Immediate(out off)) return false;
            }

            return AddCall(Operation.CallKfunc, number, (short)off);
        }

        _code.References.Add(new Reference(_code.Count, ReferenceKind.Call, start, end, _scanner.Line, _scanner.LineStart, 0));
        return AddCall(Operation.CallLocal, -1, 0);
    }

    private bool AddCall(Operation operation, int immediate, short offset)
    {
        _code.Add(OpcodeTable.Find(operation, 0, OperandForm.Call)!, 0, 0, offset, immediate);
        return true;
    }

    /// <summary>Skips <c>#name</c> behind a call, which bpftool adds.</summary>
    private void SkipSharp()
    {
        if (_scanner.Current != '#') return;
        _scanner.Position++;
        _scanner.TakeName();
    }

    private bool ParsePseudo()
    {
        if (!_operands.Register(out RegisterText register) || !_operands.Writable(register) || !_scanner.Expect(',', "after the register")) return false;
        if (!_operands.Immediate(out int source) || !_scanner.Expect(',', "before the value")) return false;
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        if (source is < 0 or > 15) return _scanner.Fail(AsmCodes.ImmediateRange, start, start, $"the source field is {source.ToString(CultureInfo.InvariantCulture)}, expected 0 to 15");
        if (!_scanner.TakeNumber(out NumberText number) || !number.Fits) return _scanner.Unexpected("a 64-bit number");
        _code.AddWide(register.Number, (PseudoSource)source, (int)number.Bits, (int)(number.Bits >> 32));
        return true;
    }

    /// <summary>Reads <c>.insn opcode, dst, src, offset, immediate</c>: any eight bytes, for what is no instruction.</summary>
    private bool ParseRaw()
    {
        Span<int> fields = stackalloc int[5];
        ReadOnlySpan<int> minimum = [0, 0, 0, short.MinValue, int.MinValue];
        ReadOnlySpan<int> maximum = [255, 15, 15, short.MaxValue, int.MaxValue];
        ReadOnlySpan<string> names = ["opcode", "destination", "source", "offset", "immediate"];
        for (int f = 0; f < 5; f++)
        {
            if (f > 0 && !_scanner.Expect(',', "between the fields of .insn")) return false;
            _scanner.SkipBlanks();
            int start = _scanner.Position;
            if (!_operands.Immediate(out fields[f])) return false;
            if (fields[f] < minimum[f] || fields[f] > maximum[f])
            {
                return _scanner.Fail(AsmCodes.ImmediateRange, start, _scanner.Position, $"the {names[f]} is {fields[f]}, expected {minimum[f]} to {maximum[f]}");
            }
        }

        _code.Add(new Instruction((byte)fields[0], fields[1], fields[2], (short)fields[3], fields[4]));
        return true;
    }
}
