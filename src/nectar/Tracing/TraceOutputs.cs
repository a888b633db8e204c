// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Printing;
using Nectar.Trace.Printing.Graphs;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Runtime.Recording;

namespace Nectar.Cli.Tracing;

/// <summary>Where results go and in which form, as the arguments say.</summary>
internal static class TraceOutputs
{
    internal static TraceOutput Create(TraceArguments arguments, string script)
    {
        OutputBuffering buffering = arguments.Buffering switch { "line" => OutputBuffering.Line, "full" => OutputBuffering.Full, "none" => OutputBuffering.None, _ => OutputBuffering.WhenIdle };
        OutputStream errors = new(2, OutputBuffering.Line);
        OutputStream to = arguments.OutputFile is { } file ? OutputStream.Create(file, buffering) : new OutputStream(1, buffering);
        TraceOutput output = arguments.Format switch
        {
            "json" => new JsonOutput(to, errors, arguments.IsStrict),
            "folded" => Graph(GraphFormat.Folded),
            "pprof" => Graph(GraphFormat.Pprof),
            "svg" => Graph(GraphFormat.Svg),
            _ => new TextOutput(to, errors, script, TraceColors.AreWanted),
        };
        return arguments.RecordFile is { } record ? new RecordingOutput(record, output, script) : output;

        // what is no graph is said on standard error
        GraphOutput Graph(GraphFormat format) => new(format, to, new TextOutput(errors, errors, script));
    }
}
