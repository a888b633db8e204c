// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

using Block = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>What the code of many functions is made of.</summary>
internal static class Emission
{
    /// <summary>The result in a register, extended as the call's type says.</summary>
    public static Operand Scalar(this ProbeLowering probe, CallSite site, Value value) => Operand.Scalar(site.Type, probe.Extend(value, site.Type));

    /// <summary>An I64 as a type of fewer bytes would hold it.</summary>
    public static Value Extend(this ProbeLowering probe, Value value, TraceType type)
    {
        if (type.Kind == TypeKind.Integer && type.Size is 1 or 2 or 4)
            return type.IsSigned ? probe.Builder.SignExtend(value, type.Size, IrType.I64) : probe.Builder.ZeroExtend(value, type.Size, IrType.I64);
        return value;
    }

    /// <summary>A comparison's result (I32) as a truth value of the language.</summary>
    public static Value Truth(this ProbeLowering probe, Value condition) => probe.Builder.ZeroExtend(condition, 4, IrType.I64);

    /// <summary>Memory for a result: not zeroed.</summary>
    public static Value Temporary(this ProbeLowering probe, int size) => probe.Memory.Allocate(size);

    public static void Zero(this ProbeLowering probe, Value memory, int size)
    {
        if (size > 0) probe.Builder.MemorySet(memory, probe.Builder.I32(0), size);
    }

    /// <summary>A value that changes in loops; becomes a register.</summary>
    public static Value Variable(this ProbeLowering probe, Value start, string name)
    {
        Value slot = probe.Memory.Slot(name);
        probe.Builder.Store(slot, start, 8);
        return slot;
    }

    public static Value Get(this ProbeLowering probe, Value slot) => probe.Builder.Load(IrType.I64, slot, 8);

    public static void Set(this ProbeLowering probe, Value slot, Value value) => probe.Builder.Store(slot, value, 8);

    /// <summary>The smaller of two numbers without a sign; the verifier knows the bound afterwards.</summary>
    public static Value AtMost(this ProbeLowering probe, Value value, long most)
    {
        if (value.IsConstant) return probe.Number(value.Immediate >= 0 && value.Immediate < most ? value.Immediate : most);
        return probe.Choose(probe.Builder.Compare(Op.GreaterUnsigned, value, probe.Number(most)), () => probe.Number(most), () => value);
    }

    /// <summary>Runs code for 0, 1, … up to a number: a loop that the verifier walks.</summary>
    /// <param name="probe">The program.</param>
    /// <param name="count">How often at most.</param>
    /// <param name="body">Gets the index and the block to go to when it is done early.</param>
    public static void Repeat(this ProbeLowering probe, Value count, Action<Value, Block> body)
    {
        IrBuilder code = probe.Builder;
        Value slot = probe.Variable(probe.Number(0), "(index)");
        Block head = probe.NewBlock(), turn = probe.NewBlock(), after = probe.NewBlock();
        code.Jump(head);
        code.Block = head;
        Value index = probe.Get(slot);
        code.Branch(code.Compare(Op.LessUnsigned, index, count), turn, after);
        code.Block = turn;
        body(index, after);
        if (!code.IsTerminated)
        {
            probe.Set(slot, code.Binary(Op.Add, index, probe.Number(1)));
            code.Jump(head);
        }

        code.Block = after;
    }

    /// <summary>A helper takes pointers whose types the verifier knows: raw tracepoints have programs with and without.</summary>
    public static void NeedTypes(this ProbeLowering probe, CallSite site)
    {
        if (probe.Kind != ProbeKind.RawTracepoint || probe.Form.Type == ProgramType.Tracing) return;
        if (probe.Probe.Targets.Length > 1) throw probe.Refuse(site.Node, $"{site.Name}() takes one raw tracepoint a probe", "help: write a probe for each");
        throw new RecordNeededException();
    }

    /// <summary>A constant that the binder found, if there is one.</summary>
    public static long? ConstantOf(this Expression expression) => expression.Constant is IntegerConstant constant ? constant.Bits : null;

    public static string? TextOf(this Expression expression) => expression.Constant is StringConstant constant ? constant.Text : (expression as StringLiteral)?.Value;

    /// <summary>Where the bytes are that an argument means: a pointer's target, an array, a text.</summary>
    /// <returns>The address as helpers that read memory take it, and whose memory it is of.</returns>
    public static (Value Address, AddressSpace Space) AddressOf(this ProbeLowering probe, Expression argument)
    {
        Operand operand = probe.Lower(argument);
        return operand.Kind is OperandKind.Scalar or OperandKind.Remote ? (operand.Value, operand.Type.Space) : (operand.Value, AddressSpace.Kernel);
    }

    /// <summary>The helper that reads bytes of an address space.</summary>
    public static int ReadHelper(AddressSpace space) => space switch
    {
        AddressSpace.User => Helper.ProbeReadUser,
        AddressSpace.Kernel => Helper.ProbeReadKernel,
        _ => Helper.ProbeRead,
    };

    /// <summary>The helper that reads text of an address space.</summary>
    public static int ReadStringHelper(AddressSpace space) => space switch
    {
        AddressSpace.User => Helper.ProbeReadUserString,
        AddressSpace.Kernel => Helper.ProbeReadKernelString,
        _ => Helper.ProbeReadString,
    };

    /// <summary>Reads bytes wherever they are; zero where they cannot be read, which is counted.</summary>
    public static Value ReadBytes(this ProbeLowering probe, Value to, Value size, Value from, AddressSpace space, Node where)
    {
        int helper = ReadHelper(space);
        Value result = probe.Call(helper, to, size, from);
        probe.CheckRead(result, helper, where);
        return result;
    }

    /// <summary>Counts a failed read; tells of it only where the script asked for every failure (<c>-kk</c>).</summary>
    public static void CheckRead(this ProbeLowering probe, Value result, int helper, Node where) =>
        probe.CheckHelper(result, HelperTargets.Find(helper)!.Name, where, LossCause.ReadFailed);

    /// <summary>An expression over another, as the binder would have made it: a field by name.</summary>
    public static FieldAccess Field(Expression target, string name)
    {
        StructType? of = target.Type.Struct ?? target.Type.Element?.Struct;
        StructField[] path = of?.Find(name) ?? throw new InvalidOperationException($"'{of?.Name}' has no field '{name}'");
        TraceType type = path[^1].Type;
        AddressSpace space = target.Type.Space == AddressSpace.None ? AddressSpace.Kernel : target.Type.Space;
        return new FieldAccess { Target = target, Name = name, Path = path, Span = target.Span, Type = type.Kind is TypeKind.Pointer or TypeKind.Struct or TypeKind.Array ? type with { Space = space } : type };
    }
}
