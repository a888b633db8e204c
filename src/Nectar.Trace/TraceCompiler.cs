// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Lowering.Functions;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Lookup;

namespace Nectar.Trace;

/// <summary>From a script's text to a plan: parser, binder, lowering, each only if the one before found no error.</summary>
internal static class TraceCompiler
{
    public static TracePlan? Compile(SourceText source, ParseOptions parse, BindOptions bind, LoweringOptions lowering, DiagnosticBag diagnostics, StageDump? dump = null)
    {
        try
        {
            return Make(source, parse, bind, lowering, diagnostics, dump);
        }
        catch (TreeTooDeepException problem)
        {
            problem.Report(diagnostics);
            return null;
        }
    }

    private static TracePlan? Make(SourceText source, ParseOptions parse, BindOptions bind, LoweringOptions lowering, DiagnosticBag diagnostics, StageDump? dump)
    {
        if (dump?.Wants("parse") == true) dump.Parsed(Parser.Parse(source, parse with { Expand = false }, new DiagnosticBag()));
        Script script = Parser.Parse(source, parse, diagnostics);
        if (diagnostics.HasErrors) return null;
        dump?.Expanded(script);
        BoundScript bound = Binder.Bind(script, bind, diagnostics);
        if (diagnostics.HasErrors) return null;
        if (dump is not null)
        {
            dump.Bound(bound);
            lowering = lowering with { BeforePasses = dump.Lowered, AfterPasses = dump.Compiled };
        }

        lowering = lowering with { FindStruct = name => bound.Types.Find(name)?.Struct };
        if (!lowering.Portable)
        {
            Version running = KernelRelease.Running.Version;
            lowering = lowering with
            {
                PidNamespace = lowering.PidNamespace ?? FileNumbers.OwnPidNamespace,
                Target = lowering.Target with { Kernel = lowering.Target.Kernel ?? new KernelVersion((byte)running.Major, (byte)running.Minor) },
            };
        }

        TracePlan? plan = ScriptLowering.Lower(bound, lowering, diagnostics);
        if (plan is not null) dump?.Made(plan.Object);
        return plan;
    }

    /// <summary>A script in canonical form (<c>--fmt</c>); null if it cannot be read.</summary>
    public static string? Format(SourceText source, DiagnosticBag diagnostics)
    {
        Script script = Parser.Parse(source, new ParseOptions { Expand = false }, diagnostics);
        if (diagnostics.HasErrors) return null;
        try
        {
            return AstPrinter.Format(script);
        }
        catch (TreeTooDeepException problem)
        {
            problem.Report(diagnostics);
            return null;
        }
    }
}
