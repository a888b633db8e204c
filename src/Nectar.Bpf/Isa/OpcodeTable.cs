// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Isa;

/// <summary>
/// Every instruction of RFC 9669 and of Linux up to 6.18, one row each. Assembler, disassembler, interpreter, JIT and
/// verifier ask this table; none of them takes an opcode byte apart on its own.
/// </summary>
public static class OpcodeTable
{
    /// <summary>The opcode byte of the 64-bit immediate load, the only instruction of two slots.</summary>
    public const byte LdImm64 = 0x18;

    /// <summary>The immediate bit that makes an atomic return the old value.</summary>
    public const int AtomicFetch = 0x01;

    private static readonly OpcodeInfo[] s_rows = BuildRows();
    private static readonly OpcodeInfo[]?[] s_byOpcode = Index(s_rows);
    private static readonly OpcodeInfo?[] s_byOperation = IndexOperations(s_rows);

    /// <summary>All rows, in the order of opcode bytes.</summary>
    public static ReadOnlySpan<OpcodeInfo> Rows => s_rows;

    /// <summary>Finds the row of an instruction; null if no instruction has these opcode and selector fields.</summary>
    public static OpcodeInfo? Find(Instruction instruction)
    {
        OpcodeInfo[]? rows = s_byOpcode[instruction.Opcode];
        if (rows is null) return null;
        foreach (OpcodeInfo row in rows)
        {
            bool match = row.Discriminator switch
            {
                Discriminator.Offset => instruction.Offset == row.DiscriminatorValue,
                Discriminator.Immediate => instruction.Immediate == row.DiscriminatorValue,
                Discriminator.Source => instruction.Source == row.DiscriminatorValue,
                _ => true,
            };
            if (match) return row;
        }

        return null;
    }

    /// <summary>Finds the row for an operation in one width and form; null if there is none.</summary>
    public static OpcodeInfo? Find(Operation operation, int width, OperandForm form)
    {
        int index = OperationIndex(operation, width, form);
        return (uint)index < (uint)s_byOperation.Length ? s_byOperation[index] : null;
    }

    /// <summary>
    /// True if every field that the instruction does not use is zero, as RFC 9669 and the kernel demand. The fields of the
    /// second slot of a wide load are checked by whoever walks the program.
    /// </summary>
    public static bool ReservedFieldsAreZero(OpcodeInfo row, Instruction instruction)
    {
        ArgumentNullException.ThrowIfNull(row);
        bool dst = row.Form is not (OperandForm.None or OperandForm.Jump or OperandForm.JumpLong or OperandForm.Call or OperandForm.PacketAbs or OperandForm.PacketInd);
        bool src = row.UsesSourceRegister || row.Form == OperandForm.Wide || row.Discriminator == Discriminator.Source;
        bool off = row.Discriminator == Discriminator.Offset || row.Operation == Operation.CallKfunc || row.Form is OperandForm.Jump
            or OperandForm.DstImmJump or OperandForm.DstSrcJump or OperandForm.LoadMem or OperandForm.StoreImm or OperandForm.StoreReg;
        bool imm = row.Discriminator == Discriminator.Immediate || row.Operation == Operation.AddrSpaceCast || row.Form is OperandForm.DstImm
            or OperandForm.JumpLong or OperandForm.DstImmJump or OperandForm.Call or OperandForm.Wide or OperandForm.StoreImm
            or OperandForm.PacketAbs or OperandForm.PacketInd;
        return (dst || instruction.Destination == 0) && (src || instruction.Source == 0) && (off || instruction.Offset == 0) && (imm || instruction.Immediate == 0);
    }

    private static OpcodeInfo[] BuildRows()
    {
        List<OpcodeInfo> rows = [];
        AddArithmetic(rows);
        AddJumps(rows);
        AddMemory(rows);
        return [.. rows.OrderBy(r => r.Opcode)];
    }

    private static void AddArithmetic(List<OpcodeInfo> rows)
    {
        // operation, code in the upper four bits, value of the offset field, level
        ReadOnlySpan<(Operation Operation, int Code, int Offset, CpuVersion Cpu)> operations =
        [
            (Operation.Add, 0x00, 0, CpuVersion.V1), (Operation.Sub, 0x10, 0, CpuVersion.V1), (Operation.Mul, 0x20, 0, CpuVersion.V1),
            (Operation.Div, 0x30, 0, CpuVersion.V1), (Operation.SDiv, 0x30, 1, CpuVersion.V4), (Operation.Or, 0x40, 0, CpuVersion.V1),
            (Operation.And, 0x50, 0, CpuVersion.V1), (Operation.Lsh, 0x60, 0, CpuVersion.V1), (Operation.Rsh, 0x70, 0, CpuVersion.V1),
            (Operation.Mod, 0x90, 0, CpuVersion.V1), (Operation.SMod, 0x90, 1, CpuVersion.V4), (Operation.Xor, 0xa0, 0, CpuVersion.V1),
            (Operation.Mov, 0xb0, 0, CpuVersion.V1), (Operation.Arsh, 0xc0, 0, CpuVersion.V1),
        ];
        foreach ((int cls, byte width) in new[] { (4, (byte)32), (7, (byte)64) })
        {
            ConformanceGroup plain = width == 32 ? ConformanceGroup.Base32 : ConformanceGroup.Base64;
            ConformanceGroup divMul = width == 32 ? ConformanceGroup.DivMul32 : ConformanceGroup.DivMul64;
            foreach ((Operation operation, int code, int offset, CpuVersion cpu) in operations)
            {
                bool isDivMul = operation is Operation.Mul or Operation.Div or Operation.SDiv or Operation.Mod or Operation.SMod;
                foreach (bool register in new[] { false, true })
                {
                    rows.Add(new OpcodeInfo
                    {
                        Opcode = (byte)(code | (register ? 8 : 0) | cls),
                        Operation = operation,
                        Width = width,
                        Form = register ? OperandForm.DstSrc : OperandForm.DstImm,
                        Discriminator = Discriminator.Offset,
                        DiscriminatorValue = offset,
                        Cpu = cpu,
                        Group = isDivMul ? divMul : plain,
                        MinimumKernel = cpu == CpuVersion.V4 ? Kernel(6, 6) : (ushort)0,
                    });
                }
            }

            rows.Add(Row((byte)(0x80 | cls), Operation.Neg, width, OperandForm.Dst, CpuVersion.V1, plain));
            foreach ((Operation operation, int bits) in new[] { (Operation.MovSx8, 8), (Operation.MovSx16, 16), (Operation.MovSx32, 32) })
            {
                if (bits == 32 && width == 32) continue;
                rows.Add(Row((byte)(0xb8 | cls), operation, width, OperandForm.DstSrc, CpuVersion.V4, plain, Discriminator.Offset, bits, Kernel(6, 6)));
            }
        }

        rows.Add(Row(0xbf, Operation.AddrSpaceCast, 64, OperandForm.DstSrc, CpuVersion.V4, ConformanceGroup.Extension, Discriminator.Offset, 1, Kernel(6, 9)));

        foreach (byte width in new byte[] { 16, 32, 64 })
        {
            ConformanceGroup group = width == 64 ? ConformanceGroup.Base64 : ConformanceGroup.Base32;
            rows.Add(Row(0xd4, Operation.ToLe, width, OperandForm.Dst, CpuVersion.V1, group, Discriminator.Immediate, width));
            rows.Add(Row(0xdc, Operation.ToBe, width, OperandForm.Dst, CpuVersion.V1, group, Discriminator.Immediate, width));
            rows.Add(Row(0xd7, Operation.Bswap, width, OperandForm.Dst, CpuVersion.V4, group, Discriminator.Immediate, width, Kernel(6, 6)));
        }
    }

    private static void AddJumps(List<OpcodeInfo> rows)
    {
        ReadOnlySpan<(Operation Operation, int Code, CpuVersion Cpu)> conditions =
        [
            (Operation.Jeq, 0x10, CpuVersion.V1), (Operation.Jgt, 0x20, CpuVersion.V1), (Operation.Jge, 0x30, CpuVersion.V1),
            (Operation.Jset, 0x40, CpuVersion.V1), (Operation.Jne, 0x50, CpuVersion.V1), (Operation.Jsgt, 0x60, CpuVersion.V1),
            (Operation.Jsge, 0x70, CpuVersion.V1), (Operation.Jlt, 0xa0, CpuVersion.V2), (Operation.Jle, 0xb0, CpuVersion.V2),
            (Operation.Jslt, 0xc0, CpuVersion.V2), (Operation.Jsle, 0xd0, CpuVersion.V2),
        ];
        foreach ((Operation operation, int code, CpuVersion cpu) in conditions)
        {
            ushort kernel64 = cpu == CpuVersion.V2 ? Kernel(4, 14) : (ushort)0;
            rows.Add(Row((byte)(code | 5), operation, 64, OperandForm.DstImmJump, cpu, ConformanceGroup.Base64, minimumKernel: kernel64));
            rows.Add(Row((byte)(code | 0xd), operation, 64, OperandForm.DstSrcJump, cpu, ConformanceGroup.Base64, minimumKernel: kernel64));
            rows.Add(Row((byte)(code | 6), operation, 32, OperandForm.DstImmJump, CpuVersion.V3, ConformanceGroup.Base32, minimumKernel: Kernel(5, 1)));
            rows.Add(Row((byte)(code | 0xe), operation, 32, OperandForm.DstSrcJump, CpuVersion.V3, ConformanceGroup.Base32, minimumKernel: Kernel(5, 1)));
        }

        rows.Add(Row(0x05, Operation.Ja, 0, OperandForm.Jump, CpuVersion.V1, ConformanceGroup.Base32));
        rows.Add(Row(0x06, Operation.JaLong, 0, OperandForm.JumpLong, CpuVersion.V4, ConformanceGroup.Base32, minimumKernel: Kernel(6, 6)));
        rows.Add(Row(0xe5, Operation.MayGoto, 0, OperandForm.Jump, CpuVersion.V4, ConformanceGroup.Extension, minimumKernel: Kernel(6, 9)));
        rows.Add(Row(0x85, Operation.CallHelper, 0, OperandForm.Call, CpuVersion.V1, ConformanceGroup.Base32, Discriminator.Source, 0));
        rows.Add(Row(0x85, Operation.CallLocal, 0, OperandForm.Call, CpuVersion.V1, ConformanceGroup.Base32, Discriminator.Source, 1, Kernel(4, 16)));
        rows.Add(Row(0x85, Operation.CallKfunc, 0, OperandForm.Call, CpuVersion.V1, ConformanceGroup.Base32, Discriminator.Source, 2, Kernel(5, 13)));
        rows.Add(Row(0x8d, Operation.CallRegister, 0, OperandForm.Register, CpuVersion.V3, ConformanceGroup.Extension));
        rows.Add(Row(0x0d, Operation.GotoRegister, 0, OperandForm.Register, CpuVersion.V4, ConformanceGroup.Extension));
        rows.Add(Row(0x95, Operation.Exit, 0, OperandForm.None, CpuVersion.V1, ConformanceGroup.Base32));
    }

    private static void AddMemory(List<OpcodeInfo> rows)
    {
        rows.Add(Row(LdImm64, Operation.LdImm64, 64, OperandForm.Wide, CpuVersion.V1, ConformanceGroup.Base64));
        ReadOnlySpan<(int Size, byte Width)> sizes = [(0x10, 8), (0x08, 16), (0x00, 32), (0x18, 64)];
        foreach ((int size, byte width) in sizes)
        {
            ConformanceGroup group = width == 64 ? ConformanceGroup.Base64 : ConformanceGroup.Base32;
            rows.Add(Row((byte)(0x61 | size), Operation.Load, width, OperandForm.LoadMem, CpuVersion.V1, group));
            rows.Add(Row((byte)(0x62 | size), Operation.StoreImmediate, width, OperandForm.StoreImm, CpuVersion.V1, group));
            rows.Add(Row((byte)(0x63 | size), Operation.StoreRegister, width, OperandForm.StoreReg, CpuVersion.V1, group));
            if (width != 64)
            {
                rows.Add(Row((byte)(0x81 | size), Operation.LoadSx, width, OperandForm.LoadMem, CpuVersion.V4, ConformanceGroup.Base64, minimumKernel: Kernel(6, 6)));
                rows.Add(Row((byte)(0x20 | size), Operation.LdAbs, width, OperandForm.PacketAbs, CpuVersion.V1, ConformanceGroup.Packet));
                rows.Add(Row((byte)(0x40 | size), Operation.LdInd, width, OperandForm.PacketInd, CpuVersion.V1, ConformanceGroup.Packet));
            }

            byte atomic = (byte)(0xc3 | size);
            rows.Add(Row(atomic, Operation.LoadAcquire, width, OperandForm.StoreReg, CpuVersion.V4, ConformanceGroup.Extension, Discriminator.Immediate, 0x100, Kernel(6, 15)));
            rows.Add(Row(atomic, Operation.StoreRelease, width, OperandForm.StoreReg, CpuVersion.V4, ConformanceGroup.Extension, Discriminator.Immediate, 0x110, Kernel(6, 15)));
            if (width < 32) continue;
            ReadOnlySpan<(Operation Operation, int Immediate)> atomics =
            [
                (Operation.AtomicAdd, 0x00), (Operation.AtomicOr, 0x40), (Operation.AtomicAnd, 0x50), (Operation.AtomicXor, 0xa0),
                (Operation.AtomicFetchAdd, 0x01), (Operation.AtomicFetchOr, 0x41), (Operation.AtomicFetchAnd, 0x51), (Operation.AtomicFetchXor, 0xa1),
                (Operation.AtomicXchg, 0xe1), (Operation.AtomicCmpXchg, 0xf1),
            ];
            foreach ((Operation operation, int immediate) in atomics)
            {
                bool first = operation == Operation.AtomicAdd;
                rows.Add(Row(atomic, operation, width, OperandForm.StoreReg, first ? CpuVersion.V1 : CpuVersion.V3,
                    width == 64 ? ConformanceGroup.Atomic64 : ConformanceGroup.Atomic32, Discriminator.Immediate, immediate, first ? (ushort)0 : Kernel(5, 12)));
            }
        }
    }

    private static ushort Kernel(int major, int minor) => (ushort)((major << 8) | minor);

    private static OpcodeInfo Row(byte opcode, Operation operation, byte width, OperandForm form, CpuVersion cpu, ConformanceGroup group,
        Discriminator discriminator = Discriminator.None, int value = 0, ushort minimumKernel = 0) => new()
        {
            Opcode = opcode,
            Operation = operation,
            Width = width,
            Form = form,
            Discriminator = discriminator,
            DiscriminatorValue = value,
            Cpu = cpu,
            Group = group,
            MinimumKernel = minimumKernel,
        };

    private static OpcodeInfo[]?[] Index(OpcodeInfo[] rows)
    {
        OpcodeInfo[]?[] index = new OpcodeInfo[]?[256];
        foreach (IGrouping<byte, OpcodeInfo> group in rows.GroupBy(r => r.Opcode)) index[group.Key] = [.. group];
        return index;
    }

    // One cell for each operation, form (16) and width in bytes (0 to 8).
    private static int OperationIndex(Operation operation, int width, OperandForm form) =>
        (width & 7) != 0 || (uint)width > 64 ? -1 : (((int)operation * 16) + (int)form) * 9 + (width >> 3);

    private static OpcodeInfo?[] IndexOperations(OpcodeInfo[] rows)
    {
        OpcodeInfo?[] index = new OpcodeInfo?[OperationIndex(Operation.StoreRelease, 64, (OperandForm)15) + 1];
        foreach (OpcodeInfo row in rows) index[OperationIndex(row.Operation, row.Width, row.Form)] ??= row;
        return index;
    }
}
