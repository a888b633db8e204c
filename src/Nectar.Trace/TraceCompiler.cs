// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

namespace Nectar.Trace;

/// <summary>From a script's text to a plan: parser, binder, lowering, each only if the one before found no error.</summary>
internal static class TraceCompiler
{
    public static TracePlan? Compile(SourceText source, ParseOptions parse, BindOptions bind, LoweringOptions lowering, DiagnosticBag diagnostics)
    {
        Script script = Parser.Parse(source, parse, diagnostics);
        if (diagnostics.HasErrors) return null;
        BoundScript bound = Binder.Bind(script, bind, diagnostics);
        return diagnostics.HasErrors ? null : ScriptLowering.Lower(bound, lowering with { FindStruct = name => bound.Types.Find(name)?.Struct }, diagnostics);
    }
}
