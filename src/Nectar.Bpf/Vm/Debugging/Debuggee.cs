// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.ExceptionServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>
/// The program that is debugged, on a thread of its own: it stands in the middle of the interpreter while the debugger looks. Going back
/// is going there again: the thread is ended, the object loaded anew into the same memory, and the same runs are repeated.
/// </summary>
internal sealed class Debuggee : IDisposable
{
    private static readonly Motion s_through = new Motion.Through();

    private readonly DebugTarget _target;
    private readonly NativeArena _arena = new();
    private readonly DebugClock _clock = new();
    private readonly SemaphoreSlim _go = new(0), _stood = new(0);
    private readonly List<DebugEnded> _ended = [];
    private Thread? _thread;
    private Motion _motion = new Motion.ToStep(0);
    private DebugStop _stop = new(DebugStopReason.Entry, 0, 0);
    private ExceptionDispatchInfo? _problem;
    private bool _isQuiet;
    private volatile bool _abandoned, _pausing;
    private (int Run, long Step) _frontier = (-1, 0);

    internal Debuggee(DebugTarget target)
    {
        _target = target;
        Stepper.Arrived = OnArrived;
        Stepper.Faulted = OnFaulted;
        Breakpoints = new BreakpointTable(Stepper);
    }

    internal Stepper Stepper { get; } = new();

    internal BreakpointTable Breakpoints { get; }

    internal Journal Journal { get; } = new();

    /// <summary>The loaded object; null before the first start.</summary>
    internal VmObject? Object { get; private set; }

    /// <summary>The session of the run; null before the first start.</summary>
    internal RunSession? Session { get; private set; }

    /// <summary>The number of the input.</summary>
    internal int Run { get; private set; }

    /// <summary>Records that programs put into ring buffers, in all runs until now.</summary>
    internal List<DebugEvent> Events { get; } = [];

    /// <summary>Gets the lines of trace helpers, each once.</summary>
    internal Action<string>? Trace { get; set; }

    /// <summary>Begins anew, goes through all runs before one unasked, and moves in that one.</summary>
    internal DebugStop Start(int run, Motion motion)
    {
        Abandon();
        Breakpoints.Scope.Frame = null;
        _motion = motion;
        _abandoned = false;
        _thread = new Thread(() => Body(run)) { IsBackground = true, Name = "debuggee" };
        _thread.Start();
        return Wait();
    }

    /// <summary>Goes on from where the program stands.</summary>
    internal DebugStop Move(Motion motion)
    {
        Breakpoints.Scope.Frame = null;
        _motion = motion;
        _ended.Clear();
        _go.Release();
        return Wait();
    }

    /// <summary>True while the program is under way.</summary>
    internal bool IsUnderWay { get; private set; }

    /// <summary>Lets the program stand at its next instruction; from any thread.</summary>
    internal void Pause() => _pausing = true;

    /// <summary>Takes a pause back that has not stopped the program.</summary>
    internal void CancelPause() => _pausing = false;

    /// <summary>What happens from here on has not happened before, also if it has.</summary>
    internal void ForgetFuture(int run, long step) => _frontier = (run, step);

    public void Dispose()
    {
        Abandon();
        _arena.Dispose();
        _go.Dispose();
        _stood.Dispose();
    }

    private DebugStop Wait()
    {
        IsUnderWay = true;
        _stood.Wait();
        IsUnderWay = false;
        if (_problem is null) return _stop;
        ExceptionDispatchInfo problem = _problem;
        Abandon();
        _problem = null;
        problem.Throw();
        return _stop;
    }

    private void Abandon()
    {
        if (_thread is null) return;
        _abandoned = true;
        Object?.Dispose(); // a run at full speed ends at its next look at the limits
        _go.Release();
        _thread.Join();
        _thread = null;
        Stepper.Leave();
        Object = null;
        Session = null;
        while (_go.Wait(0)) { }
        while (_stood.Wait(0)) { }
        _problem = null;
        _ended.Clear();
        Events.Clear();
        _arena.Rewind();
        _clock.Reset();
    }

    private void Body(int first)
    {
        NativeBlocks.Arena = _arena;
        try
        {
            VmOptions options = _target.Options with
            {
                Regime = VmRegime.Checked,
                TimeLimit = Timeout.InfiniteTimeSpan,
                Clock = _clock.Now,
                RandomSeed = _target.Options.RandomSeed ?? 1,
                TraceSink = OnTrace,
            };
            using VmObject loaded = VmObject.Load(_target.Source, options, new SteppedEngine(Stepper));
            Object = loaded;
            RunSession session = loaded.Host.Rent();
            Session = session;
            try
            {
                RunAll(loaded, session, first);
            }
            finally
            {
                session.EndRun();
                loaded.Host.Return(session);
            }
        }
        catch (ObjectDisposedException) when (_abandoned)
        {
        }
        catch (Exception problem)
        {
            _problem = ExceptionDispatchInfo.Capture(problem);
            _stood.Release();
        }
    }

    private void RunAll(VmObject loaded, RunSession session, int first)
    {
        VmProgram program = loaded.Programs[_target.Program];
        using DebugEventReader reader = new(loaded, Events);
        for (int run = 0; run < _target.Inputs.Count && !_abandoned; run++)
        {
            DebugInput input = _target.Inputs[run];
            bool isSkipped = run < first;
            _isQuiet = isSkipped && run < _frontier.Run;
            Motion wanted = _motion;
            if (isSkipped && !_isQuiet) _motion = s_through; // it has not run before, so that it may not end: a pause has to be heard
            Run = run;
            Stepper.Reset();
            Stepper.IsActive = !_isQuiet || Journal.Touches(run);
            _clock.Begin(input);
            RunResult result = program.Run(session, input.Bytes, input.Context);
            Stepper.Leave();
            if (_abandoned) return;
            if (!_isQuiet)
            {
                DebugStop stop = new(DebugStopReason.RunEnded, run, Stepper.Step + 1) { Result = result, Fault = result.Fault };
                bool isLast = run == _target.Inputs.Count - 1;
                if (_motion.EndsWithRun || isLast)
                {
                    if (!Halt(stop)) return;
                }
                else if (_motion != s_through)
                {
                    _ended.Add(new DebugEnded(run, result.Value, result.Fault, result.Redirects));
                }

                if (_motion == s_through) _motion = wanted;
                else first = 0;
            }

            session.EndRun();
            reader.Drain(run);
        }
    }

    private bool OnArrived()
    {
        if (_abandoned) return false;
        Stepper stepper = Stepper;
        Journal.Apply(Run, stepper.Step);
        if (_isQuiet) return true;
        if (stepper.Step == 0) Breakpoints.Rebase();
        DebugStop? stop = null;
        if (_motion.HeedsBreakpoints)
        {
            stop = Breakpoints.Hit(stepper, counts: true);
            if (Breakpoints.Watching?.Look(stepper, counts: true) is { } change) stop ??= change;
        }

        if (_pausing) stop ??= new DebugStop(DebugStopReason.Pause, Run, stepper.Step);
        if (stop is null && _motion.Ends(stepper)) stop = new DebugStop(stepper.Step == 0 ? DebugStopReason.Entry : DebugStopReason.Step, Run, stepper.Step);
        return stop is null || Halt(stop with { Run = Run });
    }

    private void OnFaulted()
    {
        if (_isQuiet || _abandoned || _motion.PassesFault(Stepper)) return;
        Halt(new DebugStop(DebugStopReason.Fault, Run, Stepper.Step) { Fault = FaultReport.Create(Session!) });
    }

    /// <summary>Stands still until the debugger says more; false if this thread is of no more use.</summary>
    private bool Halt(DebugStop stop)
    {
        if ((Run, stop.Step).CompareTo(_frontier) > 0) _frontier = (Run, stop.Step);
        _pausing = false;
        _stop = _ended.Count == 0 ? stop : stop with { Ended = [.. _ended] };
        _stood.Release();
        _go.Wait();
        if (_abandoned) return false;
        Breakpoints.Rebase();
        return true;
    }

    private void OnTrace(string line)
    {
        if ((Run, Stepper.IsActive ? Stepper.Step : 0).CompareTo(_frontier) >= 0) Trace?.Invoke(line);
    }
}
