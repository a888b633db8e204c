// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Classic;

/// <summary>The 49 instructions of classic BPF as Linux accepts them; A and X are the registers, K is the constant, M the scratch memory.</summary>
public enum ClassicOperation : byte
{
#pragma warning disable CS1591 // the names say source and size; ClassicOpcodeTable has the texts
    Invalid,

    // Loads: immediate, scratch memory, packet length, packet at K, packet at X + K, header length
    LdImm, LdxImm, LdMem, LdxMem, LdLen, LdxLen,
    LdAbsW, LdAbsH, LdAbsB, LdIndW, LdIndH, LdIndB, LdxMsh,
    St, Stx,

    // Arithmetic on A, by K or by X
    AddK, AddX, SubK, SubX, MulK, MulX, DivK, DivX, ModK, ModX, AndK, AndX, OrK, OrX, XorK, XorX, LshK, LshX, RshK, RshX, Neg,

    // Jumps
    Ja, JeqK, JeqX, JgtK, JgtX, JgeK, JgeX, JsetK, JsetX,
    RetK, RetA, Tax, Txa,
#pragma warning restore CS1591
}

/// <summary>How an operand is written in the listing of <c>tcpdump -d</c>.</summary>
public enum ClassicOperand : byte
{
    /// <summary>No operand (<c>neg</c>, <c>tax</c>, <c>txa</c>, <c>ret</c> of A).</summary>
    None,

    /// <summary><c>#0x1f</c></summary>
    Hexadecimal,

    /// <summary><c>#31</c>, signed</summary>
    Decimal,

    /// <summary><c>x</c></summary>
    IndexRegister,

    /// <summary><c>M[3]</c></summary>
    Memory,

    /// <summary><c>#pktlen</c></summary>
    Length,

    /// <summary><c>[12]</c>, or the name of an ancillary value</summary>
    Absolute,

    /// <summary><c>[x + 14]</c></summary>
    Indirect,

    /// <summary><c>4*([14]&amp;0xf)</c></summary>
    HeaderLength,

    /// <summary>The index of the target instruction</summary>
    Target,
}

/// <summary>What is known about one classic opcode: a row of <see cref="ClassicOpcodeTable"/>.</summary>
/// <param name="Code">The code field.</param>
/// <param name="Operation">What it does.</param>
/// <param name="Mnemonic">Its name in listings.</param>
/// <param name="Operand">How its operand is written.</param>
/// <param name="Size">Bytes that it loads from the packet; 0 if it does not.</param>
public sealed record ClassicOpcodeInfo(ushort Code, ClassicOperation Operation, string Mnemonic, ClassicOperand Operand, int Size = 0)
{
    /// <summary>True for the jumps that have two distances.</summary>
    public bool IsConditional => Operation is >= ClassicOperation.JeqK and <= ClassicOperation.JsetX;

    /// <summary>True for the two ways to end.</summary>
    public bool IsReturn => Operation is ClassicOperation.RetK or ClassicOperation.RetA;

    /// <summary>True for arithmetic on A.</summary>
    public bool IsArithmetic => Operation is >= ClassicOperation.AddK and <= ClassicOperation.Neg;

    /// <summary>True if X is read.</summary>
    public bool ReadsIndex => Operand is ClassicOperand.IndexRegister or ClassicOperand.Indirect || Operation is ClassicOperation.Stx or ClassicOperation.Txa;

    /// <summary>True if A is read; ancillary loads that read A are told apart by their offset.</summary>
    public bool ReadsAccumulator => IsArithmetic || IsConditional || Operation is ClassicOperation.St or ClassicOperation.RetA or ClassicOperation.Tax;

    /// <summary>True if A is written.</summary>
    public bool WritesAccumulator => IsArithmetic || Operation is ClassicOperation.LdImm or ClassicOperation.LdMem or ClassicOperation.LdLen or ClassicOperation.Txa
        || Operand is ClassicOperand.Absolute or ClassicOperand.Indirect;

    /// <summary>True if X is written.</summary>
    public bool WritesIndex => Operation is ClassicOperation.LdxImm or ClassicOperation.LdxMem or ClassicOperation.LdxLen or ClassicOperation.LdxMsh or ClassicOperation.Tax;
}

/// <summary>Every classic instruction, one row each; validator, interpreter, listing, reader and converter ask this table.</summary>
public static class ClassicOpcodeTable
{
    private static readonly ClassicOpcodeInfo[] s_rows = BuildRows();
    private static readonly ClassicOpcodeInfo?[] s_byCode = Index(s_rows);

    /// <summary>All rows, in the order of their codes.</summary>
    public static ReadOnlySpan<ClassicOpcodeInfo> Rows => s_rows;

    /// <summary>Finds the row of a code; null for a code that the kernel refuses.</summary>
    public static ClassicOpcodeInfo? Find(ushort code) => code < s_byCode.Length ? s_byCode[code] : null;

    /// <summary>The code of an operation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The operation is <see cref="ClassicOperation.Invalid"/> or unknown.</exception>
    public static ushort CodeOf(ClassicOperation operation)
    {
        foreach (ClassicOpcodeInfo row in s_rows)
        {
            if (row.Operation == operation) return row.Code;
        }

        throw new ArgumentOutOfRangeException(nameof(operation), operation, "not a classic instruction");
    }

    private static ClassicOpcodeInfo[] BuildRows()
    {
        List<ClassicOpcodeInfo> rows =
        [
            new(0x00, ClassicOperation.LdImm, "ld", ClassicOperand.Hexadecimal),
            new(0x01, ClassicOperation.LdxImm, "ldx", ClassicOperand.Hexadecimal),
            new(0x60, ClassicOperation.LdMem, "ld", ClassicOperand.Memory),
            new(0x61, ClassicOperation.LdxMem, "ldx", ClassicOperand.Memory),
            new(0x80, ClassicOperation.LdLen, "ld", ClassicOperand.Length),
            new(0x81, ClassicOperation.LdxLen, "ldx", ClassicOperand.Length),
            new(0x20, ClassicOperation.LdAbsW, "ld", ClassicOperand.Absolute, 4),
            new(0x28, ClassicOperation.LdAbsH, "ldh", ClassicOperand.Absolute, 2),
            new(0x30, ClassicOperation.LdAbsB, "ldb", ClassicOperand.Absolute, 1),
            new(0x40, ClassicOperation.LdIndW, "ld", ClassicOperand.Indirect, 4),
            new(0x48, ClassicOperation.LdIndH, "ldh", ClassicOperand.Indirect, 2),
            new(0x50, ClassicOperation.LdIndB, "ldb", ClassicOperand.Indirect, 1),
            new(0xb1, ClassicOperation.LdxMsh, "ldxb", ClassicOperand.HeaderLength, 1),
            new(0x02, ClassicOperation.St, "st", ClassicOperand.Memory),
            new(0x03, ClassicOperation.Stx, "stx", ClassicOperand.Memory),
            new(0x84, ClassicOperation.Neg, "neg", ClassicOperand.None),
            new(0x05, ClassicOperation.Ja, "ja", ClassicOperand.Target),
            new(0x06, ClassicOperation.RetK, "ret", ClassicOperand.Decimal),
            new(0x16, ClassicOperation.RetA, "ret", ClassicOperand.None),
            new(0x07, ClassicOperation.Tax, "tax", ClassicOperand.None),
            new(0x87, ClassicOperation.Txa, "txa", ClassicOperand.None),
        ];

        // Each of these comes in a form with K and one with X; masks are listed in hexadecimal, numbers in decimal.
        ReadOnlySpan<(int Code, ClassicOperation ByConstant, string Mnemonic, ClassicOperand Constant)> pairs =
        [
            (0x04, ClassicOperation.AddK, "add", ClassicOperand.Decimal), (0x14, ClassicOperation.SubK, "sub", ClassicOperand.Decimal),
            (0x24, ClassicOperation.MulK, "mul", ClassicOperand.Decimal), (0x34, ClassicOperation.DivK, "div", ClassicOperand.Decimal),
            (0x44, ClassicOperation.OrK, "or", ClassicOperand.Hexadecimal), (0x54, ClassicOperation.AndK, "and", ClassicOperand.Hexadecimal),
            (0x64, ClassicOperation.LshK, "lsh", ClassicOperand.Decimal), (0x74, ClassicOperation.RshK, "rsh", ClassicOperand.Decimal),
            (0x94, ClassicOperation.ModK, "mod", ClassicOperand.Decimal), (0xa4, ClassicOperation.XorK, "xor", ClassicOperand.Hexadecimal),
            (0x15, ClassicOperation.JeqK, "jeq", ClassicOperand.Hexadecimal), (0x25, ClassicOperation.JgtK, "jgt", ClassicOperand.Hexadecimal),
            (0x35, ClassicOperation.JgeK, "jge", ClassicOperand.Hexadecimal), (0x45, ClassicOperation.JsetK, "jset", ClassicOperand.Hexadecimal),
        ];
        foreach ((int code, ClassicOperation byConstant, string mnemonic, ClassicOperand constant) in pairs)
        {
            rows.Add(new((ushort)code, byConstant, mnemonic, constant));
            rows.Add(new((ushort)(code | 8), byConstant + 1, mnemonic, ClassicOperand.IndexRegister));
        }

        return [.. rows.OrderBy(r => r.Code)];
    }

    private static ClassicOpcodeInfo?[] Index(ClassicOpcodeInfo[] rows)
    {
        ClassicOpcodeInfo?[] index = new ClassicOpcodeInfo?[rows[^1].Code + 1];
        foreach (ClassicOpcodeInfo row in rows) index[row.Code] = row;
        return index;
    }
}
