// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Binding;

/// <summary>
/// Makes the programs of each probe. All hooks of one kind share a program; where the body reads <c>args</c>, those that have the fields it
/// reads at the same places; where it needs the name of its hook while compiling, each hook has its own.
/// </summary>
internal sealed class ProbeSplitter(BindContext context, DiagnosticBag diagnostics)
{
    private readonly ImmutableArray<BoundProbe>.Builder _probes = ImmutableArray.CreateBuilder<BoundProbe>();

    public ImmutableArray<BoundProbe> Split()
    {
        foreach (Probe probe in context.Script.Probes) Split(probe);
        return _probes.DrainToImmutable();
    }

    private void Split(Probe probe)
    {
        List<List<ProbeTarget>> groups = [];
        Uses uses = Uses.Of(probe);
        Dictionary<string, List<ProbeTarget>> byKey = new(StringComparer.Ordinal);
        foreach (ProbeTarget target in Resolve(probe))
        {
            string key = uses.KeyOf(target);
            if (!byKey.TryGetValue(key, out List<ProbeTarget>? group))
            {
                byKey.Add(key, group = []);
                groups.Add(group);
            }

            group.Add(target);
        }

        // the first program takes the tree itself, which is cloned for the others before anything is written into it
        Probe[] trees = new Probe[groups.Count];
        for (int i = 1; i < trees.Length; i++) trees[i] = AstCloner.Clone(probe);
        if (trees.Length > 0) trees[0] = probe;
        for (int i = 0; i < trees.Length; i++)
        {
            ProbeKind kind = groups[i][0].Kind;
            ImmutableArray<ProbeTarget> targets = [.. groups[i]];
            _probes.Add(new BoundProbe(ProgramNaming.Of(probe, kind, targets, _probes.Count + 1), kind, targets, trees[i]));
        }
    }

    private IEnumerable<ProbeTarget> Resolve(Probe probe) => context.Options.Attach is { } attach ? AttachPoints.Resolve(probe, attach, diagnostics) : probe.AttachPoints.SelectMany(p => Resolve(p));

    private ImmutableArray<ProbeTarget> Resolve(AttachPoint point)
    {
        if (context.Options.Resolve is { } resolve) return resolve(point);
        string[] parts = point.Text.Split(':');
        return KindNamed(parts[0]) is { } kind ? [new ProbeTarget(kind) { Name = point.Text, Group = parts.Length > 2 ? parts[1] : "", Function = parts[^1] }] : [];
    }

    /// <summary>The kind of a probe by its long or short name; null if there is none of that name.</summary>
    internal static ProbeKind? KindNamed(string name) => name switch
    {
        "t" => ProbeKind.Tracepoint, "rt" => ProbeKind.RawTracepoint, "k" => ProbeKind.Kprobe, "kr" => ProbeKind.Kretprobe, "f" => ProbeKind.Fentry, "fr" => ProbeKind.Fexit,
        "u" => ProbeKind.Uprobe, "ur" => ProbeKind.Uretprobe, "U" => ProbeKind.Usdt, "p" => ProbeKind.Profile, "i" => ProbeKind.Interval, "s" => ProbeKind.Software, "h" => ProbeKind.Hardware,
        "it" => ProbeKind.Iterator, "w" => ProbeKind.Watchpoint,
        _ => name.ToLowerInvariant() switch
        {
            "begin" => ProbeKind.Begin, "end" => ProbeKind.End, "self" => ProbeKind.Self, "test" => ProbeKind.Test, "bench" => ProbeKind.Bench,
            "tracepoint" => ProbeKind.Tracepoint, "rawtracepoint" => ProbeKind.RawTracepoint, "kprobe" => ProbeKind.Kprobe, "kretprobe" => ProbeKind.Kretprobe,
            "fentry" or "kfunc" => ProbeKind.Fentry, "fexit" or "kretfunc" => ProbeKind.Fexit, "uprobe" => ProbeKind.Uprobe, "uretprobe" => ProbeKind.Uretprobe, "usdt" => ProbeKind.Usdt,
            "profile" => ProbeKind.Profile, "interval" => ProbeKind.Interval, "software" => ProbeKind.Software, "hardware" => ProbeKind.Hardware, "iter" => ProbeKind.Iterator,
            "watchpoint" => ProbeKind.Watchpoint, _ => null,
        },
    };

    /// <summary>What a body asks of its hook.</summary>
    private sealed class Uses
    {
        private readonly HashSet<string> _fields = new(StringComparer.Ordinal);
        private bool _readsAll;
        private bool _readsArguments;
        private bool _readsResult;
        private bool _needsName;

        public static Uses Of(Probe probe)
        {
            Uses uses = new();
            TreeWalk.Visit(probe, uses.Look);
            return uses;
        }

        private bool Look(Node node)
        {
            switch (node)
            {
                case FieldAccess { Target: Identifier { Name: "args" } } field:
                    _readsArguments = true;
                    _fields.Add(field.Name);
                    return false;
                case Unary { Operator: UnaryOperator.Dereference, Operand: Identifier { Name: "args" } }:
                case Identifier { Name: "args" }:
                    _readsArguments = _readsAll = true;
                    break;
                case Call { Name: "args", Arguments.Count: 0 }:
                    _readsArguments = _readsAll = true;
                    break;
                case Identifier { Name: "retval" or "__builtin_retval" } or Call { Name: "retval" }:
                    _readsResult = true;
                    break;
                case Comptime comptime: _needsName |= NamesProbe(comptime); break;
                case If { IsComptime: true } branch: _needsName |= NamesProbe(branch.Condition); break;
                case Call { Name: "fail" or "static_assert" or "assert" } call: _needsName |= NamesProbe(call); break;
                case Binary { Operator: >= BinaryOperator.Equal } compare: _needsName |= NamesProbe(compare.Left) || NamesProbe(compare.Right); break;
            }

            return true;
        }

        private static bool NamesProbe(Node node)
        {
            bool found = false;
            TreeWalk.Visit(node, inner =>
            {
                found |= inner is Identifier { Name: "probe" or "__builtin_probe" } or Call { Name: "probe" };
                return !found;
            });
            return found;
        }

        /// <summary>Hooks with the same key share a program.</summary>
        public string KeyOf(ProbeTarget target)
        {
            ProbeTarget hook = target.Substitute ?? target;
            string key = string.Create(CultureInfo.InvariantCulture, $"{(int)target.Kind}{ProbePrograms.ProgramKey(hook)}");
            if (hook.Replaces is { } replaced) key += string.Create(CultureInfo.InvariantCulture, $"~{(int)hook.Kind}{replaced.Key}{(replaced.IsOneToOne ? "" : target.Name)}");
            if (_needsName) return key + target.Name;
            if (target.Kind is ProbeKind.Tracepoint && _readsArguments) key += target.Group == "syscalls" ? "u" : "k";
            if (_readsResult && target.Kind is ProbeKind.Fexit or ProbeKind.Fentry) key += "=" + Layout(target.Result?.Invoke());
            if (!_readsArguments || target.Arguments?.Invoke() is not { } arguments) return key;
            foreach (StructField field in arguments.Fields)
            {
                if (_readsAll || _fields.Contains(field.Name))
                    key += string.Create(CultureInfo.InvariantCulture, $"|{field.Name}@{field.Offset},{field.Argument},{(field.IsDataLocation ? 1 : 0)}:{Layout(field.Type)}{field.Bits}");
            }

            return _readsAll ? $"{key}#{arguments.Size}" : key;
        }

        private static string Layout(TraceType? type) => type is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{type}/{type.Size}");
    }
}
