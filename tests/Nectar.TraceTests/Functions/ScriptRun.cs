// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Text;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Printing;
using Nectar.Trace.Probes;
using Nectar.Trace.Reading;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Functions;

/// <summary>Runs scripts in the kernel: <c>begin</c> programs once, others at their hooks while something is done; then the records as text.</summary>
internal sealed class ScriptRun : IDisposable
{
    private readonly KernelObject _object;
    private readonly AttachedProbes _attached;
    private readonly RingBufferReader? _ring;
    private readonly ValueReader _reader;

    private ScriptRun(TracePlan plan)
    {
        Plan = plan;
        _object = KernelObject.Load(plan.Object);
        _ring = _object.Maps.TryGet(TracePlan.RingName, out KernelMap? ring) ? new RingBufferReader(ring) : null;
        _reader = new ValueReader(new PlainResolver(plan, _object));
        _attached = ProbeAttacher.Attach(plan, _object, new AttachOptions { Config = plan.Config });
    }

    public TracePlan Plan { get; }

    /// <summary>Bytes of the largest record so far.</summary>
    public int LargestRecord { get; private set; }

    public KernelObject Object => _object;

    /// <summary>Actions in the order of their records, beside those that print.</summary>
    public List<TraceAction> Actions { get; } = [];

    /// <summary>What the script's <c>begin</c> programs print.</summary>
    public static string Text(string script, LoweringOptions? options = null)
    {
        using ScriptRun run = Start(script, options);
        return run.Begin();
    }

    public static ScriptRun Start(string script, LoweringOptions? options = null) => new(Compile(script, options));

    public static TracePlan Compile(string script, LoweringOptions? options = null)
    {
        DiagnosticBag diagnostics = new();
        TracePlan? plan = TraceCompiler.Compile(new SourceText("stdin", script), new ParseOptions { IsUnsafe = true }, new BindOptions { IsUnsafe = true, Attach = new AttachOptions() }, options ?? new LoweringOptions(), diagnostics);
        NoErrors(diagnostics);
        return plan!;
    }

    private static void NoErrors(DiagnosticBag diagnostics)
    {
        if (diagnostics.HasErrors) Assert.Fail(string.Join('\n', diagnostics.Items.Select(d => $"{d.Span} {d.Message}")));
    }

    /// <summary>Runs the programs without hooks, once each, in order.</summary>
    public string Begin()
    {
        RunPrograms();
        return Drain();
    }

    /// <summary>Runs them, and leaves the records where they are.</summary>
    public void RunPrograms()
    {
        foreach (PlannedProbe probe in Plan.Probes)
        {
            if (probe.Kind is ProbeKind.Begin or ProbeKind.End or ProbeKind.Test or ProbeKind.Self) _object.Programs[probe.ProgramName].TestRun(new TestRunInput());
        }
    }

    /// <summary>The text of all records so far.</summary>
    public string Drain()
    {
        Utf8Buffer text = new();
        _ring?.Read(record =>
        {
            Print(text, record);
            return true;
        });
        return text.ToString();
    }

    public ulong Lost(LossCause cause) => _object.Globals.TryGet(TracePlan.LossesName, out KernelGlobal? losses) ? losses.Get<LossValues>()[(int)cause] : 0;

    public void Set(string name, ulong value) => _object.Globals[name].Set(value);

    private void Print(Utf8Buffer text, ReadOnlySpan<byte> record)
    {
        LargestRecord = Math.Max(LargestRecord, record.Length);
        TraceAction action = Plan.Actions[BitConverter.ToInt32(record)];
        switch (action)
        {
            case PrintfAction print:
                if (print.Kind != PrintKind.Printf) text.Append($"[{print.Kind}] ");
                new PrintfFormat(print.Format, print.Arguments, _reader).Write(text, record);
                break;
            case PrintValueAction value:
                TextFormat.Write(text, _reader.Read(value.Value.Type, value.Value.In(record)));
                text.Append((byte)'\n');
                break;
            case JoinAction join:
                text.Append(Encoding.UTF8.GetString(record[join.Offset..]).TrimEnd('\0').Replace("\0", join.Delimiter, StringComparison.Ordinal) + "\n");
                break;
            case ExitAction:
                text.Append($"exit {BitConverter.ToInt64(record[8..])}\n");
                break;
            case SymbolsSeenAction:
                Actions.Add(action);
                break;
            default:
                Actions.Add(action);
                text.Append($"[{action.GetType().Name}]\n");
                break;
        }
    }

    /// <summary>A u64 for each cause.</summary>
    [System.Runtime.CompilerServices.InlineArray((int)LossCause.HelperFailed + 1)]
    private struct LossValues
    {
        private ulong _first;
    }

    public void Dispose()
    {
        _ring?.Dispose();
        _attached.Dispose();
        _object.Dispose();
    }

    /// <summary>Names that can be compared: numbers.</summary>
    private sealed class PlainResolver(TracePlan plan, KernelObject loaded) : ValueResolver(plan.Config, plan.Strings)
    {
        public override StackValue Stack(TraceType type, ReadOnlySpan<byte> value) => throw new NotSupportedException(loaded.ToString());

        public override string KernelSymbol(ulong address) => $"k{address:x}";

        public override string UserSymbol(ulong address, int processId, uint probe) => $"u{address:x} {processId} {Strings[(int)probe]}";

        public override string UserName(ulong user) => $"user {user}";

        public override string CgroupPath(string pattern, ulong group) => $"{pattern}:{group}";

        public override ulong WallTime(ulong time, uint clock) => time;
    }
}
