// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Asm;

/// <summary>How the operands of a mnemonic are written.</summary>
internal enum MnemonicShape : byte
{
    /// <summary>Destination and register or immediate.</summary>
    Binary,

    /// <summary>Destination and register.</summary>
    Move,

    /// <summary>Destination.</summary>
    Unary,

    /// <summary>Destination and <c>[register+offset]</c>.</summary>
    Load,

    /// <summary><c>[register+offset]</c> and immediate.</summary>
    StoreImmediate,

    /// <summary><c>[register+offset]</c> and register.</summary>
    StoreRegister,

    /// <summary>Destination, register or immediate, target.</summary>
    Condition,

    /// <summary>Target.</summary>
    Jump,

    /// <summary>Destination and 64-bit number.</summary>
    Wide,

    /// <summary>Immediate.</summary>
    PacketAbs,

    /// <summary>Register and immediate.</summary>
    PacketInd,
}

/// <summary>One mnemonic of the dialect that bpf_conformance, uBPF and rbpf use.</summary>
internal readonly record struct Mnemonic(MnemonicShape Shape, Operation Operation, int Width);

/// <summary>Reads instructions written as mnemonic and operands: <c>ldxdw %r1, [%r10-8]</c>.</summary>
internal sealed class MnemonicParser
{
    private static readonly Dictionary<string, Mnemonic> s_mnemonics = Build();

    private readonly Scanner _scanner;
    private readonly CodeBuffer _code;
    private readonly OperandReader _operands;

    public MnemonicParser(Scanner scanner, CodeBuffer code, OperandReader operands)
    {
        _scanner = scanner;
        _code = code;
        _operands = operands;
    }

    /// <summary>All mnemonics, for suggestions.</summary>
    public static IEnumerable<string> Names => s_mnemonics.Keys;

    /// <summary>Finds a mnemonic.</summary>
    public static bool TryFind(ReadOnlySpan<char> name, out Mnemonic mnemonic) => s_mnemonics.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out mnemonic);

    /// <summary>Reads the operands of a mnemonic and adds the instruction.</summary>
    public bool Parse(Mnemonic mnemonic)
    {
        RegisterText destination = default;
        int register, immediate = 0, distance;
        short offset;
        int source = 0;
        switch (mnemonic.Shape)
        {
            case MnemonicShape.Binary:
                if (!Destination(mnemonic, out destination) || !Comma() || !SourceOrImmediate(mnemonic, out source, out immediate, out bool isRegister)) return false;
                Add(mnemonic, isRegister ? OperandForm.DstSrc : OperandForm.DstImm, destination.Number, source, 0, immediate);
                return true;
            case MnemonicShape.Move:
                if (!Destination(mnemonic, out destination) || !Comma() || !_operands.Register(out RegisterText from)) return false;
                Add(mnemonic, OperandForm.DstSrc, destination.Number, from.Number, 0, 0);
                return true;
            case MnemonicShape.Unary:
                if (!Destination(mnemonic, out destination)) return false;
                Add(mnemonic, OperandForm.Dst, destination.Number, 0, 0, 0);
                return true;
            case MnemonicShape.Load:
                if (!Destination(mnemonic with { Width = 64 }, out destination) || !Comma() || !_operands.Memory('[', ']', out register, out offset)) return false;
                Add(mnemonic, OperandForm.LoadMem, destination.Number, register, offset, 0);
                return true;
            case MnemonicShape.StoreImmediate:
                if (!_operands.Memory('[', ']', out register, out offset) || !Comma() || !_operands.Immediate(out immediate)) return false;
                Add(mnemonic, OperandForm.StoreImm, register, 0, offset, immediate);
                return true;
            case MnemonicShape.StoreRegister:
                if (!_operands.Memory('[', ']', out register, out offset) || !Comma() || !_operands.Register(out from)) return false;
                Add(mnemonic, OperandForm.StoreReg, register, from.Number, offset, 0);
                return true;
            case MnemonicShape.Condition:
                if (!_operands.Register(out destination) || !Comma() || !SourceOrImmediate(mnemonic, out source, out immediate, out isRegister) || !Comma()) return false;
                if (!_operands.Target(ReferenceKind.Jump, out distance)) return false;
                Add(mnemonic, isRegister ? OperandForm.DstSrcJump : OperandForm.DstImmJump, destination.Number, source, (short)distance, immediate);
                return true;
            case MnemonicShape.Jump:
                bool isLong = mnemonic.Operation == Operation.JaLong;
                if (!_operands.Target(isLong ? ReferenceKind.JumpLong : ReferenceKind.Jump, out distance)) return false;
                Add(mnemonic, isLong ? OperandForm.JumpLong : OperandForm.Jump, 0, 0, isLong ? (short)0 : (short)distance, isLong ? distance : 0);
                return true;
            case MnemonicShape.Wide:
                return Destination(mnemonic, out destination) && Comma() && Wide(destination.Number);
            case MnemonicShape.PacketAbs:
                if (!_operands.Immediate(out immediate)) return false;
                Add(mnemonic, OperandForm.PacketAbs, 0, 0, 0, immediate);
                return true;
            default:
                if (!_operands.Register(out from) || !Comma() || !_operands.Immediate(out immediate)) return false;
                Add(mnemonic, OperandForm.PacketInd, 0, from.Number, 0, immediate);
                return true;
        }
    }

    /// <summary>Reads what follows <c>lock</c> when it is not memory: <c>[fetch] add32 [r10-8], r1</c>.</summary>
    public bool ParseLock()
    {
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        bool fetch = _scanner.TakeWord("fetch");
        ReadOnlySpan<char> name = _scanner.TakeName();
        int end = _scanner.Position;
        if (name.StartsWith("fetch_", StringComparison.Ordinal))
        {
            fetch = true;
            name = name[6..];
        }

        int width = 64;
        if (name.EndsWith("32", StringComparison.Ordinal) || name.EndsWith("64", StringComparison.Ordinal))
        {
            width = name[^2] == '3' ? 32 : 64;
            name = name[..^2];
        }

        Operation operation = name switch
        {
            "add" => fetch ? Operation.AtomicFetchAdd : Operation.AtomicAdd,
            "or" => fetch ? Operation.AtomicFetchOr : Operation.AtomicOr,
            "and" => fetch ? Operation.AtomicFetchAnd : Operation.AtomicAnd,
            "xor" => fetch ? Operation.AtomicFetchXor : Operation.AtomicXor,
            "xchg" => Operation.AtomicXchg,
            "cmpxchg" => Operation.AtomicCmpXchg,
            _ => Operation.Invalid,
        };
        if (operation == Operation.Invalid)
        {
            _scanner.Position = start;
            if (end == start) return _scanner.Unexpected("memory such as *(u64 *)(r1 + 0), or add, or, and, xor, fetch, xchg, cmpxchg");
            return _scanner.Fail(AsmCodes.UnknownMnemonic, start, end, $"there is no atomic operation '{_scanner.Slice(start, end)}'", "help: use add, or, and, xor, xchg, cmpxchg, with '32' for 32 bits and 'fetch' before to get the old value");
        }

        if (!_operands.Memory('[', ']', out int register, out short offset) || !Comma() || !_operands.Register(out RegisterText source)) return false;
        OpcodeInfo row = OpcodeTable.Find(operation, width, OperandForm.StoreReg)!;
        if (row.WritesSource && !_operands.Writable(source)) return false;
        _code.Add(row, register, source.Number, offset, 0);
        return true;
    }

    private bool Wide(int destination)
    {
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        if (!_scanner.TakeNumber(out NumberText number)) return _scanner.Unexpected("a number");
        if (!number.Fits) return _scanner.Fail(AsmCodes.ImmediateRange, start, _scanner.Position, $"{_scanner.Slice(start, _scanner.Position)} does not fit 64 bits");
        _code.AddWide(destination, PseudoSource.None, (int)number.Bits, (int)(number.Bits >> 32));
        return true;
    }

    private bool Comma() => _scanner.Expect(',', "before the next operand");

    private bool Destination(Mnemonic mnemonic, out RegisterText register) =>
        _operands.Register(out register) && _operands.Writable(register) && (!register.IsHalf || _operands.HasWidth(register, mnemonic.Width));

    private bool SourceOrImmediate(Mnemonic mnemonic, out int source, out int immediate, out bool isRegister)
    {
        source = immediate = 0;
        isRegister = _operands.IsRegister();
        if (!isRegister) return _operands.Immediate(out immediate);
        if (!_operands.Register(out RegisterText register) || (register.IsHalf && !_operands.HasWidth(register, mnemonic.Width))) return false;
        source = register.Number;
        return true;
    }

    private void Add(Mnemonic mnemonic, OperandForm form, int destination, int source, short offset, int immediate) =>
        _code.Add(OpcodeTable.Find(mnemonic.Operation, mnemonic.Width, form)!, destination, source, offset, immediate);

    private static Dictionary<string, Mnemonic> Build()
    {
        Dictionary<string, Mnemonic> names = new(StringComparer.Ordinal);
        foreach (Operation operation in (ReadOnlySpan<Operation>)[Operation.Add, Operation.Sub, Operation.Mul, Operation.Div, Operation.SDiv, Operation.Or, Operation.And,
            Operation.Lsh, Operation.Rsh, Operation.Mod, Operation.SMod, Operation.Xor, Operation.Mov, Operation.Arsh])
        {
            AddWidths(names, operation.ToString().ToLowerInvariant(), MnemonicShape.Binary, operation);
        }

        AddWidths(names, "neg", MnemonicShape.Unary, Operation.Neg);
        foreach ((Operation operation, string from) in (ReadOnlySpan<(Operation, string)>)[(Operation.MovSx8, "8"), (Operation.MovSx16, "16"), (Operation.MovSx32, "32")])
        {
            names["movsx" + from] = names["movsx" + from + "64"] = new(MnemonicShape.Move, operation, 64);
            if (operation != Operation.MovSx32) names["movsx" + from + "32"] = new(MnemonicShape.Move, operation, 32);
        }

        foreach (int width in (ReadOnlySpan<int>)[16, 32, 64])
        {
            names[$"le{width}"] = new(MnemonicShape.Unary, Operation.ToLe, width);
            names[$"be{width}"] = new(MnemonicShape.Unary, Operation.ToBe, width);
            names[$"bswap{width}"] = names[$"swap{width}"] = new(MnemonicShape.Unary, Operation.Bswap, width);
        }

        foreach (Operation operation in (ReadOnlySpan<Operation>)[Operation.Jeq, Operation.Jgt, Operation.Jge, Operation.Jset, Operation.Jne, Operation.Jsgt, Operation.Jsge,
            Operation.Jlt, Operation.Jle, Operation.Jslt, Operation.Jsle])
        {
            AddWidths(names, operation.ToString().ToLowerInvariant(), MnemonicShape.Condition, operation);
        }

        names["ja"] = new(MnemonicShape.Jump, Operation.Ja, 0);
        names["ja32"] = new(MnemonicShape.Jump, Operation.JaLong, 0);
        names["lddw"] = new(MnemonicShape.Wide, Operation.LdImm64, 64);
        foreach ((string suffix, int width) in (ReadOnlySpan<(string, int)>)[("b", 8), ("h", 16), ("w", 32), ("dw", 64)])
        {
            names["ldx" + suffix] = new(MnemonicShape.Load, Operation.Load, width);
            names["st" + suffix] = new(MnemonicShape.StoreImmediate, Operation.StoreImmediate, width);
            names["stx" + suffix] = new(MnemonicShape.StoreRegister, Operation.StoreRegister, width);
            if (width == 64) continue;
            names["ldxs" + suffix] = new(MnemonicShape.Load, Operation.LoadSx, width);
            names["ldabs" + suffix] = new(MnemonicShape.PacketAbs, Operation.LdAbs, width);
            names["ldind" + suffix] = new(MnemonicShape.PacketInd, Operation.LdInd, width);
        }

        return names;
    }

    private static void AddWidths(Dictionary<string, Mnemonic> names, string name, MnemonicShape shape, Operation operation)
    {
        names[name] = names[name + "64"] = new(shape, operation, 64);
        names[name + "32"] = new(shape, operation, 32);
    }
}
