// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Asm;

/// <summary>Spells one instruction as llvm-objdump does; the Nectar style differs only where that spelling loses something.</summary>
internal static class LlvmText
{
    /// <summary>Appends the text of the instruction at <paramref name="at"/> and returns how many slots it takes.</summary>
    public static int Append(StringBuilder text, ReadOnlySpan<Instruction> code, int at, bool halfRegisters, bool exact)
    {
        Instruction i = code[at];
        OpcodeInfo? row = OpcodeTable.Find(i);
        bool truncated = row is { Form: OperandForm.Wide } && (at + 1 >= code.Length || (!exact && (uint)code[at + 1].ToUInt64() != 0));
        if (row is null || truncated || (!exact && !OpcodeTable.ReservedFieldsAreZero(row, i)) || i.Destination > 10 || (row.UsesSourceRegister && i.Source > 10))
        {
            AppendUnknown(text, i, exact);
            return 1;
        }

        switch (row.Form)
        {
            case OperandForm.None:
                text.Append("exit");
                break;
            case OperandForm.DstImm:
                AppendRegister(text, row.Width, i.Destination);
                text.Append(' ').Append(Syntax.SignOf(row.Operation)).Append(' ');
                AppendHex(text, i.Immediate);
                break;
            case OperandForm.DstSrc:
                AppendTwoRegisters(text, row, i);
                break;
            case OperandForm.Dst:
                AppendOneRegister(text, row, i);
                break;
            case OperandForm.Jump:
                text.Append(row.Operation == Operation.Ja ? "goto " : "may_goto ");
                AppendDistance(text, i.Offset);
                break;
            case OperandForm.JumpLong:
                text.Append("gotol ");
                AppendDistance(text, i.Immediate);
                break;
            case OperandForm.DstImmJump:
            case OperandForm.DstSrcJump:
                text.Append("if ");
                AppendRegister(text, row.Width, i.Destination);
                text.Append(' ').Append(Syntax.SignOf(row.Operation)).Append(' ');
                if (row.Form == OperandForm.DstImmJump) AppendHex(text, i.Immediate);
                else AppendRegister(text, row.Width, i.Source);
                text.Append(" goto ");
                AppendDistance(text, i.Offset);
                break;
            case OperandForm.Call:
                AppendCall(text, row, i, exact);
                break;
            case OperandForm.Register:
                text.Append(row.Operation == Operation.CallRegister ? "callx r" : "gotox r").Append(i.Destination);
                break;
            case OperandForm.Wide:
                AppendWide(text, i, code[at + 1], exact);
                return 2;
            case OperandForm.LoadMem:
                AppendRegister(text, halfRegisters && row.Operation == Operation.Load ? row.Width : 64, i.Destination);
                text.Append(" = *(").Append(row.Operation == Operation.LoadSx ? 's' : 'u').Append(row.Width).Append(" *)");
                AppendMemory(text, i.Source, i.Offset);
                break;
            case OperandForm.StoreImm:
                text.Append("*(u").Append(row.Width).Append(" *)");
                AppendMemory(text, i.Destination, i.Offset);
                text.Append(" = ");
                AppendHex(text, i.Immediate);
                break;
            case OperandForm.StoreReg:
                AppendStoreOrAtomic(text, row, i, halfRegisters);
                break;
            case OperandForm.PacketAbs:
                text.Append("r0 = *(u").Append(row.Width).Append(" *)skb[");
                AppendHex(text, i.Immediate);
                text.Append(']');
                break;
            case OperandForm.PacketInd:
                text.Append("r0 = *(u").Append(row.Width).Append(" *)skb[r").Append(i.Source);
                if (!exact && i.Immediate != 0) AppendSigned(text, i.Immediate);
                text.Append(']');
                break;
        }

        return 1;
    }

    /// <summary>Appends a signed number as <c>0x1f</c> or <c>-0x1f</c>.</summary>
    public static void AppendHex(StringBuilder text, long value)
    {
        if (value < 0) text.Append('-');
        text.Append("0x");
        ulong magnitude = value < 0 ? 0UL - (ulong)value : (ulong)value;
        int digits = 1;
        while (digits < 16 && magnitude >> (4 * digits) != 0) digits++;
        for (int d = digits - 1; d >= 0; d--) text.Append("0123456789abcdef"[(int)(magnitude >> (4 * d)) & 15]);
    }

    private static void AppendUnknown(StringBuilder text, Instruction i, bool exact)
    {
        if (exact)
        {
            text.Append("<unknown>");
            return;
        }

        text.Append(".insn ");
        AppendHex(text, i.Opcode);
        text.Append(", ").Append(i.Destination).Append(", ").Append(i.Source).Append(", ").Append(i.Offset).Append(", ").Append(i.Immediate);
    }

    private static void AppendTwoRegisters(StringBuilder text, OpcodeInfo row, Instruction i)
    {
        AppendRegister(text, row.Width, i.Destination);
        if (row.Operation == Operation.AddrSpaceCast)
        {
            text.Append(" = addr_space_cast(r").Append(i.Source).Append(", ");
            AppendHex(text, (uint)i.Immediate >> 16);
            text.Append(", ");
            AppendHex(text, i.Immediate & 0xffff);
            text.Append(')');
            return;
        }

        text.Append(' ');
        text.Append(row.Operation switch
        {
            Operation.MovSx8 => "= (s8)",
            Operation.MovSx16 => "= (s16)",
            Operation.MovSx32 => "= (s32)",
            _ => Syntax.SignOf(row.Operation),
        });
        if (row.Operation is not (Operation.MovSx8 or Operation.MovSx16 or Operation.MovSx32)) text.Append(' ');
        AppendRegister(text, row.Width, i.Source);
    }

    private static void AppendOneRegister(StringBuilder text, OpcodeInfo row, Instruction i)
    {
        if (row.Operation == Operation.Neg)
        {
            AppendRegister(text, row.Width, i.Destination);
            text.Append(" = -");
            AppendRegister(text, row.Width, i.Destination);
            return;
        }

        string name = row.Operation switch { Operation.ToLe => "le", Operation.ToBe => "be", _ => "bswap" };
        text.Append('r').Append(i.Destination).Append(" = ").Append(name).Append(row.Width).Append(" r").Append(i.Destination);
    }

    private static void AppendCall(StringBuilder text, OpcodeInfo row, Instruction i, bool exact)
    {
        text.Append("call ");
        if (exact)
        {
            AppendHex(text, i.Immediate);
            return;
        }

        switch (row.Operation)
        {
            case Operation.CallLocal:
                text.Append("pc").Append(i.Immediate < 0 ? "" : "+").Append(i.Immediate);
                break;
            case Operation.CallKfunc:
                text.Append("kernel-function#").Append(i.Immediate);
                if (i.Offset != 0) text.Append(" off=").Append(i.Offset);
                break;
            default:
                if (HelperNames.NameOf(i.Immediate) is { } name) text.Append(name).Append('#').Append(i.Immediate);
                else
                {
                    if (i.Immediate < 0) text.Append("helper "); // llvm-objdump prints a negative number only for calls within the program
                    AppendHex(text, i.Immediate);
                }

                break;
        }
    }

    private static void AppendWide(StringBuilder text, Instruction first, Instruction second, bool exact)
    {
        long value = (long)Instruction.WideImmediate(first, second);
        PseudoSource source = (PseudoSource)first.Source;
        string? reference = exact ? null : source switch
        {
            PseudoSource.MapFd when second.Immediate == 0 => $"map[fd:{first.Immediate}]",
            PseudoSource.MapValue => $"map[fd:{first.Immediate}][0]{second.Immediate:+0;-0}",
            PseudoSource.MapIndex when second.Immediate == 0 => $"map[idx:{first.Immediate}]",
            PseudoSource.MapIndexValue => $"map[idx:{first.Immediate}][0]{second.Immediate:+0;-0}",
            PseudoSource.Function when second.Immediate == 0 => $"subprog[{first.Immediate:+0;-0}]",
            PseudoSource.BtfId => second.Immediate == 0 ? $"ksym[id:{first.Immediate}]" : $"ksym[id:{first.Immediate},fd:{second.Immediate}]",
            _ => null,
        };
        if (reference is not null)
        {
            text.Append('r').Append(first.Destination).Append(" = ").Append(reference);
        }
        else if (source == PseudoSource.None)
        {
            text.Append('r').Append(first.Destination).Append(" = ");
            AppendHex(text, value);
            text.Append(" ll");
        }
        else
        {
            text.Append("ld_pseudo\tr").Append(first.Destination).Append(", ");
            AppendHex(text, first.Source);
            text.Append(", ");
            AppendHex(text, value);
        }
    }

    private static void AppendStoreOrAtomic(StringBuilder text, OpcodeInfo row, Instruction i, bool halfRegisters)
    {
        int half = row.Width == 64 ? 64 : 32;
        switch (row.Operation)
        {
            case Operation.StoreRegister:
                text.Append("*(u").Append(row.Width).Append(" *)");
                AppendMemory(text, i.Destination, i.Offset);
                text.Append(" = ");
                AppendRegister(text, halfRegisters ? half : 64, i.Source);
                break;
            case Operation.AtomicAdd or Operation.AtomicOr or Operation.AtomicAnd or Operation.AtomicXor:
                text.Append("lock *(u").Append(row.Width).Append(" *)");
                AppendMemory(text, i.Destination, i.Offset);
                text.Append(' ').Append(Syntax.AtomicSign(row.Operation)).Append(' ');
                AppendRegister(text, halfRegisters || row.Operation != Operation.AtomicAdd ? half : 64, i.Source);
                break;
            case Operation.AtomicXchg or Operation.AtomicCmpXchg:
                bool compare = row.Operation == Operation.AtomicCmpXchg;
                AppendRegister(text, half, compare ? 0 : i.Source);
                text.Append(" = ").Append(compare ? "cmpxchg" : "xchg").Append(half == 64 ? "_64(" : "32_32(");
                AppendAddress(text, i.Destination, i.Offset);
                text.Append(", ");
                if (compare)
                {
                    AppendRegister(text, half, 0);
                    text.Append(", ");
                }

                AppendRegister(text, half, i.Source);
                text.Append(')');
                break;
            case Operation.LoadAcquire:
                AppendRegister(text, half, i.Destination);
                text.Append(" = load_acquire((u").Append(row.Width).Append(" *)");
                AppendMemory(text, i.Source, i.Offset);
                text.Append(')');
                break;
            case Operation.StoreRelease:
                text.Append("store_release((u").Append(row.Width).Append(" *)");
                AppendMemory(text, i.Destination, i.Offset);
                text.Append(", ");
                AppendRegister(text, half, i.Source);
                text.Append(')');
                break;
            default:
                AppendRegister(text, half, i.Source);
                text.Append(" = atomic_fetch_").Append(Syntax.FetchName(row.Operation)).Append("((u").Append(row.Width).Append(" *)");
                AppendMemory(text, i.Destination, i.Offset);
                text.Append(", ");
                AppendRegister(text, half, i.Source);
                text.Append(')');
                break;
        }
    }

    private static void AppendRegister(StringBuilder text, int width, int register) => text.Append(width == 64 ? 'r' : 'w').Append(register);

    private static void AppendMemory(StringBuilder text, int register, int offset)
    {
        text.Append('(');
        AppendAddress(text, register, offset);
        text.Append(')');
    }

    private static void AppendAddress(StringBuilder text, int register, int offset)
    {
        text.Append('r').Append(register);
        AppendSigned(text, offset);
    }

    private static void AppendSigned(StringBuilder text, int value)
    {
        text.Append(value < 0 ? " - " : " + ");
        AppendHex(text, Math.Abs((long)value));
    }

    private static void AppendDistance(StringBuilder text, int distance)
    {
        if (distance >= 0) text.Append('+');
        AppendHex(text, distance);
    }
}
