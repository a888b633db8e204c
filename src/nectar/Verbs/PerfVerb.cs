// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar perf</c>: programs at perf events and raw tracepoints of processes.</summary>
internal static class PerfVerb
{
    internal static Command Create() => new("perf", "Programs that processes have at tracepoints and probes through perf events")
    {
        KernelVerb.Create("perf", "show", "Show them, by process and descriptor", "", (words, output) =>
        {
            words.End();
            output.List(PerfAttachments.All(), (one, text) => text.WriteLine(Line(one)), (one, json) =>
            {
                json.WriteNumber("pid", one.Pid);
                json.WriteNumber("fd", one.Fd);
                json.WriteNumber("prog_id", one.ProgramId);
                json.WriteString("fd_type", one.Kind);
                switch (one.Kind)
                {
                    case "raw_tracepoint" or "tracepoint":
                        json.WriteString("tracepoint", one.Name);
                        break;
                    case "uprobe" or "uretprobe":
                        json.WriteString("filename", one.Name);
                        json.WriteNumber("offset", one.Offset);
                        break;
                    default:
                        if (one.Name.Length > 0) json.WriteString("func", one.Name);
                        json.WriteNumber(one.Name.Length > 0 ? "offset" : "addr", one.Name.Length > 0 ? one.Offset : one.Address);
                        break;
                }
            });
        }, ("nectar perf list", "who traces what")).Named("list"),
    };

    private static string Line(PerfAttachment one) => FormattableString.Invariant($"pid {one.Pid}  fd {one.Fd}: prog_id {one.ProgramId}  {one.Kind}  ") + one.Kind switch
    {
        "raw_tracepoint" or "tracepoint" => one.Name,
        "uprobe" or "uretprobe" => FormattableString.Invariant($"filename {one.Name}  offset {one.Offset}"),
        _ => one.Name.Length > 0 ? FormattableString.Invariant($"func {one.Name}  offset {one.Offset}") : FormattableString.Invariant($"addr {one.Address}"),
    };
}
