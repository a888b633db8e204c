// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Exploration;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier;

/// <summary>Proves that a program is safe, or says why it is not, as the kernel's verifier does.</summary>
public static class ProgramVerifier
{
    /// <summary>Verifies one program of an object.</summary>
    /// <param name="source">The object.</param>
    /// <param name="program">The program's name.</param>
    /// <param name="options">How; null for the newest kernel's rules.</param>
    /// <exception cref="ArgumentException">The object has no such program.</exception>
    /// <exception cref="NectarException">The program cannot be linked.</exception>
    public static VerificationResult Verify(BpfObject source, string program, VerifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.Programs.TryGet(program, out ProgramDefinition? definition)) throw new ArgumentException($"the object has no program '{program}'", nameof(program));
        LinkedProgram linked = ProgramLinker.Link(source, definition);
        if (options?.KernelTypes is { } kernel && source.Types is { } local && linked.CoreRelocations.Length > 0) CoreRelocator.Apply([linked], local, [kernel]);
        return Verify(LinkedInput.From(source, linked, options?.KernelTypes), options ?? new());
    }

    internal static VerificationResult Verify(VerifierInput input, VerifierOptions options)
    {
        VerificationResult result = Verify(input, options, options.Mode == VerifierMode.Widening ? VerifierMode.Widening : VerifierMode.Paths);
        if (options.Mode != VerifierMode.Auto || result.Refusal?.Kind is not (ViolationKind.TooComplex or ViolationKind.BudgetSpent)) return result;
        VerificationResult summed = Verify(input, options, VerifierMode.Widening);
        return summed.IsAccepted ? summed : result;
    }

    private static VerificationResult Verify(VerifierInput input, VerifierOptions options, VerifierMode mode)
    {
        long started = Stopwatch.GetTimestamp();
        Analysis? analysis = null;
        Explorer? explorer = null;
        Violation? refusal = null;
        int depth = 0;
        try
        {
            ProgramMap map = ProgramMapBuilder.Build(input);
            analysis = new Analysis(input, options, map, mode);
            explorer = new Explorer(analysis);
            Checks.LoadCheck.Run(analysis);
            WalkAll(analysis, explorer);
            depth = StackDepthCheck.Run(analysis);
        }
        catch (VerifierStop stop)
        {
            refusal = stop.Violation;
        }

        return new VerificationResult
        {
            Input = input,
            Refusal = refusal,
            DecidedBy = mode,
            Path = refusal is not null && analysis is not null ? PathReader.Read(analysis.State, analysis.Slot) : [],
            Registers = refusal is not null && analysis is not null ? Texts(analysis) : [],
            FaultingLoads = analysis?.FaultingLoads ?? [],
            Facts = analysis?.Facts,
            States = explorer?.KeptStates is { } kept ? [.. kept.Select(static s => (IReadOnlyList<VerifierState>)(s ?? []))] : null,
            Statistics = new VerifierStatistics
            {
                InstructionsWalked = explorer?.Walked ?? 0,
                States = explorer?.Checkpoints ?? 0,
                PeakStates = analysis?.Pool.Peak ?? 0,
                StackDepth = depth,
                Visits = explorer?.Visits ?? [],
                Time = Stopwatch.GetElapsedTime(started),
            },
        };
    }

    private static string[] Texts(Analysis analysis)
    {
        if (analysis.State.Frames[analysis.State.Depth] is not { } frame) return [];
        string[] texts = new string[FrameState.RegisterCount];
        for (int r = 0; r < texts.Length; r++) texts[r] = StateText.Of(frame.Registers[r]);
        return texts;
    }

    /// <summary>The program, then each global function that something called.</summary>
    private static void WalkAll(Analysis a, Explorer explorer)
    {
        MapPrograms.Check(a);
        Enter(a, 0);
        explorer.Run(0);
        if (a.Program.ExceptionCallback > 0) a.CalledGlobals[a.Program.ExceptionCallback] = true;
        bool[] done = new bool[a.Program.SubprogramCount];
        for (bool found = true; found;)
        {
            found = false;
            for (int i = 1; i < done.Length; i++)
            {
                if (done[i] || !a.Program.IsGlobal[i] || (!a.CalledGlobals[i] && a.Since(6, 8))) continue;
                done[i] = found = true;
                Enter(a, i);
                explorer.Run(a.Program.Starts[i]);
            }
        }
    }

    private static void Enter(Analysis a, int subprogram)
    {
        VerifierState state = a.Pool.Rent();
        FrameState frame = a.Pool.RentFrame();
        state.Frames[0] = frame;
        frame.Subprogram = subprogram;
        frame.Instance = a.NewId();
        SubprogramCall.SetFramePointer(frame);
        state.InSleepable = a.Input.IsSleepable;
        a.State = state;
        a.CurrentGlobal = subprogram;
        a.Slot = a.Program.Starts[subprogram];
        if (subprogram > 0) GlobalFunctions.SetArguments(a, subprogram, frame);
        else EntryState.Set(a, frame);
        if (subprogram > 0 && subprogram == a.Program.ExceptionCallback) frame.Entry = FrameEntry.ExceptionCallback;
    }
}
