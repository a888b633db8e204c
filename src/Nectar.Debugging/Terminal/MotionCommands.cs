// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Terminal;

/// <summary>Commands that move the program, forwards and backwards.</summary>
internal sealed class MotionCommands
{
    private readonly DebugTerminal _terminal;

    internal MotionCommands(DebugTerminal terminal)
    {
        _terminal = terminal;
        DebugSession session = terminal.Session;
        Rows =
        [
            new(["run", "r"], "[PACKET]", "Begin anew with a packet (1 unless said) and go on to a breakpoint", words => Show(session.Restart(Input(words)))),
            new(["start"], "[PACKET]", "Begin anew with a packet and stand before its first instruction", words => Show(session.Start(Input(words)))),
            new(["packet"], "[N|next|previous]", "Stand before the first instruction of a packet; those before it are run", Packet, true),
            new(["continue", "c"], "[N]", "Go on to a breakpoint, through the packets that follow; past it N - 1 times", Continue, true),
            new(["step", "s"], "[N]", "Go on to another source line, into functions", words => Repeat(words, () => session.StepLine()), true),
            new(["next", "n"], "[N|packet]", "Go on to another source line, over functions; next packet: to the next packet", Next, true),
            new(["stepi", "si"], "[N]", "Carry out one instruction", words => Repeat(words, () => session.StepInstruction(), true), true),
            new(["nexti", "ni"], "[N]", "Carry out one instruction with the functions that it calls", words => Repeat(words, () => session.StepInstruction(over: true), true), true),
            new(["finish", "fin"], "", "Go on until the function has returned", _ => Finish()),
            new(["advance", "until"], "PLACE", "Go on to a place", Advance),
            new(["reverse-step", "rs"], "[N]", "Go back to where a source line began", words => Repeat(words, () => session.ReverseLine(), reverse: true), true),
            new(["reverse-next", "rn"], "[N]", "Go back to where a source line began, over functions", words => Repeat(words, () => session.ReverseLine(over: true), reverse: true), true),
            new(["reverse-stepi", "rsi"], "[N]", "Go back by one instruction", words => Repeat(words, () => session.ReverseInstruction(), true, true), true),
            new(["reverse-nexti", "rni"], "[N]", "Go back by one instruction, over functions", words => Repeat(words, () => session.ReverseInstruction(over: true), true, true), true),
            new(["reverse-finish"], "", "Go back to the call of the function", _ => Show(session.ReverseOut(), true)),
            new(["reverse-continue", "rc"], "", "Go back to a breakpoint; without one to the packet's beginning", _ => Show(session.ReverseContinue()), true),
            new(["goto"], "STEP", "Go to a place of this packet's run by its number, forwards or backwards", words => Show(session.GoTo(session.Stop.Run, words.Number("the number of a step", 0)), true)),
        ];
    }

    internal IReadOnlyList<CommandRow> Rows { get; }

    private DebugSession Session => _terminal.Session;

    private static int Input(Words words) => words.IsEmpty ? 0 : words.Number("the number of a packet, from 1", 1) - 1;

    private void Show(DebugStop stop, bool asInstruction = false) => _terminal.Stops.Write(stop, asInstruction);

    /// <summary>Does it so often; what stops it for another reason ends it.</summary>
    private void Repeat(Words words, Func<DebugStop> motion, bool asInstruction = false, bool reverse = false)
    {
        DebugStop stop = Session.Stop;
        for (int count = words.Count(); count > 0; count--)
        {
            (int, long) before = (stop.Run, stop.Step);
            stop = motion();
            if (stop.Reason is not (DebugStopReason.Step or DebugStopReason.Entry)) break;
            if (reverse && (stop.Run, stop.Step) == before)
            {
                _terminal.Output.WriteLine("this is the beginning");
                break;
            }
        }

        Show(stop, asInstruction);
    }

    private void Continue(Words words)
    {
        int count = words.Count();
        DebugStop stop = Session.Continue();
        for (; count > 1 && stop.Reason == DebugStopReason.Breakpoint; count--) stop = Session.Continue();
        Show(stop);
    }

    private void Next(Words words)
    {
        if (words.IsEmpty || char.IsAsciiDigit(words.Peek[0]))
        {
            Repeat(words, () => Session.StepLine(over: true));
            return;
        }

        if (words.Next("packet") != "packet") throw words.Wrong("expected a count or 'packet'");
        Show(Session.Start(Session.Stop.Run + 1));
    }

    private void Packet(Words words)
    {
        string which = words.IsEmpty ? "" : words.Peek;
        if (which.Length == 0)
        {
            _terminal.Output.WriteLine(FormattableString.Invariant($"{_terminal.Stops.InputText(Session.Stop.Run)}, step {Session.Stop.Step}"));
            return;
        }

        int run = which switch
        {
            "next" => Session.Stop.Run + 1,
            "previous" => Session.Stop.Run - 1,
            _ => words.Number("a packet's number, 'next' or 'previous'", 1) - 1,
        };
        Show(Session.Start(run));
    }

    private void Finish()
    {
        string? function = Session.IsAtInstruction && Session.Frames.Count > 1 ? Session.Frames[0].Function : null;
        DebugStop stop = Session.StepOut();
        Show(stop);
        if (function is not null && stop.Reason == DebugStopReason.Step) _terminal.Output.WriteLine($"{function} returned {Session.Evaluate("r0").Value}");
    }

    private void Advance(Words words)
    {
        Breakpoint there = Session.AddBreakpoint(words.Rest("a place"), isTemporary: true);
        try
        {
            Show(Session.Continue());
        }
        finally
        {
            if (Session.Breakpoints.Contains(there)) Session.RemoveBreakpoint(there.Number);
        }
    }
}
