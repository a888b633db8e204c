// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Names;
using Nectar.Trace.Probes.Parsing;
using Nectar.Trace.Probes.Resolving;

namespace Nectar.Trace.Probes;

/// <summary>Where listings of each kind come from.</summary>
internal static class ProbeSources
{
    public static IEnumerable<ListedProbe> Of(ListRequest request) => request.Point.Kind switch
    {
        ProbeKind.Tracepoint => Tracepoints(request),
        ProbeKind.RawTracepoint => RawTracepoints(request),
        ProbeKind.Kprobe or ProbeKind.Kretprobe => KernelFunctions(request),
        ProbeKind.Fentry or ProbeKind.Fexit => Trampolines(request),
        ProbeKind.Uprobe or ProbeKind.Uretprobe => UserFunctions(request),
        ProbeKind.Usdt => StaticProbes(request),
        ProbeKind.Iterator => Iterators(request),
        ProbeKind.Software or ProbeKind.Hardware => Counters(request),
        ProbeKind.Profile or ProbeKind.Interval => Fixed(ClockProbes.Units.Order(StringComparer.Ordinal), request.Point.Target, ":"),
        ProbeKind.Self => "signal" is var trigger && Wildcard.Matches(request.Point.Target, trigger) ? Fixed(["SIGUSR1"], request.Point.Function, "", "signal:") : [],
        ProbeKind.Test or ProbeKind.Bench => [new ListedProbe(request.Point.Target + ":")],
        ProbeKind.Watchpoint => [],
        _ => [],
    };

    private static IEnumerable<ListedProbe> Tracepoints(ListRequest request)
    {
        ParsedPoint point = request.Point;
        foreach ((string category, string name) in TracepointProbes.Match(point.Target, point.Function))
        {
            if (!TracepointProbes.Exists(category, name)) continue;
            yield return new ListedProbe($"{category}:{name}", () => TracepointFormat.Declarations(category, name));
        }
    }

    private static IEnumerable<ListedProbe> RawTracepoints(ListRequest request)
    {
        foreach ((string module, string name, Bpf.Btf.BtfTypes types, uint id) in RawTracepointProbes.Match(request.Point.Target, request.Point.Function))
            yield return new ListedProbe($"{module}:{name}", () => BtfArguments.PrototypeOfTracepoint(types, id, name) is { } prototype ? BtfNames.Parameters(types, prototype, 1) : []);
    }

    private static IEnumerable<ListedProbe> KernelFunctions(ListRequest request)
    {
        ParsedPoint point = request.Point;
        bool isReturn = point.Kind == ProbeKind.Kretprobe;
        string last = "";
        List<(string Module, string Name)> found = TraceableFunctions.Of(request.Options).Match(point.Target, point.Function);
        if (point.Target.Length == 0) found.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach ((string module, string name) in found)
        {
            if (point.Target.Length == 0 && name == last) continue;
            last = name;
            yield return new ListedProbe(point.Target.Length == 0 ? name : $"{module}:{name}", () => BtfNames.Registers(module, name, isReturn));
        }
    }

    private static IEnumerable<ListedProbe> Trampolines(ListRequest request)
    {
        ParsedPoint point = request.Point;
        if (point.Target == "bpf") return RunningPrograms.Match(point.ProgramId, point.Function).Select(program => new ListedProbe($"bpf:{program.Id}:{program.Name}"));
        if (Linux.Loading.KernelBtf.Running.TryVmlinux is null) return [];
        return TrampolineProbes.Match(point.Target, point.Function, TraceableFunctions.Of(request.Options)).Select(function =>
            new ListedProbe($"{function.Module}:{function.Name}", () => BtfNames.Function(function.Types, function.Id, withResult: point.Kind == ProbeKind.Fexit)));
    }

    private static IEnumerable<ListedProbe> UserFunctions(ListRequest request)
    {
        ParsedPoint point = request.Point;
        int process = request.Options.ProcessId;
        List<string> files = point.Target == "*" && process != 0 ? UserFiles.MappedBy(process) : UserFiles.Resolve(point.Target, process, isUnsafe: false);
        if (!Wildcard.Is(point.Target) && files.Count > 1) files.RemoveRange(1, files.Count - 1);
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            string last = "";
            foreach (ElfSymbol symbol in UserSymbols.Match(file, point))
            {
                if (symbol.Name == last) continue;
                last = symbol.Name;
                string shown = point.Language.Length == 0 ? symbol.Name : Demangler.Demangle(symbol.Name) is var readable && readable != symbol.Name ? $"{point.Language}:\"{readable}\"" : $"{point.Language}:{symbol.Name}";
                yield return new ListedProbe($"{file}:{shown}", () => DwarfArguments.Declarations(file, symbol.Name, request.Options));
            }
        }
    }

    private static IEnumerable<ListedProbe> StaticProbes(ListRequest request)
    {
        foreach (string file in UsdtResolving.Files(request.Point.Target, request.Options).Order(StringComparer.Ordinal))
        {
            foreach (var notes in UsdtResolving.Match(file, request.Point.Namespace, request.Point.Function)) yield return new ListedProbe($"{file}:{notes.Key.Provider}:{notes.Key.Name}");
        }
    }

    private static IEnumerable<ListedProbe> Iterators(ListRequest request)
    {
        if (Linux.Loading.KernelBtf.Running.TryVmlinux is null) yield break;
        foreach ((string name, Bpf.Btf.BtfTypes types, uint id) in IteratorProbes.Match(request.Point.Function))
            yield return new ListedProbe(name, () => BtfNames.Members(types, id, 1));
    }

    private static IEnumerable<ListedProbe> Counters(ListRequest request) =>
        Fixed(PerfEventProbes.EventsOf(request.Point.Kind).SelectMany(e => e.Alias.Length == 0 ? [e.Name] : new[] { e.Name, e.Alias }).Order(StringComparer.Ordinal), request.Point.Target, ":");

    private static IEnumerable<ListedProbe> Fixed(IEnumerable<string> names, string pattern, string suffix, string prefix = "") =>
        names.Where(name => Wildcard.Matches(pattern, name)).Select(name => new ListedProbe(prefix + name + suffix));
}
