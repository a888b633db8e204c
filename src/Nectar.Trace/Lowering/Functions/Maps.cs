// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Functions of maps: elements are handled here and now, whole maps by user space when it reads the record.</summary>
internal static class Maps
{
    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Of("delete", Delete),
        FunctionEntry.Of("has_key", HasKey),
        FunctionEntry.Of("find", FindValue),
        FunctionEntry.Of("len", Count),
        FunctionEntry.Of("clear", (probe, site) => Send(probe, site, map => new ClearMapAction(map))),
        FunctionEntry.Of("zero", (probe, site) => Send(probe, site, map => new ZeroMapAction(map))),
    ];

    private static TraceMap MapOf(ProbeLowering probe, CallSite site) => MapLowering.MapOf(site[0]) ?? throw probe.Refuse(site[0], $"{site.Name}() expects a map");

    private static Value Find(ProbeLowering probe, CallSite site)
    {
        TraceMap map = MapOf(probe, site);
        return probe.Maps.Find(map, Key(probe, site, map));
    }

    private static Value? Key(ProbeLowering probe, CallSite site, TraceMap map) => site.Count > 1 ? probe.Maps.Key(map, site[1]) : probe.Maps.KeyOf(site[0]);

    private static Value IsThere(ProbeLowering probe, Value element) => probe.Builder.Compare(Op.NotEqual, element, probe.Builder.Null());

    private static Operand HasKey(ProbeLowering probe, CallSite site)
    {
        TraceMap map = MapOf(probe, site);
        Value element = Find(probe, site);
        if (!map.IsScalar) return probe.Scalar(site, probe.Truth(IsThere(probe, element)));
        if (!probe.Maps.Storage(map).IsPerCpu) return probe.Scalar(site, probe.Maps.IsSet(map, element));
        return probe.Scalar(site, probe.Choose(IsThere(probe, element), () => probe.Maps.IsSet(map, element), () => probe.Number(0)));
    }

    /// <summary>True if the element was there. A scalar has one element, which is set to zero.</summary>
    private static Operand Delete(ProbeLowering probe, CallSite site)
    {
        TraceMap map = MapOf(probe, site);
        if (map.IsScalar)
        {
            TraceType type = site.Type.IsScalar ? site.Type : TraceType.Boolean;
            if (probe.Maps.Storage(map).IsPerCpu)
            {
                probe.Send(new ClearMapAction(map) { Where = site.Node.Span.ToSourceSpan() });
                return probe.Number(type, 1);
            }

            Value at = probe.Maps.Find(map, null);
            Value wasSet = probe.Maps.IsSet(map, at);
            probe.Maps.Unset(map, at);
            return Operand.Scalar(type, wasSet);
        }

        Value result = probe.Call(Helper.MapDelete, probe.Maps.Address(map), Key(probe, site, map)!);
        Value isDone = probe.Truth(probe.Builder.Compare(Op.Equal, result, probe.Number(0)));
        return site.Type.IsScalar ? Operand.Scalar(site.Type, isDone) : Operand.Scalar(TraceType.Boolean, isDone);
    }

    /// <summary>One look-up for the question and the value.</summary>
    private static Operand FindValue(ProbeLowering probe, CallSite site)
    {
        TraceMap map = MapOf(probe, site);
        VariableSymbol variable = (site[2] as VariableReference)?.Symbol ?? throw probe.Refuse(site[2], "find() expects a variable as its third argument");
        Value element = Find(probe, site);
        Value isThere = probe.Truth(IsThere(probe, element));
        if (!probe.Variables.IsKnown(variable)) probe.Variables.Declare(variable);
        probe.When(IsThere(probe, element), () => probe.Variables.Write(variable, probe.Memory.Load(element, map.ValueType)));
        return probe.Scalar(site, isThere);
    }

    /// <summary>Elements of a map: all are gone through by <c>bpf_for_each_map_elem</c> (5.13), which counts. Frames of a stack.</summary>
    private static Operand Count(ProbeLowering probe, CallSite site)
    {
        if (MapLowering.MapOf(site[0]) is not { } map || site[0] is not MapReference || map.ValueType.Kind is TypeKind.KernelStack or TypeKind.UserStack && map.IsScalar)
            return probe.Scalar(site, Stacks.Depth(probe, site[0]));
        IrFunction turn = probe.Script.Function("count_element", name =>
        {
            IrFunction function = new(name, IrType.I64);
            IrBuilder code = new(function);
            for (int i = 0; i < 4; i++) code.Parameter(IrType.Pointer);
            code.Return(code.I64(0));
            return function;
        });
        Value count = probe.Call(Helper.ForEachMapElement, probe.Maps.Address(map), probe.Builder.FunctionAddress(turn), probe.Builder.Null(), probe.Number(0));
        return probe.Scalar(site, count);
    }

    private static Operand Send(ProbeLowering probe, CallSite site, Func<TraceMap, TraceAction> make)
    {
        probe.Send(make(MapOf(probe, site)) with { Where = site.Node.Span.ToSourceSpan() });
        return Operand.Nothing;
    }
}
