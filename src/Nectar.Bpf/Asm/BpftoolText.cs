// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Asm;

/// <summary>Spells one instruction as the kernel does (kernel/bpf/disasm.c of Linux 6.18: verifier log, <c>bpftool prog dump xlated</c>), opcode first.</summary>
internal static class BpftoolText
{
    /// <summary>Appends the text of the instruction at <paramref name="at"/> and returns how many slots it takes.</summary>
    public static int Append(StringBuilder text, ReadOnlySpan<Instruction> code, int at)
    {
        Instruction i = code[at];
        text.Append('(').Append(i.Opcode.ToString("x2", CultureInfo.InvariantCulture)).Append(") ");
        OpcodeInfo? row = OpcodeTable.Find(i);
        if (row is null || (row.Form == OperandForm.Wide && at + 1 >= code.Length))
        {
            string cls = i.Class switch { InstructionClass.Ld => "ld_", InstructionClass.Ldx => "ldx_", InstructionClass.St => "st_", _ => "" };
            text.Append(CultureInfo.InvariantCulture, $"BUG_{cls}{i.Opcode:x2}");
            return 1;
        }

        char r = row.Width == 32 ? 'w' : 'r';
        int dst = i.Destination, src = i.Source, off = i.Offset, imm = i.Immediate;
        string sign = row.Form is OperandForm.DstImm or OperandForm.DstSrc or OperandForm.DstImmJump or OperandForm.DstSrcJump ? Sign(row.Operation) : "";
        _ = row.Form switch
        {
            OperandForm.None => text.Append("exit"),
            OperandForm.DstImm => text.Append(CultureInfo.InvariantCulture, $"{r}{dst} {sign} {imm}"),
            OperandForm.DstSrc when row.Operation == Operation.AddrSpaceCast =>
                text.Append(CultureInfo.InvariantCulture, $"r{dst} = addr_space_cast(r{src}, {(uint)imm >> 16}, {imm & 0xffff})"),
            OperandForm.DstSrc => text.Append(CultureInfo.InvariantCulture, $"{r}{dst} {sign} {Cast(row.Operation)}{r}{src}"),
            OperandForm.Dst when row.Operation == Operation.Neg => text.Append(CultureInfo.InvariantCulture, $"{r}{dst} = -{r}{dst}"),
            OperandForm.Dst => text.Append(CultureInfo.InvariantCulture, $"r{dst} = {Swap(row.Operation)}{row.Width} r{dst}"),
            OperandForm.Jump => text.Append(CultureInfo.InvariantCulture, $"{(row.Operation == Operation.Ja ? "goto" : "may_goto")} pc{off:+0;-0}"),
            OperandForm.JumpLong => text.Append(CultureInfo.InvariantCulture, $"gotol pc{imm:+0;-0}"),
            OperandForm.DstImmJump => text.Append(CultureInfo.InvariantCulture, $"if {r}{dst} {sign} 0x{imm:x} goto pc{off:+0;-0}"),
            OperandForm.DstSrcJump => text.Append(CultureInfo.InvariantCulture, $"if {r}{dst} {sign} {r}{src} goto pc{off:+0;-0}"),
            OperandForm.Call => AppendCall(text, row, i),
            OperandForm.Register => text.Append(CultureInfo.InvariantCulture, $"{(row.Operation == Operation.CallRegister ? "callx" : "gotox")} r{dst}"),
            OperandForm.Wide => AppendWide(text, i, code[at + 1]),
            OperandForm.LoadMem => text.Append(CultureInfo.InvariantCulture, $"r{dst} = *({(row.Operation == Operation.LoadSx ? 's' : 'u')}{row.Width} *)(r{src} {off:+0;-0})"),
            OperandForm.StoreImm => text.Append(CultureInfo.InvariantCulture, $"*(u{row.Width} *)(r{dst} {off:+0;-0}) = {imm}"),
            OperandForm.StoreReg => AppendStoreOrAtomic(text, row, i),
            OperandForm.PacketAbs => text.Append(CultureInfo.InvariantCulture, $"r0 = *(u{row.Width} *)skb[{imm}]"),
            _ => text.Append(CultureInfo.InvariantCulture, $"r0 = *(u{row.Width} *)skb[r{src} + {imm}]"),
        };
        return row.Form == OperandForm.Wide ? 2 : 1;
    }

    private static string Sign(Operation operation) =>
        operation is Operation.MovSx8 or Operation.MovSx16 or Operation.MovSx32 or Operation.AddrSpaceCast ? "=" : Syntax.SignOf(operation);

    private static string Cast(Operation operation) => operation switch
    {
        Operation.MovSx8 => "(s8)",
        Operation.MovSx16 => "(s16)",
        Operation.MovSx32 => "(s32)",
        _ => "",
    };

    private static string Swap(Operation operation) => operation switch { Operation.ToLe => "le", Operation.ToBe => "be", _ => "bswap" };

    private static StringBuilder AppendCall(StringBuilder text, OpcodeInfo row, Instruction i) => row.Operation switch
    {
        Operation.CallLocal => text.Append(CultureInfo.InvariantCulture, $"call pc{i.Immediate:+0;-0}"),
        Operation.CallKfunc => text.Append(CultureInfo.InvariantCulture, $"call kernel-function#{i.Immediate}"),
        _ => text.Append(CultureInfo.InvariantCulture, $"call {HelperNames.NameOf(i.Immediate) ?? "unknown"}#{i.Immediate}"),
    };

    private static StringBuilder AppendWide(StringBuilder text, Instruction first, Instruction second) => (PseudoSource)first.Source switch
    {
        PseudoSource.MapFd => text.Append(CultureInfo.InvariantCulture, $"r{first.Destination} = map[id:{first.Immediate}]"),
        PseudoSource.MapValue => text.Append(CultureInfo.InvariantCulture, $"r{first.Destination} = map[id:{first.Immediate}][0]+{second.Immediate}"),
        PseudoSource.MapIndexValue => text.Append(CultureInfo.InvariantCulture, $"r{first.Destination} = map[idx:{first.Immediate}]+{second.Immediate}"),
        PseudoSource.Function => text.Append(CultureInfo.InvariantCulture, $"r{first.Destination} = subprog[{first.Immediate:+0;-0}]"),
        _ => text.Append(CultureInfo.InvariantCulture, $"r{first.Destination} = 0x{Instruction.WideImmediate(first, second):x}"),
    };

    private static StringBuilder AppendStoreOrAtomic(StringBuilder text, OpcodeInfo row, Instruction i)
    {
        int dst = i.Destination, src = i.Source;
        string wide = row.Width == 64 ? "64" : "";
        string memory = string.Create(CultureInfo.InvariantCulture, $"(u{row.Width} *)(r{(row.Operation == Operation.LoadAcquire ? src : dst)} {i.Offset:+0;-0})");
        return row.Operation switch
        {
            Operation.StoreRegister => text.Append(CultureInfo.InvariantCulture, $"*{memory} = r{src}"),
            Operation.AtomicAdd or Operation.AtomicOr or Operation.AtomicAnd or Operation.AtomicXor =>
                text.Append(CultureInfo.InvariantCulture, $"lock *{memory} {Syntax.AtomicSign(row.Operation)} r{src}"),
            Operation.AtomicXchg => text.Append(CultureInfo.InvariantCulture, $"r{src} = atomic{wide}_xchg({memory}, r{src})"),
            Operation.AtomicCmpXchg => text.Append(CultureInfo.InvariantCulture, $"r0 = atomic{wide}_cmpxchg({memory}, r0, r{src})"),
            Operation.LoadAcquire => text.Append(CultureInfo.InvariantCulture, $"r{dst} = load_acquire({memory})"),
            Operation.StoreRelease => text.Append(CultureInfo.InvariantCulture, $"store_release({memory}, r{src})"),
            _ => text.Append(CultureInfo.InvariantCulture, $"r{src} = atomic{wide}_fetch_{Syntax.FetchName(row.Operation)}({memory}, r{src})"),
        };
    }
}
