// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Runtime.Lookup;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Clocks, and times that are formatted when they are printed.</summary>
internal static class Times
{
    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Of("nsecs", (probe, site) => probe.Scalar(site, Nanoseconds(probe, ClockOf(site)))),
        FunctionEntry.Of("elapsed", (probe, site) =>
            probe.Scalar(site, probe.Builder.Binary(Op.Subtract, Nanoseconds(probe, ClockKind.Boot), Processes.Setting(probe, TracePlan.StartName, 0)))),
        FunctionEntry.Of("jiffies", (probe, site) => probe.Scalar(site, probe.Call("bpf_jiffies64"))),
        FunctionEntry.Bytes("strftime", WriteTimestamp),
        FunctionEntry.Of("time", (probe, site) =>
        {
            probe.Send(new TimeAction(site.Count > 0 ? site[0].TextOf() ?? "" : "%H:%M:%S\n") { Where = site.Node.Span.ToSourceSpan() });
            return Operand.Nothing;
        }),
    ];

    /// <summary>Nanoseconds of a clock: <c>boot</c> needs 5.8 (before that it is <c>monotonic</c>), <c>tai</c> 6.1.</summary>
    public static Value Nanoseconds(ProbeLowering probe, ClockKind clock) => clock switch
    {
        ClockKind.Monotonic => probe.Call(Helper.KtimeGetNs),
        ClockKind.Tai => probe.Call("bpf_ktime_get_tai_ns"),
        ClockKind.SoftwareTai => probe.Builder.Binary(Op.Add, Nanoseconds(probe, ClockKind.Boot), probe.Script.Options.Portable ? Processes.Setting(probe, TracePlan.TaiName, 0) : probe.Number(Clocks.Distance(Clocks.Boot, Clocks.Tai))),
        _ => probe.Call(probe.Script.Options.Target.Has(5, 8) ? "bpf_ktime_get_boot_ns" : "bpf_ktime_get_ns"),
    };

    /// <summary>Clocks as records number them.</summary>
    private static int ClockNumber(ClockKind clock) => clock switch { ClockKind.Monotonic => 0, ClockKind.Tai => 2, ClockKind.SoftwareTai => 3, _ => 1 };

    private static ClockKind ClockOf(CallSite site) => site.Count > 0 && site[0] is Identifier mode
        ? mode.Name switch { "monotonic" => ClockKind.Monotonic, "tai" => ClockKind.Tai, "sw_tai" => ClockKind.SoftwareTai, _ => ClockKind.Boot }
        : ClockKind.Boot;

    private static void WriteTimestamp(ProbeLowering probe, CallSite site, Value destination, bool padded)
    {
        IrBuilder code = probe.Builder;
        Value time = probe.LowerScalar(site[1]);
        code.Store(destination, time, 8);
        code.Store(destination, code.I32(probe.Script.AddString(site[0].TextOf() ?? "")), 4, 8);
        code.Store(destination, code.I32(ClockNumber(site.Type.Clock)), 4, 12);
    }
}
