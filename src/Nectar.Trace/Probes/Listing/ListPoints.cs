// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes;

/// <summary>What patterns of listings mean: more is left out there than in attach points.</summary>
internal static class ListPoints
{
    /// <summary>A pattern for one kind; null if it cannot mean that kind.</summary>
    public static ParsedPoint? Make(ProbeKind kind, List<string> parts, AttachOptions options)
    {
        string last = parts.Count == 1 ? "*" : parts[^1], middle = parts.Count > 2 ? parts[1] : "*";
        switch (kind)
        {
            case ProbeKind.Kprobe or ProbeKind.Kretprobe:
                return new ParsedPoint(kind) { Target = parts.Count > 2 ? parts[1] : "", Function = last };
            case ProbeKind.Uprobe or ProbeKind.Uretprobe:
                // With a process, what stands alone is the function.
                string file = parts.Count == 2 && options.ProcessId == 0 && UserFiles.LibraryPath(parts[1], 0) is not null ? parts[1] : middle;
                if (file != middle) last = "*";
                return new ParsedPoint(kind) { Target = UserFiles.LibraryPath(file, options.ProcessId) ?? file, Language = parts.Count == 4 ? parts[2] : "", Function = last };
            case ProbeKind.Usdt:
                return new ParsedPoint(kind) { Target = middle, Namespace = parts.Count > 3 ? parts[2] : "", Function = last };
            case ProbeKind.Tracepoint or ProbeKind.RawTracepoint or ProbeKind.Fentry or ProbeKind.Fexit:
                uint id = 0;
                if (middle == "bpf" && parts.Count == 4 && parts[2] != "*" && !uint.TryParse(parts[2], out id)) return null;
                return new ParsedPoint(kind) { Target = middle, ProgramId = id, Function = last };
            case ProbeKind.Iterator:
                return new ParsedPoint(kind) { Function = last };
            case ProbeKind.Self:
                return new ParsedPoint(kind) { Target = parts.Count > 1 ? parts[1] : "*", Function = parts.Count > 2 ? parts[2] : "*" };
            case ProbeKind.Profile or ProbeKind.Interval or ProbeKind.Software or ProbeKind.Hardware:
                return new ParsedPoint(kind) { Target = parts.Count == 1 ? "*" : parts[1] };
            default:
                return null;
        }
    }
}
