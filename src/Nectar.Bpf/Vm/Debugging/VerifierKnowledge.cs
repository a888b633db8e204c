// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>What is known about a register before an instruction, without running the program.</summary>
/// <param name="program">The program.</param>
/// <param name="slot">The instruction.</param>
/// <param name="register">0 to 10.</param>
/// <param name="value">The value that it has; null where it is not known.</param>
/// <returns>The knowledge in words; null for nothing.</returns>
public delegate string? RegisterKnowledge(DebugProgram program, int slot, int register, ulong? value);

/// <summary>
/// Asks the verifier what it knows, once for each program. An instruction that several paths reach has as many states; those that a
/// number does not fit are left out. The verifier does not walk a path whose state it has seen in a more general form, so that none
/// may be left: then nothing is said.
/// </summary>
public sealed class VerifierKnowledge
{
    private const int MostTexts = 3;
    private static readonly VerifierBudget s_budget = new() { Instructions = 100_000, Time = TimeSpan.FromSeconds(5) };

    private readonly DebugTarget _target;
    private readonly Dictionary<string, VerificationResult?> _results = new(StringComparer.Ordinal);

    /// <summary>Prepares to ask about the programs of what is debugged, by the rules of this process.</summary>
    public VerifierKnowledge(DebugTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        _target = target;
    }

    /// <summary>The verdict on a program; null if it cannot be verified at all.</summary>
    public VerificationResult? Verdict(string program)
    {
        if (_results.TryGetValue(program, out VerificationResult? result)) return result;
        try
        {
            // the kernel's types are asked for only where the object's own do not do: reading them takes longer than most verifications
            result = Verify(program, _target.Options.TargetTypes is [{ } types, ..] ? types : _target.Source.Types);
            if (!result.IsAccepted && _target.Options.KernelTypes?.Invoke() is { } kernel) result = Verify(program, kernel);
        }
        catch (NectarException)
        {
            result = null; // what it cannot link it knows nothing about
        }

        return _results[program] = result;
    }

    /// <summary>What the verifier knows about a register; fits <see cref="DebugSession.Knowledge"/>.</summary>
    public string? Find(DebugProgram program, int slot, int register, ulong? value)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (Verdict(program.Name)?.States is not { } states || (uint)slot >= (uint)states.Length) return null;
        List<string> texts = [];
        foreach (VerifierState state in states[slot])
        {
            if (state.Frames[state.Depth] is not { } frame) continue;
            ref readonly RegisterState known = ref frame.Registers[register];
            if (known.Kind == RegisterKind.NotInit || (value is { } number && known.IsScalar && !Contains(known.Range, number))) continue;
            string text = StateText.Of(known);
            if (!texts.Contains(text)) texts.Add(text);
        }

        if (texts.Count <= MostTexts) return texts.Count == 0 ? null : string.Join(" or ", texts);
        return string.Join(" or ", texts.Take(MostTexts)) + string.Create(CultureInfo.InvariantCulture, $" or {texts.Count - MostTexts} more");
    }

    private VerificationResult Verify(string program, BtfTypes? types) =>
        ProgramVerifier.Verify(_target.Source, program, new VerifierOptions { KernelTypes = types, Budget = s_budget, KeepStates = true, IsForThisProcess = true });

    /// <summary>True if a number is one of those that a range stands for.</summary>
    internal static bool Contains(in ScalarRange range, ulong number) => (number & ~range.Bits.Mask) == range.Bits.Value
        && number >= range.UMin && number <= range.UMax && (long)number >= range.SMin && (long)number <= range.SMax
        && (uint)number >= range.U32Min && (uint)number <= range.U32Max && (int)number >= range.S32Min && (int)number <= range.S32Max;
}
