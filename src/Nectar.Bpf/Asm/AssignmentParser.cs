// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Asm;

/// <summary>Reads instructions written as assignments: <c>r1 = *(u32 *)(r2 + 4)</c>, <c>lock *(u64 *)(r1 + 0) += r2</c>.</summary>
internal sealed class AssignmentParser
{
    private readonly Scanner _scanner;
    private readonly CodeBuffer _code;
    private readonly OperandReader _operands;

    public AssignmentParser(Scanner scanner, CodeBuffer code, OperandReader operands)
    {
        _scanner = scanner;
        _code = code;
        _operands = operands;
    }

    /// <summary>Reads an assignment to a register.</summary>
    public bool Parse(int opcode)
    {
        if (!_operands.Register(out RegisterText left) || !_operands.Writable(left)) return false;
        _scanner.SkipBlanks();
        if (!Syntax.TryArithmetic(_scanner.Rest, out Operation operation, out int length))
        {
            return _scanner.Unexpected("an assignment: = += -= *= /= %= &= |= ^= <<= >>= s>>= s/= s%=");
        }

        _scanner.Position += length;
        if (_operands.IsRegister())
        {
            if (!_operands.Register(out RegisterText right) || !_operands.HasWidth(right, left.Width)) return false;
            _code.Add(OpcodeTable.Find(operation, left.Width, OperandForm.DstSrc)!, left.Number, right.Number, 0, 0);
            return true;
        }

        if (operation == Operation.Mov) return ParseValue(left, opcode);
        if (!_operands.Immediate(out int immediate, left.Width)) return false;
        _code.Add(OpcodeTable.Find(operation, left.Width, OperandForm.DstImm)!, left.Number, 0, 0, immediate);
        return true;
    }

    /// <summary>Reads <c>*(u32 *)(r1 + 4) = …</c>.</summary>
    public bool ParseStore()
    {
        int start = _scanner.Position;
        if (!MemoryType(out int width, out bool signed)) return false;
        if (signed) return _scanner.Fail(AsmCodes.Syntax, start, _scanner.Position, "stores have no sign, expected u8, u16, u32 or u64");
        if (!_operands.Memory('(', ')', out int register, out short offset) || !_scanner.Expect('=', "before the value to store")) return false;
        if (!_operands.IsRegister())
        {
            if (!_operands.Immediate(out int immediate, width)) return false;
            _code.Add(OpcodeTable.Find(Operation.StoreImmediate, width, OperandForm.StoreImm)!, register, 0, offset, immediate);
            return true;
        }

        if (!_operands.Register(out RegisterText value) || (width == 64 && !_operands.HasWidth(value, 64))) return false;
        _code.Add(OpcodeTable.Find(Operation.StoreRegister, width, OperandForm.StoreReg)!, register, value.Number, offset, 0);
        return true;
    }

    /// <summary>Reads what follows <c>lock</c>: <c>*(u64 *)(r1 + 0) += r2</c>.</summary>
    public bool ParseLock()
    {
        int start = _scanner.Position;
        if (!MemoryType(out int width, out bool signed)) return false;
        if (signed || width < 32) return _scanner.Fail(AsmCodes.WidthMismatch, start, _scanner.Position, "atomic operations work on u32 and u64");
        if (!_operands.Memory('(', ')', out int register, out short offset)) return false;
        _scanner.SkipBlanks();
        ReadOnlySpan<char> rest = _scanner.Rest;
        Operation operation = rest.Length < 2 || rest[1] != '=' ? Operation.Invalid : rest[0] switch
        {
            '+' => Operation.AtomicAdd,
            '|' => Operation.AtomicOr,
            '&' => Operation.AtomicAnd,
            '^' => Operation.AtomicXor,
            _ => Operation.Invalid,
        };
        if (operation == Operation.Invalid) return _scanner.Unexpected("an atomic assignment: += |= &= ^=");
        _scanner.Position += 2;
        if (!_operands.Register(out RegisterText value) || (width == 64 && !_operands.HasWidth(value, 64))) return false;
        _code.Add(OpcodeTable.Find(operation, width, OperandForm.StoreReg)!, register, value.Number, offset, 0);
        return true;
    }

    /// <summary>Reads what follows <c>store_release</c>: <c>((u32 *)(r1 + 0), w2)</c>.</summary>
    public bool ParseStoreRelease()
    {
        if (!_scanner.Expect('(', "after 'store_release'") || !TypedMemory(8, out int width, out int register, out short offset) || !_scanner.Expect(',', "before the value")) return false;
        if (!_operands.Register(out RegisterText value) || (width == 64 && !_operands.HasWidth(value, 64)) || !_scanner.Expect(')', "at the end")) return false;
        _code.Add(OpcodeTable.Find(Operation.StoreRelease, width, OperandForm.StoreReg)!, register, value.Number, offset, 0);
        return true;
    }

    /// <summary>Reads what follows <c>r1 =</c> when it is no register.</summary>
    private bool ParseValue(RegisterText left, int opcode)
    {
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        switch (_scanner.Current)
        {
            case '*':
                return ParseLoad(left);
            case '(':
                return ParseCast(left);
            case '-':
                _scanner.Position++;
                if (_operands.IsRegister()) return ParseNegation(left);
                _scanner.Position = start;
                break;
        }

        if (_scanner.TakeNumber(out NumberText number))
        {
            // bpftool prints 64-bit loads without a mark; only the opcode before the text tells them
            if (_scanner.TakeWord("ll") || opcode == OpcodeTable.LdImm64) return AddWide(left, start, number);
            int end = _scanner.Position;
            if (!number.TryInt32(out _) && left.Width == 64 && number.Fits)
            {
                return _scanner.Fail(AsmCodes.ImmediateRange, start, end, $"{_scanner.Slice(start, end)} does not fit 32 bits", $"help: write '{_scanner.Slice(start, end)} ll' for a 64-bit load");
            }

            _scanner.Position = start;
            if (!_operands.Immediate(out int immediate, left.Width)) return false;
            _code.Add(OpcodeTable.Find(Operation.Mov, left.Width, OperandForm.DstImm)!, left.Number, 0, 0, immediate);
            return true;
        }

        ReadOnlySpan<char> name = _scanner.TakeName();
        if (name.IsEmpty) return _scanner.Unexpected("a register, number, memory or symbol");
        int nameEnd = _scanner.Position;
        char next = _scanner.Current;
        if (next == '(') return ParseFunction(left, start, name);
        if (next == '[' && name is "map" or "subprog" or "ksym") return ParseReference(left, name);
        if (IsSwap(name, out Operation swap, out int width)) return ParseSwap(left, swap, width);
        return ParseSymbol(left, start, nameEnd);
    }

    private bool ParseLoad(RegisterText left)
    {
        int start = _scanner.Position;
        if (!MemoryType(out int width, out bool signed)) return false;
        int end = _scanner.Position;
        if (_scanner.TakeWord("skb")) return ParsePacketLoad(left, width, signed, start, end);
        if (!_operands.Memory('(', ')', out int register, out short offset)) return false;
        if (left.IsHalf && (signed || width == 64)) return _operands.HasWidth(left, 64);
        OpcodeInfo? row = OpcodeTable.Find(signed ? Operation.LoadSx : Operation.Load, width, OperandForm.LoadMem);
        if (row is null) return _scanner.Fail(AsmCodes.WidthMismatch, start, end, "there is no sign-extending load of 64 bits, expected u64");
        _code.Add(row, left.Number, register, offset, 0);
        return true;
    }

    private bool ParsePacketLoad(RegisterText left, int width, bool signed, int start, int end)
    {
        if (left.Number != 0 || left.IsHalf) return _scanner.Fail(AsmCodes.BadRegister, left.Start, left.End, "packet loads go to r0");
        if (signed || width == 64) return _scanner.Fail(AsmCodes.WidthMismatch, start, end, "packet loads are u8, u16 or u32");
        if (!_scanner.Expect('[', "after 'skb'")) return false;
        int register = 0, immediate = 0;
        bool indirect = _operands.IsRegister();
        if (indirect)
        {
            if (!_operands.Register(out RegisterText index) || !_operands.HasWidth(index, 64)) return false;
            register = index.Number;
            _scanner.SkipBlanks();
            if (_scanner.Current == '+' && _scanner.Rest.TrimStart("+ ").StartsWith("-")) _scanner.Position++; // the kernel prints "r6 + -4"
            if (_scanner.Current != ']' && !_operands.Immediate(out immediate)) return false;
        }
        else if (!_operands.Immediate(out immediate))
        {
            return false;
        }

        if (!_scanner.Expect(']', "after the packet offset")) return false;
        _code.Add(OpcodeTable.Find(indirect ? Operation.LdInd : Operation.LdAbs, width, indirect ? OperandForm.PacketInd : OperandForm.PacketAbs)!, 0, register, 0, immediate);
        return true;
    }

    private bool ParseCast(RegisterText left)
    {
        _scanner.Position++;
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        ReadOnlySpan<char> type = _scanner.TakeName();
        Operation operation = type switch { "s8" => Operation.MovSx8, "s16" => Operation.MovSx16, "s32" => Operation.MovSx32, _ => Operation.Invalid };
        OpcodeInfo? row = operation == Operation.Invalid ? null : OpcodeTable.Find(operation, left.Width, OperandForm.DstSrc);
        if (row is null)
        {
            return _scanner.Fail(AsmCodes.Syntax, start, Math.Max(start + 1, _scanner.Position), $"'({type})' is no sign extension of {left.Width} bits, expected (s8), (s16){(left.IsHalf ? "" : " or (s32)")}");
        }

        if (!_scanner.Expect(')', "after the type") || !_operands.Register(out RegisterText right) || !_operands.HasWidth(right, left.Width)) return false;
        _code.Add(row, left.Number, right.Number, 0, 0);
        return true;
    }

    private bool ParseNegation(RegisterText left)
    {
        if (!_operands.Register(out RegisterText right) || !_operands.HasWidth(right, left.Width) || !InPlace(left, right)) return false;
        _code.Add(OpcodeTable.Find(Operation.Neg, left.Width, OperandForm.Dst)!, left.Number, 0, 0, 0);
        return true;
    }

    private bool ParseSwap(RegisterText left, Operation operation, int width)
    {
        if (!_operands.Register(out RegisterText right) || !InPlace(left, right)) return false;
        _code.Add(OpcodeTable.Find(operation, width, OperandForm.Dst)!, left.Number, 0, 0, 0);
        return true;
    }

    private bool InPlace(RegisterText left, RegisterText right) => left.Number == right.Number ||
        _scanner.Fail(AsmCodes.BadRegister, right.Start, right.End, $"this works in place: expected r{left.Number} on both sides", $"help: write 'r{left.Number} = r{right.Number}' first");

    private bool ParseFunction(RegisterText left, int start, ReadOnlySpan<char> name)
    {
        int end = _scanner.Position;
        _scanner.Position++;
        switch (name)
        {
            case "addr_space_cast":
                return ParseAddressSpaceCast(left);
            case "load_acquire":
                if (!TypedMemory(8, out int width, out int register, out short offset) || !_scanner.Expect(')', "at the end")) return false;
                if (left.IsHalf && width == 64) return _operands.HasWidth(left, 64);
                _code.Add(OpcodeTable.Find(Operation.LoadAcquire, width, OperandForm.StoreReg)!, left.Number, register, offset, 0);
                return true;
        }

        // atomic[64]_NAME((type)(address), …), or NAME_64(address, …) and NAME32_32(address, …) as LLVM prints exchanges
        bool typed = name.StartsWith("atomic", StringComparison.Ordinal);
        ReadOnlySpan<char> what = typed ? name["atomic".Length..] : name;
        if (typed && what.StartsWith("64", StringComparison.Ordinal)) what = what[2..];
        int exchangeWidth = what.EndsWith("32_32", StringComparison.Ordinal) ? 32 : 64;
        Operation operation = what switch
        {
            "_fetch_add" when typed => Operation.AtomicFetchAdd,
            "_fetch_or" when typed => Operation.AtomicFetchOr,
            "_fetch_and" when typed => Operation.AtomicFetchAnd,
            "_fetch_xor" when typed => Operation.AtomicFetchXor,
            "_xchg" when typed => Operation.AtomicXchg,
            "_cmpxchg" when typed => Operation.AtomicCmpXchg,
            "xchg_64" or "xchg32_32" when !typed => Operation.AtomicXchg,
            "cmpxchg_64" or "cmpxchg32_32" when !typed => Operation.AtomicCmpXchg,
            _ => Operation.Invalid,
        };
        if (operation == Operation.Invalid)
        {
            return _scanner.Fail(AsmCodes.UnknownMnemonic, start, end, $"there is no operation '{name}'", NearestNames.Help(name, ["atomic_fetch_add", "atomic_fetch_or",
                "atomic_fetch_and", "atomic_fetch_xor", "atomic_xchg", "atomic_cmpxchg", "xchg_64", "xchg32_32", "cmpxchg_64", "cmpxchg32_32", "load_acquire", "addr_space_cast"]));
        }

        return ParseAtomic(left, operation, typed, exchangeWidth);
    }

    private bool ParseAtomic(RegisterText left, Operation operation, bool typed, int width)
    {
        int register;
        short offset;
        if (typed)
        {
            if (!TypedMemory(32, out width, out register, out offset)) return false;
        }
        else if (!_operands.Address(out register, out offset))
        {
            return false;
        }

        if (!_scanner.Expect(',', "before the value")) return false;
        bool compare = operation == Operation.AtomicCmpXchg;
        if (compare)
        {
            if (!_operands.Register(out RegisterText expected) || !_scanner.Expect(',', "before the new value")) return false;
            if (expected.Number != 0) return _scanner.Fail(AsmCodes.BadRegister, expected.Start, expected.End, "compare-and-exchange compares with r0");
            if (left.Number != 0) return _scanner.Fail(AsmCodes.BadRegister, left.Start, left.End, "compare-and-exchange returns the old value in r0");
        }

        if (!_operands.Register(out RegisterText value) || !_scanner.Expect(')', "at the end")) return false;
        if (width == 64 && (!_operands.HasWidth(value, 64) || !_operands.HasWidth(left, 64))) return false;
        if (!compare && value.Number != left.Number)
        {
            return _scanner.Fail(AsmCodes.BadRegister, left.Start, left.End, $"the old value is returned in the register of the operand, expected r{value.Number}");
        }

        _code.Add(OpcodeTable.Find(operation, width, OperandForm.StoreReg)!, register, value.Number, offset, 0);
        return true;
    }

    private bool ParseAddressSpaceCast(RegisterText left)
    {
        if (!_operands.HasWidth(left, 64) || !_operands.Register(out RegisterText source) || !_operands.HasWidth(source, 64)) return false;
        if (!_scanner.Expect(',', "before the destination's address space") || !_operands.Immediate(out int to)) return false;
        if (!_scanner.Expect(',', "before the source's address space") || !_operands.Immediate(out int from)) return false;
        if (!_scanner.Expect(')', "at the end")) return false;
        if (to is < 0 or > 0xffff || from is < 0 or > 0xffff) return _scanner.Fail(AsmCodes.ImmediateRange, left.Start, _scanner.Position, "an address space is a number from 0 to 65535");
        _code.Add(OpcodeTable.Find(Operation.AddrSpaceCast, 64, OperandForm.DstSrc)!, left.Number, source.Number, 0, (to << 16) | from);
        return true;
    }

    /// <summary>Reads <c>map[fd:3][0]+16</c>, <c>map[name:flows]</c>, <c>subprog[+5]</c>, <c>ksym[id:7,fd:0]</c>.</summary>
    private bool ParseReference(RegisterText left, ReadOnlySpan<char> what)
    {
        if (!_operands.HasWidth(left, 64)) return false;
        _scanner.Position++;
        if (what is "subprog")
        {
            if (!_operands.Immediate(out int distance) || !_scanner.Expect(']', "after the distance")) return false;
            _code.AddWide(left.Number, PseudoSource.Function, distance, 0);
            return true;
        }

        ReadOnlySpan<char> key = _scanner.TakeName();
        int keyEnd = _scanner.Position;
        if (what is "ksym" ? key is not "id" : key is not ("id" or "fd" or "idx" or "name"))
        {
            _scanner.Position = keyEnd - key.Length;
            return _scanner.Unexpected(what is "ksym" ? "'id:'" : "'fd:', 'id:', 'idx:' or 'name:'");
        }

        if (!_scanner.Expect(':', "after the kind of reference")) return false;
        if (key is "name") return ParseMapByName(left);
        if (!_operands.Immediate(out int number)) return false;
        if (what is "ksym")
        {
            int module = 0;
            if (_scanner.Take(',') && (!_scanner.TakeWord("fd") || !_scanner.Expect(':', "after 'fd'") || !_operands.Immediate(out module))) return _scanner.Unexpected("'fd:' and a number");
            if (!_scanner.Expect(']', "after the number")) return false;
            _code.AddWide(left.Number, PseudoSource.BtfId, number, module);
            return true;
        }

        bool byIndex = key is "idx";
        if (!_scanner.Expect(']', "after the number") || !ValueOffset(out bool isValue, out int offset)) return false;
        PseudoSource source = isValue ? (byIndex ? PseudoSource.MapIndexValue : PseudoSource.MapValue) : (byIndex ? PseudoSource.MapIndex : PseudoSource.MapFd);
        _code.AddWide(left.Number, source, number, offset);
        return true;
    }

    private bool ParseMapByName(RegisterText left)
    {
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        if (_scanner.TakeName().IsEmpty) return _scanner.Unexpected("the name of a map");
        int end = _scanner.Position;
        if (!_scanner.Expect(']', "after the name") || !ValueOffset(out bool isValue, out int offset)) return false;
        _code.References.Add(new Reference(_code.Count, isValue ? ReferenceKind.MapValue : ReferenceKind.Map, start, end, _scanner.Line, _scanner.LineStart, offset));
        _code.AddWide(left.Number, PseudoSource.None, 0, 0);
        return true;
    }

    private bool ValueOffset(out bool isValue, out int offset)
    {
        offset = 0;
        isValue = _scanner.Take('[');
        if (isValue && (!_operands.Immediate(out int element) || !_scanner.Expect(']', "after the element"))) return false;
        _scanner.SkipBlanks();
        if (_scanner.Current is not ('+' or '-')) return true;
        isValue = true;
        return _operands.Immediate(out offset);
    }

    private bool ParseSymbol(RegisterText left, int start, int end)
    {
        int addend = 0;
        _scanner.SkipBlanks();
        if (_scanner.Current is '+' or '-' && !_operands.Immediate(out addend)) return false;
        _scanner.TakeWord("ll");
        if (!_operands.HasWidth(left, 64)) return false;
        _code.References.Add(new Reference(_code.Count, ReferenceKind.Symbol, start, end, _scanner.Line, _scanner.LineStart, addend));
        _code.AddWide(left.Number, PseudoSource.None, 0, 0);
        return true;
    }

    private bool AddWide(RegisterText left, int start, NumberText number)
    {
        if (!_operands.HasWidth(left, 64)) return false;
        if (!number.Fits) return _scanner.Fail(AsmCodes.ImmediateRange, start, _scanner.Position, "the number does not fit 64 bits");
        _code.AddWide(left.Number, PseudoSource.None, (int)number.Bits, (int)(number.Bits >> 32));
        return true;
    }

    /// <summary>Reads <c>*(u32 *)</c>.</summary>
    private bool MemoryType(out int width, out bool signed)
    {
        width = 0;
        signed = false;
        return _scanner.Expect('*', "before a memory type") && PointerType(out width, out signed);
    }

    /// <summary>Reads <c>(u32 *)(r1 + 4)</c> with a least width.</summary>
    private bool TypedMemory(int minimum, out int width, out int register, out short offset)
    {
        register = 0;
        offset = 0;
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        if (!PointerType(out width, out bool signed)) return false;
        if (signed || width < minimum) return _scanner.Fail(AsmCodes.WidthMismatch, start, _scanner.Position, minimum == 32 ? "atomic operations work on u32 and u64" : "expected u8, u16, u32 or u64");
        return _operands.Memory('(', ')', out register, out offset);
    }

    private bool PointerType(out int width, out bool signed)
    {
        width = 0;
        signed = false;
        if (!_scanner.Expect('(', "before a memory type")) return false;
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        ReadOnlySpan<char> type = _scanner.TakeName();
        width = type.Length is 2 or 3 && type[0] is 'u' or 's' ? type[1..] switch { "8" => 8, "16" => 16, "32" => 32, "64" => 64, _ => 0 } : 0;
        if (width == 0)
        {
            _scanner.Position = start;
            return _scanner.Unexpected("a memory type: u8, u16, u32, u64, s8, s16, s32");
        }

        signed = type[0] == 's';
        return _scanner.Expect('*', "in a memory type") && _scanner.Expect(')', "after a memory type");
    }

    private static bool IsSwap(ReadOnlySpan<char> name, out Operation operation, out int width)
    {
        (operation, int prefix) = name.StartsWith("bswap", StringComparison.Ordinal) ? (Operation.Bswap, 5)
            : name.StartsWith("be", StringComparison.Ordinal) ? (Operation.ToBe, 2)
            : name.StartsWith("le", StringComparison.Ordinal) ? (Operation.ToLe, 2) : (Operation.Invalid, 0);
        width = operation == Operation.Invalid ? 0 : name[prefix..] switch { "16" => 16, "32" => 32, "64" => 64, _ => 0 };
        return width != 0;
    }
}
