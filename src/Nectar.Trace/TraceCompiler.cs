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

namespace Nectar.Trace;

/// <summary>From a script's text to a plan: parser, binder, lowering, each only if the one before found no error.</summary>
internal static class TraceCompiler
{
    public static TracePlan? Compile(SourceText source, ParseOptions parse, BindOptions bind, LoweringOptions lowering, DiagnosticBag diagnostics)
    {
        Script script = Parser.Parse(source, parse, diagnostics);
        if (diagnostics.HasErrors) return null;
        BoundScript bound = Binder.Bind(script, bind, diagnostics);
        if (diagnostics.HasErrors) return null;
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

        return ScriptLowering.Lower(bound, lowering, diagnostics);
    }

    /// <summary>A script in canonical form (<c>--fmt</c>); null if it cannot be read.</summary>
    public static string? Format(SourceText source, DiagnosticBag diagnostics)
    {
        Script script = Parser.Parse(source, new ParseOptions { Expand = false }, diagnostics);
        return diagnostics.HasErrors ? null : AstPrinter.Format(script);
    }

    /// <summary>A script's tree with macros expanded and imports merged (<c>-d ast</c>); null if it cannot be read.</summary>
    public static string? DumpTree(SourceText source, ParseOptions options, DiagnosticBag diagnostics)
    {
        Script script = Parser.Parse(source, options, diagnostics);
        return diagnostics.HasErrors ? null : AstDump.Dump(script);
    }
}
