// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Exploration;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>The stack of all functions that can be active at the same time has to fit.</summary>
internal sealed class StackDepthCheck
{
    /// <summary>Frames of callers may take this much where a function makes a tail call: the callee's own 256 must be left.</summary>
    private const int MostBeforeTailCall = 256;

    private readonly Analysis _a;
    private readonly bool _isPrivate;
    private readonly List<(int Callee, int Slot, bool IsCall)>[] _calls;
    private readonly int[] _throws; // by subprogram: a slot that throws, or -1

    private StackDepthCheck(Analysis analysis)
    {
        _a = analysis;
        _isPrivate = analysis.Since(6, 13) && analysis.Input.Type is ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint;
        ProgramMap program = analysis.Program;
        _calls = [.. Enumerable.Range(0, program.SubprogramCount).Select(_ => new List<(int, int, bool)>())];
        _throws = new int[program.SubprogramCount];
        Array.Fill(_throws, -1);
        for (int at = 0; at < program.Code.Length; at++)
        {
            if (program.Rows[at] is not { } row) continue;
            if (row.Operation == Operation.CallKfunc && analysis.Input.Kfuncs.GetValueOrDefault(at) == "bpf_throw") _throws[program.SubprogramOf[at]] = at;
            bool isCallback = row.Operation == Operation.LdImm64 && (PseudoSource)program.Code[at].Source == PseudoSource.Function;
            if (row.Operation != Operation.CallLocal && !isCallback) continue;
            int callee = program.SubprogramAt(at + 1 + program.Code[at].Immediate);
            if (!isCallback && callee > 0 && callee == program.ExceptionCallback)
            {
                _a.Slot = at;
                _a.Refuse(ViolationKind.ExceptionCallback, -1, "the function for exceptions cannot be called: it runs when the program throws");
            }

            _calls[program.SubprogramOf[at]].Add((callee, at, !isCallback));
        }
    }

    /// <returns>The deepest stack over all call chains, in bytes.</returns>
    internal static int Run(Analysis analysis)
    {
        StackDepthCheck check = new(analysis);
        int deepest = check.Visit(0, 0, 1, false);
        for (int i = 1; i < analysis.Program.SubprogramCount; i++)
        {
            if (check.StartsAfresh(i)) deepest = Math.Max(deepest, check.Visit(i, 0, 1, false));
        }

        return deepest;
    }

    /// <summary>True for functions that run on a stack of their own: timers, work and exceptions.</summary>
    private bool StartsAfresh(int subprogram) => _a.Calls.IsAsyncCallback[subprogram] || (subprogram > 0 && subprogram == _a.Program.ExceptionCallback);

    private int Visit(int subprogram, int before, int frames, bool inCallback)
    {
        inCallback |= _a.Calls.IsCallback[subprogram] || (subprogram > 0 && subprogram == _a.Program.ExceptionCallback);
        if (inCallback && _throws[subprogram] >= 0) Refuse(ViolationKind.ExceptionCallback, subprogram, "bpf_throw cannot be called from a callback: the function of the kernel that called it could not be left", _throws[subprogram]);
        if (_a.Program.HasTailCall[subprogram] && subprogram > 0 && before >= MostBeforeTailCall)
        {
            Refuse(ViolationKind.TailCallMix, subprogram, $"{before} bytes of stack are in use where a function makes a tail call, at most {MostBeforeTailCall - 1} are allowed");
        }

        int own = (_a.Program.StackDepths[subprogram] + 15) & ~15;
        int depth = before + own;
        int limited = _isPrivate ? own : depth;
        if (limited > StackAccess.MaxStack)
        {
            Refuse(ViolationKind.StackDepth, subprogram, $"the functions that are active together take {limited} bytes of stack, at most {StackAccess.MaxStack} are allowed");
        }

        int deepest = depth;
        foreach ((int callee, int slot, bool isCall) in _calls[subprogram])
        {
            if (!isCall && StartsAfresh(callee)) continue;
            if (frames >= States.VerifierState.MaxFrames) Refuse(ViolationKind.CallDepth, subprogram, $"calls nest more than {States.VerifierState.MaxFrames} deep", slot);
            deepest = Math.Max(deepest, Visit(callee, depth, frames + 1, inCallback));
        }

        return deepest;
    }

    private void Refuse(ViolationKind kind, int subprogram, string sentence, int slot = -1)
    {
        _a.Slot = slot >= 0 ? slot : _a.Program.Starts[subprogram];
        _a.Refuse(kind, -1, sentence);
    }
}
