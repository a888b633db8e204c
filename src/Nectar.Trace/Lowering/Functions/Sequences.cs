// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>What the kernel itself formats: the file of an iterator (<c>bpf_seq_printf</c>, 5.7), the trace pipe (<c>bpf_trace_vprintk</c>, 5.16).</summary>
internal static class Sequences
{
    /// <summary>MAX_BPRINTF_VARARGS of the kernel.</summary>
    private const int MostValues = 12;

    /// <summary><c>printf</c> of iterators.</summary>
    public static Operand Print(ProbeLowering probe, CallSite site)
    {
        IrBuilder code = probe.Builder;
        (Value format, int formatSize, Value values, int size) = Values(probe, site);

        // struct bpf_iter__*: the first field is the pointer to bpf_iter_meta, whose first field is the file
        Value meta = code.Load(IrType.Pointer, probe.Hook.Pointer, 8);
        Value file = code.Load(IrType.Pointer, meta, 8);
        probe.CheckHelper(probe.Call("bpf_seq_printf", file, format, probe.Number(formatSize), values, probe.Number(size)), "bpf_seq_printf", site.Node);
        return Operand.Nothing;
    }

    /// <summary><c>debugf</c>.</summary>
    public static Operand Trace(ProbeLowering probe, CallSite site)
    {
        (Value format, int formatSize, Value values, int size) = Values(probe, site);
        probe.Call("bpf_trace_vprintk", format, probe.Number(formatSize), values, probe.Number(size));
        return Operand.Nothing;
    }

    private static (Value Format, int FormatSize, Value Values, int Size) Values(ProbeLowering probe, CallSite site)
    {
        int count = site.Count - 1;
        if (count > MostValues) throw probe.Refuse(site[MostValues + 1], "the kernel formats at most 12 values at once", "help: write two calls");
        byte[] format = ScriptText.Encode((site[0].TextOf() ?? "") + "\0");
        if (count == 0) return (probe.Constant(format), format.Length, probe.Builder.Null(), 0);
        Value[] made = [.. site.Arguments.Skip(1).Select(value => Number(probe, value))];
        Value values = probe.Temporary(count * sizeof(ulong));
        for (int i = 0; i < count; i++) probe.Builder.Store(values, made[i], sizeof(ulong), i * sizeof(ulong));
        return (probe.Constant(format), format.Length, values, count * sizeof(ulong));
    }

    /// <summary>A number, or the address of text.</summary>
    private static Value Number(ProbeLowering probe, Expression value)
    {
        Operand operand = probe.Lower(value);
        if (operand.IsScalar) return operand.Value;
        if (operand.Type.Kind is TypeKind.KernelSymbol) return probe.Builder.Load(IrType.I64, operand.Value, 8);
        return operand.Kind == OperandKind.Remote ? operand.Value : probe.Builder.PointerToInteger(operand.Value);
    }
}
