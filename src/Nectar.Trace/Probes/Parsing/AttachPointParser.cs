// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Probes.Parsing;

/// <summary>Takes attach points apart: one method for each form, the table says which kind has which.</summary>
internal sealed class AttachPointParser
{
    private static readonly Dictionary<ProbeKind, Func<AttachPointParser, ParsedPoint?>> s_forms = new()
    {
        [ProbeKind.Begin] = p => p.Plain(),
        [ProbeKind.End] = p => p.Plain(),
        [ProbeKind.Self] = p => p.Self(),
        [ProbeKind.Test] = p => p.Named(),
        [ProbeKind.Bench] = p => p.Named(),
        [ProbeKind.Kprobe] = p => p.KernelFunction(),
        [ProbeKind.Kretprobe] = p => p.KernelFunction(),
        [ProbeKind.Fentry] = p => p.Trampoline(),
        [ProbeKind.Fexit] = p => p.Trampoline(),
        [ProbeKind.Tracepoint] = p => p.Tracepoint(),
        [ProbeKind.RawTracepoint] = p => p.RawTracepoint(),
        [ProbeKind.Profile] = p => p.Clock(),
        [ProbeKind.Interval] = p => p.Clock(),
        [ProbeKind.Software] = p => p.PerfEvent(),
        [ProbeKind.Hardware] = p => p.PerfEvent(),
        [ProbeKind.Watchpoint] = p => p.Watchpoint(),
        [ProbeKind.Iterator] = p => p.Iterator(),
        [ProbeKind.Uprobe] = p => UserPointParser.Function(p),
        [ProbeKind.Uretprobe] = p => UserPointParser.Function(p),
        [ProbeKind.Usdt] = p => UserPointParser.Usdt(p),
    };

    private readonly bool _isOptional;

    private AttachPointParser(ProbeProvider provider, List<string> parts, AttachOptions options, ProbeReporter reporter, bool isOptional)
    {
        (Provider, Parts, Options, Reporter, _isOptional) = (provider, parts, options, reporter, isOptional);
    }

    internal ProbeProvider Provider { get; }

    internal List<string> Parts { get; }

    internal AttachOptions Options { get; }

    internal ProbeReporter Reporter { get; }

    internal ProbeKind Kind => Provider.Kind;

    internal bool IsReturn => Kind is ProbeKind.Kretprobe or ProbeKind.Uretprobe;

    /// <summary>Takes an attach point apart; several come out if its kind is a pattern, none if it is wrong or empty.</summary>
    public static List<ParsedPoint> Parse(AttachPoint point, AttachOptions options, ProbeReporter reporter)
    {
        List<string> parts = AttachPointText.Split(point.Text);
        List<ParsedPoint> points = [];
        if (parts[0].Length == 0 && parts.Count == 1) return points; // a trailing comma
        if (!Wildcard.Is(parts[0]))
        {
            if (ProbeProviders.Find(parts[0]) is not { } provider)
            {
                reporter.Error($"Invalid probe type: {parts[0]}", NearestNames.Help(parts[0], ProbeProviders.All.ToArray().Select(p => p.Name)));
                return points;
            }

            Add(provider, isOptional: false);
            return points;
        }

        bool isUser = options.ProcessId != 0 || (parts.Count >= 2 && parts[1].Contains('/', StringComparison.Ordinal));
        string pattern = parts.Count == 1 ? "*" : parts[0];
        bool isKnown = false;
        foreach (ProbeProvider provider in ProbeProviders.All.ToArray().OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            if (!(isUser ? provider.IsUser : provider.IsKernel) || !Wildcard.Matches(pattern, provider.Name)) continue;
            isKnown = true;
            Add(provider, isOptional: true);
        }

        if (!isKnown) reporter.Error($"No probe type matched for {parts[0]}");
        return points;

        void Add(ProbeProvider provider, bool isOptional)
        {
            // What stands alone is looked for in all kinds.
            List<string> own = isOptional && parts.Count == 1 ? [provider.Name, parts[0]] : [.. parts];
            AttachPointParser parser = new(provider, own, options, reporter, isOptional);
            if (s_forms[provider.Kind](parser) is { } parsed) points.Add(parsed with { IsOptional = isOptional });
        }
    }

    /// <summary>Reports and gives null, so that callers can return it.</summary>
    internal ParsedPoint? Fail(string message, params ReadOnlySpan<string> notes)
    {
        Reporter.Error(message, notes);
        return null;
    }

    internal ParsedPoint? WrongCount(int expected, int? other = null)
    {
        if (_isOptional) return null;
        string or = other is { } second ? string.Create(CultureInfo.InvariantCulture, $" or {second}") : "";
        return Fail(string.Create(CultureInfo.InvariantCulture, $"{Provider.Name} probe type requires {expected}{or} arguments, found {Parts.Count - 1}"));
    }

    /// <summary>Takes the offset off <c>function+0x10</c>.</summary>
    internal bool TrySplitOffset(string text, bool isAllowed, out string function, out ulong offset)
    {
        (function, offset) = (text, 0);
        string[] sides = text.Split('+');
        if (sides.Length == 1) return true;
        if (!isAllowed) return Report("Offset not allowed");
        if (sides.Length > 2) return Report("Cannot take more than one offset");
        if (sides[0].Length == 0 || sides[1].Length == 0) return Report("Invalid offset");
        function = sides[0];
        return ProbeNumber.TryParse(sides[1], out offset, out string problem) || Report($"Invalid offset: {problem}");

        bool Report(string message)
        {
            Reporter.Error(message);
            return false;
        }
    }

    private ParsedPoint? Plain()
    {
        if (Parts.Count == 2 && Parts[1] == "*") Parts.RemoveAt(1);
        return Parts.Count == 1 ? new ParsedPoint(Kind) : WrongCount(0);
    }

    private ParsedPoint? Self() => Parts.Count == 3 ? new ParsedPoint(Kind) { Target = Parts[1], Function = Parts[2] } : WrongCount(2);

    private ParsedPoint? Named() => Parts.Count == 2 ? new ParsedPoint(Kind) { Target = Parts[1] } : WrongCount(1);

    private ParsedPoint? KernelFunction()
    {
        if (Parts.Count is not (2 or 3)) return WrongCount(1, 2);
        string module = Parts.Count == 3 ? Parts[1] : "";
        if (!Parts[^1].Contains('+', StringComparison.Ordinal) && ProbeNumber.TryParse(Parts[^1], out ulong address, out _))
        {
            // Nobody checks whether an instruction begins there.
            return Options.IsUnsafe ? new ParsedPoint(Kind) { Target = module, Address = address } : Fail("Probing by address requires --unsafe");
        }

        return TrySplitOffset(Parts[^1], !IsReturn, out string function, out ulong offset)
            ? new ParsedPoint(Kind) { Target = module, Function = function, Offset = offset } : null;
    }

    private ParsedPoint? Trampoline()
    {
        if (Parts.Count is < 2 or > 4) return WrongCount(1, 3);
        if (Parts[1] == "bpf")
        {
            if (Parts.Count == 2) return Fail("the 'bpf' variant of this probe requires a bpf program name and optional bpf program id");
            ulong id = 0;
            if (Parts.Count == 4 && Parts[2] != "*" && (!ProbeNumber.TryParse(Parts[2], out id, out _) || id > uint.MaxValue)) return Fail("bpf program id must be a number or '*'");
            return new ParsedPoint(Kind) { Target = "bpf", ProgramId = (uint)id, Function = Parts[^1] };
        }

        if (Parts.Count == 4) return Fail("Only the 'bpf' variant of this probe supports 4 arguments");
        return new ParsedPoint(Kind) { Target = Parts.Count == 3 ? Parts[1] : "", Function = Parts[^1] };
    }

    private ParsedPoint? Tracepoint()
    {
        if (Parts.Count == 2 && Wildcard.Is(Parts[1])) Parts.Insert(1, "*");
        return Parts.Count == 3 ? new ParsedPoint(Kind) { Target = Parts[1], Function = Parts[2] } : WrongCount(2);
    }

    private ParsedPoint? RawTracepoint() => Parts.Count is 2 or 3
        ? new ParsedPoint(Kind) { Target = Parts.Count == 3 ? Parts[1] : "*", Function = Parts[^1] } : WrongCount(2, 1);

    private ParsedPoint? Clock()
    {
        if (Parts.Count == 2 && Wildcard.Is(Parts[1])) return new ParsedPoint(Kind) { Target = Parts[1] };
        if (Parts.Count is not (2 or 3)) return WrongCount(1, 2);
        if (!ProbeNumber.TryParse(Parts[^1], out ulong number, out string problem)) return Fail($"Invalid rate of {Provider.Name} probe: {problem}");
        if (Parts.Count == 3) return new ParsedPoint(Kind) { Target = Parts[1], Number = number };
        return number >= 1000 ? new ParsedPoint(Kind) { Target = "us", Number = number / 1000 }
            : Fail(string.Create(CultureInfo.InvariantCulture, $"Invalid rate of {Provider.Name} probe. Minimum is 1000 or 1us. Found: {number} nanoseconds"));
    }

    private ParsedPoint? PerfEvent()
    {
        if (Parts.Count is not (2 or 3)) return WrongCount(1, 2);
        ulong count = 0;
        if (Parts.Count == 3 && Parts[2] is not "*" && !ProbeNumber.TryParse(Parts[2], out count, out string problem)) return Fail($"Invalid count for {Provider.Name} probe: {problem}");
        return new ParsedPoint(Kind) { Target = Parts[1], Number = count };
    }

    private ParsedPoint? Watchpoint()
    {
        if (Parts.Count != 4) return WrongCount(3);
        if (!ProbeNumber.TryParse(Parts[1], out ulong address, out string problem)) return Fail($"Invalid function/address argument: {problem}");
        if (!ProbeNumber.TryParse(Parts[2], out ulong length, out problem)) return Fail($"Invalid length argument: {problem}");
        return new ParsedPoint(Kind) { Address = address, Length = length, Mode = Parts[3] };
    }

    private ParsedPoint? Iterator()
    {
        if (Parts.Count is not (2 or 3)) return _isOptional ? null : Fail("iter probe type takes 2 arguments (1 optional)");
        if (!_isOptional && (Wildcard.Is(Parts[1]) || Wildcard.Is(Parts[^1]))) return Fail("iter probe type does not support wildcards");
        return new ParsedPoint(Kind) { Function = Parts[1], Pin = Parts.Count == 3 ? Parts[2] : "" };
    }
}
