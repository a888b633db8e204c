// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>
/// Debugs a program in this process: the interpreter over the real prepared program, with its helpers, maps, tail calls, callbacks
/// and subprograms, one instruction at a time, forwards and backwards. Going back repeats the runs from the beginning, in the same memory,
/// with the same clock, random numbers and changes of the user. For one thread at a time, but for <see cref="Pause"/>.
/// </summary>
public sealed partial class DebugSession : IDisposable
{
    private readonly Debuggee _debuggee;
    private readonly DebugMemory _memory;
    private readonly AddressNames _names;
    private readonly DebugScope _scope;
    private DebugStop _stop;

    /// <summary>Loads the object and stands before the first instruction of the first run.</summary>
    /// <exception cref="Diagnostics.LoadException">The object cannot be loaded.</exception>
    /// <exception cref="DebugException">There is no input (NEC5108).</exception>
    public DebugSession(DebugTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
        if (target.Inputs.Count == 0) throw new DebugException(DebugCodes.NoInput, $"program '{target.Program}' has no input: there is nothing to run it on");
        _debuggee = new Debuggee(target);
        _memory = new DebugMemory(_debuggee);
        _names = new AddressNames(_debuggee);
        _scope = new DebugScope(_debuggee, _memory, _names);
        _debuggee.Breakpoints.Scope = _scope;
        _stop = new DebugStop(DebugStopReason.Entry, 0, 0);
        try
        {
            Start(0);
        }
        catch
        {
            _debuggee.Dispose();
            throw;
        }
    }

    /// <summary>What is debugged.</summary>
    public DebugTarget Target { get; }

    /// <summary>Where the program stands, and why.</summary>
    public DebugStop Stop => _stop;

    /// <summary>True while the program stands before an instruction; false when its run is over.</summary>
    public bool IsAtInstruction => _stop.Reason != DebugStopReason.RunEnded;

    /// <summary>The programs of the object that were loaded: the one that was started and those that tail calls reach.</summary>
    public IReadOnlyList<DebugProgram> Programs => [.. _debuggee.Stepper.Programs];

    /// <summary>The program that is started.</summary>
    public DebugProgram EntryProgram => _debuggee.Stepper.Find(Target.Program)!;

    /// <summary>Gets each line of trace helpers once, also when runs are repeated. Called on the program's thread.</summary>
    public Action<string>? Trace
    {
        get => _debuggee.Trace;
        set => _debuggee.Trace = value;
    }

    /// <summary>Records that programs put into ring buffers, in the runs that are over.</summary>
    public IReadOnlyList<DebugEvent> Events => _debuggee.Events;

    /// <summary>Loads the object anew, goes through the runs before one, and stands before that one's first instruction.</summary>
    /// <exception cref="DebugException">There is no such input (NEC5108).</exception>
    public DebugStop Start(int run) => Arrive(_debuggee.Start(CheckRun(run), new Motion.ToStep(0)));

    /// <summary>As <see cref="Start(int)"/>, and on to a breakpoint.</summary>
    public DebugStop Restart(int run = 0) => Arrive(_debuggee.Start(CheckRun(run), new Motion.Onward()));

    /// <summary>Goes on to the next breakpoint, watchpoint or fault, through the runs that follow; at the last one's end it stands.</summary>
    public DebugStop Continue() => Forward(_ => new Motion.Onward());

    /// <summary>Carries out one instruction; with <paramref name="over"/> together with the functions that it calls.</summary>
    public DebugStop StepInstruction(bool over = false) => Forward(depth => new Motion.Instruction(depth, over));

    /// <summary>Goes on to another source line; with <paramref name="over"/> not into functions. One instruction where there are no lines.</summary>
    public DebugStop StepLine(bool over = false) => Forward(depth => _debuggee.Stepper.Program.LineNumberAt(_debuggee.Stepper.Slot) is var line and >= 0
        ? new Motion.Line(_debuggee.Stepper.Program, line, depth, over)
        : new Motion.Instruction(depth, over));

    /// <summary>Goes on until the function has returned; from the entry function until the run is over.</summary>
    public DebugStop StepOut() => Forward(depth => new Motion.Out(depth));

    /// <summary>Goes back to the last breakpoint before, or to the change of a watched value; without one to the beginning of the run.</summary>
    public DebugStop ReverseContinue() => Backward(end => new Motion.LastBreakpoint(end, _debuggee.Breakpoints));

    /// <summary>Goes back by one instruction; with <paramref name="over"/> over functions that returned.</summary>
    public DebugStop ReverseInstruction(bool over = false)
    {
        int depth = over && IsAtInstruction ? _debuggee.Stepper.Depth : int.MaxValue;
        return over ? Backward(end => new Motion.LastAtDepth(end, depth)) : Backward(end => new Motion.LastAtDepth(end, int.MaxValue));
    }

    /// <summary>Goes back to where a source line began; with <paramref name="over"/> over functions that returned.</summary>
    public DebugStop ReverseLine(bool over = false)
    {
        if (IsAtInstruction && _debuggee.Stepper.Program.LineNumberAt(_debuggee.Stepper.Slot) < 0) return ReverseInstruction(over);
        int depth = IsAtInstruction ? _debuggee.Stepper.Depth : over ? 0 : int.MaxValue;
        return Backward(end => new Motion.LastLine(end, depth, over));
    }

    /// <summary>Goes back to the call of the function; in the entry function to the beginning of the run.</summary>
    public DebugStop ReverseOut()
    {
        int depth = IsAtInstruction ? _debuggee.Stepper.Depth - 1 : -1;
        return Backward(end => new Motion.LastAtDepth(end, depth));
    }

    /// <summary>Goes to a place by its number: instructions carried out in a run.</summary>
    public DebugStop GoTo(int run, long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        Motion motion = new Motion.ToStep(step);
        bool isAhead = IsAtInstruction && run == _stop.Run && step > _stop.Step;
        return Arrive(isAhead ? _debuggee.Move(motion) : _debuggee.Start(CheckRun(run), motion));
    }

    /// <summary>True while a motion is under way, on another thread than the one that asks.</summary>
    public bool IsUnderWay => _debuggee.IsUnderWay;

    /// <summary>Lets the program stand at its next instruction: the motion that is under way or the next one ends there. From any thread.</summary>
    public void Pause() => _debuggee.Pause();

    /// <summary>Takes back a <see cref="Pause"/> that came too late to stop anything.</summary>
    public void CancelPause() => _debuggee.CancelPause();

    /// <summary>Ends the program.</summary>
    public void Dispose() => _debuggee.Dispose();

    private DebugStop Forward(Func<int, Motion> motion)
    {
        if (IsAtInstruction) return Arrive(_debuggee.Move(motion(_debuggee.Stepper.Depth)));
        if (_stop.Run + 1 >= Target.Inputs.Count) throw new DebugException(DebugCodes.NoInput, "the last run is over", "help: run or start begins anew; reverse-step and reverse-continue go back");
        Motion next = motion(0) is Motion.Onward onward ? onward : new Motion.ToStep(0);
        return Arrive(_debuggee.Move(next));
    }

    /// <summary>Goes the way once more to see where to stop, and again to stop there.</summary>
    private DebugStop Backward(Func<long, Motion.Search> motion)
    {
        (int run, long end) = (_stop.Run, _stop.Step);
        if (end == 0)
        {
            if (run == 0) return _stop;
            run--;
            end = long.MaxValue;
        }

        Motion.Search search = motion(end);
        DebugStop turned = _debuggee.Start(run, search);
        if (turned.Reason == DebugStopReason.Pause) return Arrive(turned);
        if (turned.Reason is not (DebugStopReason.Step or DebugStopReason.RunEnded or DebugStopReason.Fault or DebugStopReason.Entry) || (turned.Step != end && end != long.MaxValue && turned.Reason != DebugStopReason.RunEnded && turned.Reason != DebugStopReason.Fault))
        {
            Arrive(turned);
            throw new DebugException(DebugCodes.NotRepeated, "the run did not repeat itself", "note: helpers of the caller (clock, memory, FIB table) that change from call to call make it so");
        }

        DebugStop stop = _debuggee.Start(run, new Motion.ToStep(Math.Max(0, search.Found)));
        if (search is Motion.LastBreakpoint { Stop: { } reason } && search.Found >= 0) stop = reason with { Run = run, Step = stop.Step };
        return Arrive(stop);
    }

    private DebugStop Arrive(DebugStop stop)
    {
        _stop = stop;
        _frame = null;
        return stop;
    }

    private int CheckRun(int run) => run >= 0 && run < Target.Inputs.Count
        ? run
        : throw new DebugException(DebugCodes.NoInput, $"there is no run {run + 1}: the last is {Target.Inputs.Count}");
}
