// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Globalization;
using Nectar.Compiler.Ir;
using Nectar.Linux.Symbols.Kernel;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>What the hook gives and what it is called.</summary>
internal static class Hooks
{
    private const int CodeSegmentUser = 3;

    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Of("args", (probe, site) => probe.Hook.Arguments(site)),
        FunctionEntry.Of("retval", (probe, site) => probe.Scalar(site, probe.Hook.Result(site.Node))),
        FunctionEntry.Of("ctx", (probe, site) => Operand.Scalar(site.Type, probe.Builder.PointerToInteger(probe.Hook.Pointer))),
        FunctionEntry.Of("reg", (probe, site) => probe.Scalar(site, RegisterValues.Read(probe, site[0].TextOf() ?? "", site.Node))),
        FunctionEntry.Of("usermode", (probe, site) => probe.Scalar(site, InUserMode(probe, site))),
        FunctionEntry.Of("func", Function),
        FunctionEntry.Of("probe", (probe, site) => Name(probe, site, target => target.Name)),
        FunctionEntry.Of("probetype", (probe, site) => Text(probe, site, TypeName(probe.Kind))),
        .. Enumerable.Range(0, 12).Select(n => FunctionEntry.Of(string.Create(CultureInfo.InvariantCulture, $"arg{n}"), (probe, site) => probe.Scalar(site, probe.Hook.Argument(n, site.Node)))),
        .. Enumerable.Range(0, 10).Select(n => FunctionEntry.Of(string.Create(CultureInfo.InvariantCulture, $"sarg{n}"), (probe, site) => probe.Scalar(site, probe.Hook.StackArgument(n)))),
    ];

    /// <summary>The index of the hook's name in the plan's strings.</summary>
    public static Value NameIndex(ProbeLowering probe) =>
        OfTarget(probe, [.. probe.Probe.Targets.Select(target => (long)probe.Script.AddString(target.Name))]);

    /// <summary>A number for each of the program's hooks: the one of the hook that it runs at.</summary>
    public static Value OfTarget(ProbeLowering probe, long[] numbers)
    {
        if (Array.TrueForAll(numbers, number => number == numbers[0])) return probe.Number(numbers[0]);
        byte[] table = new byte[numbers.Length * sizeof(long)];
        for (int i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(i * sizeof(long)), numbers[i]);
        IrBuilder code = probe.Builder;
        return code.Load(IrType.I64, code.PointerAdd(probe.Constant(table), code.Binary(Op.ShiftLeft, TargetIndex(probe), probe.Number(3))), 8);
    }

    /// <summary>Which of the program's hooks it runs at: the cookie that it was attached with (5.15; raw tracepoints 6.10).</summary>
    private static Value TargetIndex(ProbeLowering probe)
    {
        if (probe.Form.ChecksSyscall) return HookFilter.TargetIndex(probe);
        int count = probe.Probe.Targets.Length;
        if (probe.Cookies.Count == 0)
        {
            for (int i = 0; i < count; i++) probe.Cookies.Add((ulong)i);
        }

        Value cookie = UsdtLowering.Cookie(probe);
        return probe.AtMost(probe.Kind == ProbeKind.Usdt ? probe.Builder.ZeroExtend(cookie, 4, IrType.I64) : cookie, count - 1);
    }

    private static Operand Name(ProbeLowering probe, CallSite site, Func<ProbeTarget, string> nameOf)
    {
        if (probe.Probe.Targets.Length == 1) return Text(probe, site, nameOf(probe.Probe.Targets[0]));

        // one text of the same size for each hook
        int size = Math.Max(site.Type.Size, 1);
        byte[] table = new byte[size * probe.Probe.Targets.Length];
        for (int i = 0; i < probe.Probe.Targets.Length; i++) Write(table.AsSpan(i * size, size), nameOf(probe.Probe.Targets[i]));
        IrBuilder code = probe.Builder;
        return Operand.Memory(TraceType.String(size), code.PointerAdd(probe.Constant(table), code.Binary(Op.Multiply, TargetIndex(probe), probe.Number(size))));
    }

    private static Operand Text(ProbeLowering probe, CallSite site, string text)
    {
        byte[] bytes = new byte[site.Type.Kind == TypeKind.String && site.Type.Size > 0 ? site.Type.Size : ScriptText.Encode(text).Length + 1];
        Write(bytes, text);
        return Operand.Memory(TraceType.String(bytes.Length), probe.Constant(bytes));
    }

    private static void Write(Span<byte> to, string text)
    {
        byte[] utf8 = ScriptText.Encode(text);
        utf8.AsSpan(0, Math.Min(utf8.Length, to.Length - 1)).CopyTo(to);
    }

    /// <summary>The function's address: registers have it at entries (also inside functions), the kernel where they do not (5.17; uprobes 6.6).</summary>
    private static Operand Function(ProbeLowering probe, CallSite site)
    {
        if (site.Type.Kind == TypeKind.String) return Name(probe, site, target => target.Function);
        Value address = probe.Kind is ProbeKind.Tracepoint or ProbeKind.RawTracepoint ? OfTarget(probe, [.. probe.Probe.Targets.Select(Replaced)]) : probe.Kind is ProbeKind.Kprobe or ProbeKind.Uprobe ? probe.Hook.Instruction() : probe.Call("bpf_get_func_ip", probe.Variables.ProgramContext());
        Value memory = probe.Temporary(site.Type.Size);
        if (site.Type.Kind == TypeKind.UserSymbol) Symbols.WriteUser(probe, memory, address);
        else probe.Builder.Store(memory, address, 8);
        return Operand.Memory(site.Type, memory);
    }

    /// <summary>The function that a tracepoint stands for; 0 where the kernel keeps addresses to itself.</summary>
    private static long Replaced(ProbeTarget target) => KernelSymbols.Shared.Find(target.Replaces!.Asked.Function) is [var symbol, ..] ? (long)symbol.Address : 0;

    private static Value InUserMode(ProbeLowering probe, CallSite site)
    {
        IrBuilder code = probe.Builder;
        Value level = code.Binary(Op.And, RegisterValues.Read(probe, "cs", site.Node), probe.Number(CodeSegmentUser));
        return probe.Truth(code.Compare(Op.Equal, level, probe.Number(CodeSegmentUser)));
    }

    /// <summary>What <c>probetype</c> gives.</summary>
    public static string TypeName(ProbeKind kind) => kind switch
    {
        ProbeKind.Begin or ProbeKind.End or ProbeKind.Self => "special",
        ProbeKind.Iterator => "iter",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
