// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime.Lookup;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Runtime.Processes;

namespace Nectar.Trace.Runtime;

/// <summary>A plan in the kernel, from load to the last map that is printed.</summary>
internal sealed class TraceRun : IDisposable
{
    private const int TicksASecond = 10;
    private const string NotifyVariable = "__BPFTRACE_NOTIFY_PROBES_ATTACHED";
    private const int NotifyPauseMs = 100;
    private const int MostNamed = 8;

    private readonly TracePlan _plan;
    private readonly SessionSettings _settings;
    private readonly KernelObject _loaded;
    private readonly ActionRunner _runner;
    private readonly EventPump _pump;
    private readonly LossCounters _losses;
    private readonly LoadAverages? _load;
    private readonly bool _hasUserSymbols;
    private AttachedProbes? _attached;
    private SignalWatch? _signals;
    private long _lostReported;
    private int _ticks;
    private volatile bool _isStopping, _isSelfDue, _areLossesDue;

    /// <summary>Loads a plan; nothing is attached yet.</summary>
    /// <exception cref="NectarException">The kernel refuses it.</exception>
    public TraceRun(TracePlan plan, TraceOutput output, SessionSettings settings)
    {
        _plan = plan;
        _settings = settings;
        _loaded = PlanLoader.Load(plan, settings);
        try
        {
            Resolver = new SystemResolver(plan, _loaded);
            _losses = new LossCounters(_loaded);
            _load = LoadAverages.Of(_loaded);
            _runner = new ActionRunner(plan, _loaded, Resolver, output)
            {
                HidesWarnings = settings.HidesWarnings,
                GoesOnAfterExit = plan.Probes.Any(probe => probe.Kind == ProbeKind.Iterator),
                OnUnwatch = address => _attached?.Unwatch(address),
            };
            _ = _loaded.Maps.TryGet(TracePlan.RingName, out KernelMap? ring);
            _pump = new EventPump(ring, _runner) { OnTick = Tick };
            foreach (PlannedMap map in plan.Maps) _hasUserSymbols |= SystemResolver.HasUserSymbols(map.Map.KeyType) || SystemResolver.HasUserSymbols(map.Map.ValueType);
        }
        catch
        {
            _loaded.Dispose();
            throw;
        }
    }

    public SystemResolver Resolver { get; }

    public ActionRunner Runner => _runner;

    public TracePlan Plan => _plan;

    public TraceOutput Output => _runner.Output;

    public TraceLosses Losses
    {
        get
        {
            TraceLosses losses = _losses.Read();
            return losses with { CutTexts = losses.CutTexts + _runner.CutFiles, Stacks = losses.Stacks + Resolver.StacksGone };
        }
    }

    /// <summary>Records that were printed or done.</summary>
    public long Delivered => _runner.Delivered;

    /// <summary>What each program cost so far.</summary>
    public IEnumerable<ProgramCost> ReadCosts()
    {
        foreach (PlannedProbe probe in _plan.Probes) yield return ProgramCost.Read(probe, _loaded.Programs[probe.ProgramName]);
    }

    /// <summary>What was loaded: programs with their numbers, and what the loader has to say (<c>-v</c>, <c>-d libbpf</c>).</summary>
    public void DescribeLoad(TextWriter output)
    {
        foreach (PlannedProbe probe in _plan.Probes)
        {
            KernelProgram program = _loaded.Programs[probe.ProgramName];
            output.WriteLine($"Program ID: {ProgramInfo.ReadId(program.Handle)} {probe.ProgramName}, {ProbePrograms.SectionFor(probe)}: {string.Join(", ", probe.Targets.Take(MostNamed).Select(target => target.Name))}{(probe.Targets.Length > MostNamed ? ", …" : "")}");
        }

        foreach (Diagnostic note in _loaded.Notes) output.WriteLine(note.Message);
    }

    /// <summary>Asks the run to end; from any thread.</summary>
    public void Stop()
    {
        _isStopping = true;
        _runner.SkipsCommands = true;
        _pump.Interrupt();
    }

    /// <summary>Runs all of it.</summary>
    /// <returns>What the script gave to <c>exit</c>; 0 without.</returns>
    /// <exception cref="NectarException">A probe cannot be attached or run.</exception>
    public int Execute()
    {
        if (_plan.Probes.IsEmpty)
        {
            if (!_settings.IsQuiet) Output.Raw("No probes to attach\n"u8.ToArray());
            Output.Idle();
            return 1;
        }

        _signals = _settings.WatchesSignals ? new SignalWatch(Stop, RunSelf, AskForLosses) : null;
        RunAll(ProbeKind.Begin);
        if (_settings.Mode is SessionMode.Test or SessionMode.Benchmark)
        {
            bool isBenchmark = _settings.Mode == SessionMode.Benchmark;
            return new ProbeTrials(_runner, _pump, ProgramsOf(isBenchmark ? ProbeKind.Bench : ProbeKind.Test)).Run(isBenchmark);
        }

        _attached = ProbeAttacher.Attach(_plan, _loaded, _settings.Attach);
        foreach (Diagnostic warning in _attached.Warnings) Output.Warn(warning.Message);
        if (_settings.Mode == SessionMode.DryRun) return 0;
        if (_attached.Count == 0) throw new TraceException(Diagnostic.Error(TraceCodes.Run, NoProbes()));
        Watch();
        if (!_settings.IsQuiet) Output.Attached(_attached.Count);
        bool notifies = Environment.GetEnvironmentVariable(NotifyVariable) is not null;
        long attached = Stopwatch.GetTimestamp();
        if (notifies) Output.Raw(Encoding.ASCII.GetBytes(NotifyVariable + "\n"));
        Output.Idle();
        _settings.OnAttached?.Invoke();
        ReadEvents();
        int code = Finish();
        if (notifies) Linger(attached);
        return code;
    }

    public void Dispose()
    {
        _attached?.Dispose();
        _pump.Dispose();
        _runner.Dispose();
        _signals?.Dispose();
        _settings.Child?.Dispose();
        _loaded.Dispose();
    }

    /// <summary>Programs that no hook runs, in the order of the script.</summary>
    private List<(string Name, KernelProgram Program)> ProgramsOf(ProbeKind kind)
    {
        List<(string, KernelProgram)> programs = [];
        foreach (PlannedProbe probe in _plan.Probes)
        {
            if (probe.Kind != kind) continue;
            foreach (ProbeTarget target in probe.Targets) programs.Add((target.Function, _loaded.Programs[probe.ProgramName]));
        }

        return programs;
    }

    private void RunAll(ProbeKind kind)
    {
        foreach ((_, KernelProgram program) in ProgramsOf(kind)) AttachedProbes.Run(program);
    }

    private string NoProbes()
    {
        foreach (PlannedProbe probe in _plan.Probes)
        {
            if (probe.Kind == ProbeKind.Test) return "No probes attached; use --test to run test probes.";
            if (probe.Kind == ProbeKind.Bench) return "No probes attached; use --bench to run benchmark probes.";
        }

        return "Attachment failed for all probes.";
    }

    private void Watch()
    {
        if (_settings.Child is { } child)
        {
            _pump.WatchProcess(child.Descriptor);
            child.Release();
        }

        if (_settings.ProcessId == 0) return;
        int process = Libc.OpenProcess(_settings.ProcessId);
        if (process < 0) _isStopping = true; // it is gone already
        else _pump.WatchProcess(process);
    }

    /// <summary>Whoever wants to know that all is attached reads that line while we live: a script that ends at once would be gone before.</summary>
    private void Linger(long attached)
    {
        Output.Idle();
        TimeSpan left = TimeSpan.FromMilliseconds(NotifyPauseMs) - Stopwatch.GetElapsedTime(attached);
        if (left > TimeSpan.Zero) Thread.Sleep(left);
    }

    private void ReadEvents()
    {
        List<IteratorLink> iterators = [.. _attached!.Iterators];
        if (iterators.Count != 0)
        {
            foreach (IteratorLink iterator in iterators) Output.Raw(Encoding.UTF8.GetBytes(iterator.ReadText()));
            return;
        }

        // Without a hook nothing comes once the programs that we run ourselves have run.
        if (_attached.HookCount == 0 && ProgramsOf(ProbeKind.Self).Count == 0) return;
        _pump.Run(ShouldStop);
    }

    private bool ShouldStop()
    {
        if (_isSelfDue)
        {
            _isSelfDue = false;
            RunAll(ProbeKind.Self);
        }

        if (_areLossesDue)
        {
            _areLossesDue = false;
            TellLosses();
        }

        return _isStopping || Output.IsBroken;
    }

    /// <summary>What the programs wrote before they were detached is printed; then <c>end</c>, losses, maps.</summary>
    private int Finish()
    {
        bool wasStopped = _isStopping || _runner.ExitCode is not null;
        _attached!.Detach();
        if (wasStopped) _settings.Child?.Terminate();
        _pump.Drain();
        _runner.SkipsCommands = false; // those of 'end' are wanted
        int code = _runner.TakeExit();
        RunAll(ProbeKind.End);
        _pump.Drain();
        code = _runner.ExitCode ?? code;
        Output.End(); // ends a line that the script left open
        ReportLosses();
        if (_plan.Config.PrintMapsOnExit) _runner.PrintMaps();
        Output.Idle();
        return code;
    }

    private void ReportLosses()
    {
        ReportLostEvents();
        TraceLosses losses = Losses;
        if (losses.Events > 0) Output.Warn($"Total lost event count: {losses.Events}");
        if (_settings.HidesWarnings) return;
        foreach (string line in losses.Describe(withMarkedTexts: _settings.IsVerbose || _plan.Config.StringTruncationTrailer.Length == 0)) Output.Warn(line);
        if (_runner.SkippedCommands != 0) Output.Warn($"{_runner.SkippedCommands} commands of system() were not run: the script had been stopped");
    }

    /// <summary>What is missing so far, because somebody asks.</summary>
    private void TellLosses()
    {
        TraceLosses losses = Losses;
        if (losses.IsNone) Output.Warn("Nothing is lost so far");
        if (losses.Events > 0) Output.Warn($"{losses.Events} events are lost so far: the buffer was full");
        foreach (string line in losses.Describe(withMarkedTexts: true)) Output.Warn(line + ", so far");
    }

    private void ReportLostEvents()
    {
        long lost = _losses.Events;
        if (lost <= _lostReported) return;
        Output.Lost(lost - _lostReported);
        _lostReported = lost;
    }

    private void Tick()
    {
        ReportLostEvents();
        _load?.Refresh();
        if (_hasUserSymbols) _runner.RememberSymbols();
        if (Output.ObservesMaps && _ticks++ % TicksASecond == 0) Output.Observe(_runner.ReadMaps());
        _settings.OnTick?.Invoke(this);
    }

    private void RunSelf()
    {
        _isSelfDue = true;
        _pump.Interrupt();
    }

    private void AskForLosses()
    {
        _areLossesDue = true;
        _pump.Interrupt();
    }
}
