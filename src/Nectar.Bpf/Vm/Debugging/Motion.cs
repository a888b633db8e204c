// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>How far the program is to go: asked before each instruction, on the thread that runs it.</summary>
internal abstract class Motion
{
    /// <summary>True if the program stands where it was to go.</summary>
    internal abstract bool Ends(Stepper at);

    /// <summary>True if breakpoints and watchpoints count on the way.</summary>
    internal virtual bool HeedsBreakpoints => true;

    /// <summary>True if a fault here does not end the motion, because the place to go to lies behind it.</summary>
    internal virtual bool PassesFault(Stepper at) => false;

    /// <summary>True if the end of a run ends the motion; false to go on with the next input.</summary>
    internal virtual bool EndsWithRun => true;

    /// <summary>Goes to a place in the run that was there before.</summary>
    internal sealed class ToStep(long step) : Motion
    {
        internal override bool HeedsBreakpoints => false;

        internal override bool PassesFault(Stepper at) => at.Step < step;

        internal override bool Ends(Stepper at) => at.Step >= step;
    }

    /// <summary>Goes to the next breakpoint.</summary>
    internal sealed class Onward : Motion
    {
        internal override bool EndsWithRun => false;

        internal override bool Ends(Stepper at) => false;
    }

    /// <summary>Goes to the end of the run, whatever is on the way.</summary>
    internal sealed class Through : Motion
    {
        internal override bool HeedsBreakpoints => false;

        internal override bool EndsWithRun => false;

        internal override bool PassesFault(Stepper at) => true;

        internal override bool Ends(Stepper at) => false;
    }

    /// <summary>One instruction, or with what it calls.</summary>
    internal sealed class Instruction(int depth, bool over) : Motion
    {
        internal override bool Ends(Stepper at) => !over || at.Depth <= depth;
    }

    /// <summary>To where the function returns to.</summary>
    internal sealed class Out(int depth) : Motion
    {
        internal override bool Ends(Stepper at) => at.Depth < depth;
    }

    /// <summary>To the beginning of another line, or of the same in another call.</summary>
    internal sealed class Line(DebugProgram program, int line, int depth, bool over) : Motion
    {
        internal override bool Ends(Stepper at)
        {
            if (over && at.Depth > depth) return false;
            return at.Program.StartsLine(at.Slot) && (at.Depth != depth || at.Program != program || at.Program.LineNumberAt(at.Slot) != line);
        }
    }

    /// <summary>Goes over the whole way once more and remembers the last place that counts; ends where it began.</summary>
    internal abstract class Search(long end) : Motion
    {
        /// <summary>The last place that counts; -1 if there is none.</summary>
        internal long Found { get; set; } = -1;

        internal override bool HeedsBreakpoints => false;

        internal override bool PassesFault(Stepper at) => at.Step < end;

        internal override bool Ends(Stepper at)
        {
            if (at.Step >= end)
            {
                LookAtEnd(at);
                return true;
            }

            Look(at);
            return false;
        }

        /// <summary>The place where the search began has been reached.</summary>
        protected virtual void LookAtEnd(Stepper at)
        {
        }

        protected abstract void Look(Stepper at);
    }

    /// <summary>The last instruction that is no deeper than a depth.</summary>
    internal sealed class LastAtDepth(long end, int depth) : Search(end)
    {
        protected override void Look(Stepper at)
        {
            if (at.Depth <= depth) Found = at.Step;
        }
    }

    /// <summary>The last beginning of a line, as <see cref="Line"/> would find them one after the other.</summary>
    internal sealed class LastLine(long end, int depth, bool over) : Search(end)
    {
        private DebugProgram? _program;
        private int _line = -1, _depth = -1;

        protected override void Look(Stepper at)
        {
            if (over && at.Depth > depth) return;
            bool counts = _program is null || (at.Program.StartsLine(at.Slot) && (at.Depth != _depth || at.Program != _program || at.Program.LineNumberAt(at.Slot) != _line));
            if (!counts) return;
            (_program, _line, _depth) = (at.Program, at.Program.LineNumberAt(at.Slot), at.Depth);
            Found = at.Step;
        }
    }

    /// <summary>The last place where a breakpoint would have stopped the program.</summary>
    internal sealed class LastBreakpoint(long end, BreakpointTable breakpoints) : Search(end)
    {
        private Watching? _watching;

        /// <summary>What stopped it.</summary>
        internal DebugStop? Stop { get; private set; }

        protected override void Look(Stepper at)
        {
            _watching ??= breakpoints.StartWatching();
            if (breakpoints.Hit(at, counts: false) is { } hit)
            {
                Stop = hit;
                Found = at.Step;
            }

            LookAtEnd(at);
        }

        /// <summary>What changed a value is the instruction before, which may be the last one.</summary>
        protected override void LookAtEnd(Stepper at)
        {
            _watching ??= breakpoints.StartWatching();
            if (_watching.Look(at, counts: false) is { } change)
            {
                Stop = change with { OldValue = change.NewValue, NewValue = change.OldValue };
                Found = Math.Max(0, at.Step - 1);
            }
        }
    }
}
