// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Lowering.Functions;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;
using Nectar.Trace.Probes.Fallback;

namespace Nectar.Trace.Lowering;

/// <summary>What the hook gives to a program: arguments, result, registers.</summary>
internal sealed class ContextLowering(ProbeLowering probe)
{
    /// <summary>A function's first arguments in <c>struct pt_regs</c> (x86-64: rdi, rsi, rdx, rcx, r8, r9).</summary>
    private static readonly int[] s_arguments = [112, 104, 96, 88, 72, 64];

    /// <summary>A system call's arguments there (rdi, rsi, rdx, r10, r8, r9).</summary>
    private static readonly int[] s_syscallArguments = [112, 104, 96, 56, 72, 64];

    /// <summary>A system call's arguments in its event's record, 8 bytes each; or its result.</summary>
    private const int FirstField = 16;

    private const int ResultRegister = 80, StackPointer = 152, InstructionPointer = 128;

    private IrBuilder Builder => probe.Builder;

    /// <summary>The program's context; a callback gets it from the function around it.</summary>
    public Value Pointer
    {
        get
        {
            if (probe.Form.ChecksSyscall) throw new RecordNeededException();
            probe.ReadsArguments = true;
            return probe.Variables.ProgramContext();
        }
    }

    /// <summary>The space that addresses of the hook's own code are in.</summary>
    public AddressSpace Space => probe.Kind is ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt or ProbeKind.Watchpoint ? AddressSpace.User : AddressSpace.Kernel;

    /// <summary>A scalar at an offset of the context, or the bytes there.</summary>
    public Operand Load(int offset, TraceType type)
    {
        Value context = Pointer;
        // The kernel lets programs read contexts of tracepoints at multiples of the size only, and copies are made of words.
        bool isAligned = type.IsScalar ? offset % type.Size == 0 : offset % Math.Min(8, type.Size) == 0;
        if (!type.IsScalar)
        {
            return isAligned ? new Operand(OperandKind.Context, type, Builder.Offset(context, offset))
                : Operand.Remote(type with { Space = AddressSpace.Kernel }, Builder.PointerToInteger(Builder.Offset(context, offset)));
        }

        // The verifier wants to see that an iterator's pointer is not null before anything is added to it; as a number it is just an address.
        if (!isAligned || (probe.Kind == ProbeKind.Iterator && type.Kind == TypeKind.Pointer)) return probe.Memory.Read(Builder.PointerToInteger(Builder.Offset(context, offset)), type, AddressSpace.Kernel);
        return Operand.Scalar(type, Builder.Load(IrType.I64, context, type.Size, offset, type.IsSigned && type.Size < 8));
    }

    /// <summary>A register by its offset in <c>struct pt_regs</c>.</summary>
    public Value Register(int offset) => Builder.Load(IrType.I64, Pointer, 8, offset);

    /// <summary><c>argN</c>: a u64.</summary>
    public Value Argument(int number, Node where)
    {
        Replacement? replaced = probe.Probe.Targets[0].Replaces;
        number = replaced?.ArgumentOf(number) ?? number;
        if (number == Replacement.None) throw probe.Refuse(where, "the hook does not have this argument");
        switch (probe.Kind)
        {
            case ProbeKind.Tracepoint when replaced is not null:
                return OfCall(number, where);
            case ProbeKind.RawTracepoint or ProbeKind.Fentry or ProbeKind.Fexit:
                return Builder.Load(IrType.I64, Pointer, 8, number * 8);
            case ProbeKind.Usdt:
                return UsdtLowering.Argument(probe, number, where);
            case ProbeKind.Kprobe or ProbeKind.Uprobe or ProbeKind.Watchpoint or ProbeKind.Kretprobe or ProbeKind.Uretprobe:
                if (number < s_arguments.Length) return Register(s_arguments[number]);
                Value address = Builder.Binary(Op.Add, Register(StackPointer), Builder.I64((number - s_arguments.Length + 1) * 8));
                return probe.Memory.Read(address, TraceType.UInt64, Space).Value;
            default:
                throw probe.Refuse(where, $"the hook has no arg{number}");
        }
    }

    /// <summary>Stack argument of the caller: <c>sargN</c>.</summary>
    public Value StackArgument(int number) =>
        probe.Memory.Read(Builder.Binary(Op.Add, Register(StackPointer), Builder.I64((number + 1) * 8)), TraceType.UInt64, Space).Value;

    public Value Instruction() => Register(InstructionPointer);

    /// <summary><c>retval</c>: a u64, extended by whoever knows its type.</summary>
    public Value Result(Node where)
    {
        switch (probe.Kind)
        {
            case ProbeKind.Tracepoint when probe.Form.ChecksSyscall:
                return Builder.Load(IrType.I64, probe.Variables.ProgramContext(), 8, 8);
            case ProbeKind.Tracepoint:
                return Builder.Load(IrType.I64, Pointer, 8, FirstField);
            case ProbeKind.RawTracepoint when probe.Probe.Targets[0].Replaces is { Result: >= 0 and var result }:
                return Builder.Load(IrType.I64, Pointer, 8, result * 8);
            case ProbeKind.Fexit:
                // Behind the arguments; the helper knows how many there are.
                const int GetFunctionResult = 184;
                Value slot = probe.Memory.Slot("(retval)");
                Builder.Store(slot, Builder.I64(0), 8);
                probe.Call(GetFunctionResult, Pointer, slot);
                return Builder.Load(IrType.I64, slot, 8);
            case ProbeKind.Kretprobe or ProbeKind.Uretprobe:
                return Register(ResultRegister);
            default:
                throw probe.Refuse(where, "the hook has no result");
        }
    }

    /// <summary><c>args.name</c>; null if <c>args</c> is an ordinary struct in memory.</summary>
    public Operand? Field(FieldAccess access)
    {
        if (access.Path.Length == 0) return null;
        StructField first = access.Path[0];
        if (first.Argument < 0 && probe.Kind is not (ProbeKind.Tracepoint or ProbeKind.Iterator)) return null;
        Operand value = first.IsDataLocation ? Located(first, access) : first.Argument >= 0 ? OfArgument(first, access.Path.Length == 1 && access.Type.Kind != TypeKind.None ? access.Type : first.Type, access) : First(access);
        return value;
    }

    private Operand First(FieldAccess access)
    {
        if (probe.Form.ChecksSyscall && access.Path.Length == 1) return OfSyscall(access.Path[0], access);
        Operand context = new(OperandKind.Context, TraceType.UInt64, Pointer);
        return AccessLowering.Follow(probe, context, access.Path, access.Type);
    }

    /// <summary>A field of a system call's event: argument N is at 16 + 8 N of the record, and so is the result.</summary>
    private Operand OfSyscall(StructField field, FieldAccess access)
    {
        const int NumberField = 8;
        bool isExit = SyscallEvents.Find(probe.Probe.Targets[0])!.Value.IsExit;
        Value value;
        if (field.Offset == NumberField) value = HookFilter.SyscallNumber(probe);
        else if (field.Offset < FirstField || !field.Type.IsScalar) throw new RecordNeededException();
        else if (isExit) value = Builder.Load(IrType.I64, probe.Variables.ProgramContext(), 8, 8);
        else value = HookFilter.FromRegisters(probe, s_syscallArguments[(field.Offset - FirstField) / 8]);
        TraceType type = access.Type.Kind == TypeKind.None ? field.Type : access.Type;
        return Operand.Scalar(type, probe.Conversions.Extend(value, type));
    }

    /// <summary>An argument of a system call, or the registers that it was entered with.</summary>
    private Value OfCall(int number, Node where)
    {
        if (probe.Form.ChecksSyscall)
            return number == Replacement.Registers ? Builder.Load(IrType.I64, probe.Variables.ProgramContext(), 8, 0) : HookFilter.FromRegisters(probe, s_syscallArguments[number]);
        if (number == Replacement.Registers) return Builder.PointerToInteger(probe.Call("bpf_task_pt_regs", probe.Call("bpf_get_current_task_btf")));
        if (SyscallEvents.Find(probe.Probe.Targets[0])!.Value.IsExit) throw probe.Refuse(where, "the hook does not have this argument");
        return Builder.Load(IrType.I64, Pointer, 8, FirstField + (number * 8));
    }

    /// <summary><c>args</c> itself.</summary>
    public Operand Arguments(CallSite site)
    {
        TraceType type = site.Type with { Space = AddressSpace.None, IsContext = false };
        if (type.Struct is not { Fields: [{ Argument: >= 0 }, ..] fields }) return new Operand(OperandKind.Context, type, Pointer);

        // Arguments are in registers: the struct is put together here.
        Value to = probe.Memory.Allocate(type.Size);
        probe.Conversions.Clear(to, type.Size);
        foreach (StructField field in fields)
        {
            if (field.Type.Size > 0) probe.Conversions.Into(OfArgument(field, field.Type, site.Node), Builder.Offset(to, field.Offset), field.Type);
        }

        return Operand.Memory(type, to);
    }

    private Operand OfArgument(StructField first, TraceType type, Node where)
    {
        AddressSpace space = first.Type.Space != AddressSpace.None ? first.Type.Space : Space;
        if (!type.IsScalar && first.Type.Size > 8) return Large(first, type);
        Value register = first.Name == "$retval" ? Result(where) : Argument(first.Argument, where);
        if (!type.IsScalar) return Operand.Memory(type, Kept(register));
        if (type.Kind == TypeKind.Pointer && type.Space == AddressSpace.None) type = type with { Space = space };
        return Operand.Scalar(type, type.Kind == TypeKind.Boolean ? Builder.ZeroExtend(register, 1, IrType.I64) : probe.Conversions.Extend(register, type));
    }

    /// <summary>A struct by value: in words of the context one behind the other, in two registers, or on the stack.</summary>
    private Operand Large(StructField first, TraceType type)
    {
        if (probe.Kind != ProbeKind.Uprobe) return Operand.Remote(type with { Space = AddressSpace.Kernel }, Builder.PointerToInteger(Builder.Offset(Pointer, first.Argument * 8)));
        if (first.Argument >= s_arguments.Length)
            return Operand.Remote(type with { Space = AddressSpace.User }, Builder.Binary(Op.Add, Register(StackPointer), Builder.I64((first.Argument - s_arguments.Length + 1) * 8)));
        Value pair = probe.Memory.Allocate(16);
        Builder.Store(pair, Register(s_arguments[first.Argument]), 8);
        Builder.Store(pair, Register(s_arguments[first.Argument + 1]), 8, 8);
        return Operand.Memory(type with { Space = AddressSpace.None }, pair);
    }

    private Value Kept(Value register)
    {
        Value slot = probe.Memory.Slot("(argument)");
        Builder.Store(slot, register, 8);
        return slot;
    }

    /// <summary>Data of varying length at the event's end: 16 bits of offset, 16 of length.</summary>
    private Operand Located(StructField field, FieldAccess access)
    {
        Value distance = Builder.Binary(Op.And, Builder.Load(IrType.I64, Pointer, 4, field.Offset), Builder.I64(0xffff));
        if (field.IsRelativeLocation) distance = Builder.Binary(Op.Add, distance, Builder.I64(field.Offset + 4));
        Value address = Builder.Binary(Op.Add, Builder.PointerToInteger(Pointer), distance);
        TraceType type = access.Type.Kind == TypeKind.None ? field.Type : access.Type;
        if (type.IsScalar) return Operand.Scalar(type, address); // a pointer to the data, or the address as a number
        if (type.Kind != TypeKind.String) return Operand.Remote(type with { Space = AddressSpace.Kernel }, address);
        Value to = probe.Memory.Allocate(type.Size);
        probe.Conversions.Clear(to, type.Size);
        Value length = probe.Call(Helper.ProbeReadKernelString, to, Builder.I64(type.Size), address);
        probe.CheckHelper(length, "probe_read_kernel_str", access, LossCause.ReadFailed);
        Functions.Strings.CountCut(probe, length, type.Size, address, AddressSpace.Kernel, LossCause.TextCut);
        return Operand.Memory(type with { Space = AddressSpace.None }, to);
    }
}
