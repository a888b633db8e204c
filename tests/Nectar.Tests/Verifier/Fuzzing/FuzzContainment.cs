// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.Exploration;
using Nectar.Bpf.Verifier.States;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>
/// Runs programs that the verifier accepts, one instruction after the other, and looks at each whether what the machine holds is what the
/// verifier said it could hold: live registers and the running frame's stack must fit one of the states kept for that slot.
/// </summary>
internal sealed unsafe class FuzzContainment
{
    private static readonly VerifierOptions s_options = new()
    {
        Mode = VerifierMode.Paths,
        KeepStates = true,
        IsExact = true,
        Budget = new VerifierBudget { Instructions = 20_000, Time = TimeSpan.FromSeconds(5) },
    };

    public long Programs { get; private set; }

    public long Runs { get; private set; }

    public long Steps { get; private set; }

    /// <summary>What went wrong: the verifier said too much.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>Verifies a program and, if it is accepted and this machine can load it, runs it.</summary>
    public void Try(FuzzProgram program, int runs)
    {
        VerificationResult verdict = FuzzVerification.Verify(program, s_options);
        if (!verdict.IsAccepted || verdict.States is not { } states) return;
        ushort[] live = ProgramMapBuilder.Build(FuzzVerification.Input(program)).LiveRegisters;
        Stepper stepper = new();
        VmObject loaded;
        try
        {
            loaded = VmObject.Load(Wrap(program), new VmOptions { RandomSeed = (ulong)program.Seed, FuelLimit = 100_000, CpuCount = 1 }, new SteppedEngine(stepper));
        }
        catch (LoadException)
        {
            return; // a helper that this machine does not have
        }
        catch (VerificationException problem) when (problem.Diagnostics[0].Message.Contains("paths are left", StringComparison.Ordinal))
        {
            return; // too complex without the exact comparison of states that the first look had: a refusal, not an unsound verdict
        }

        using (loaded)
        {
            Programs++;
            stepper.IsActive = true;
            string? violation = null;
            stepper.Arrived = () =>
            {
                Steps++;
                violation = Misfit(stepper, states[stepper.Slot], live[stepper.Slot], loaded);
                return violation is null;
            };
            Random random = new(program.Seed);
            for (int run = 0; run < runs && violation is null; run++)
            {
                Runs++;
                stepper.Reset();
                RunResult result = loaded.Programs[0].Run(Input(random, loaded.Programs[0]));
                if (violation is null && result.Fault is { Kind: FaultKind.Memory or FaultKind.HelperArgument } fault) violation = $"the machine faults: {fault}";
                if (violation is not null) Violations.Add($"{program.Type} seed {program.Seed}: {violation}");
            }
        }
    }

    private static BpfObject Wrap(FuzzProgram program)
    {
        FunctionDefinition main = new() { Name = "main", Section = "main", Instructions = program.Code };
        BpfObject source = new() { Name = "fuzz", License = "GPL" };
        foreach (MapDefinition map in FuzzMaps.All) source.Maps.Add(map);
        source.Functions.Add(main);
        source.Programs.Add(new ProgramDefinition { Name = "main", Section = "main", Type = program.Type, Entry = main });
        return source;
    }

    private static byte[] Input(Random random, VmProgram program)
    {
        byte[] input = new byte[program.TakesPackets ? 14 + random.Next(120) : program.Context.Shape == ContextShape.Record ? Math.Min(64, program.Context.Size) & ~7 : 64];
        if (random.Next(3) > 0) random.NextBytes(input);
        return input;
    }

    private static string? Misfit(Stepper at, IReadOnlyList<VerifierState> states, int live, VmObject loaded)
    {
        string? why = null;
        for (int i = states.Count - 1; i >= 0; i--)
        {
            VerifierState state = states[i];
            if (state.Depth != at.Depth) continue;
            why = Misfit(at, state.Frame, live, loaded);
            if (why is null) return null;
        }
        return $"slot {at.Slot}, depth {at.Depth}: {why ?? "no state was kept"} ({states.Count} states)";
    }

    private static string? Misfit(Stepper at, FrameState frame, int live, VmObject loaded)
    {
        for (int r = 0; r < 10; r++)
        {
            if ((live & 1 << r) != 0 && !Fits(at, frame.Registers[r], at.Registers[r], loaded)) return $"r{r} is 0x{at.Registers[r]:x}, known as {Text(frame.Registers[r])}";
        }
        for (int s = 0; s < frame.StackSlots; s++)
        {
            ref StackSlot slot = ref frame.Stack[s];
            byte* bytes = (byte*)at.Registers[10] - 8 * (s + 1);
            int spilled = 0;
            for (int i = 0; i < 8; i++)
            {
                SlotKind kind = slot.KindAt(i);
                if (kind == SlotKind.Zero && bytes[7 - i] != 0) return $"byte {-8 * s - 1 - i} of the stack is {bytes[7 - i]}, known as 0";
                if (kind == SlotKind.Spill) spilled++;
            }
            if (spilled == 0 || spilled is not (1 or 2 or 4 or 8)) continue;
            ulong value = *(ulong*)bytes & ulong.MaxValue >> (64 - spilled * 8);
            RegisterState stored = slot.Spilled;
            // a narrow store keeps what the whole register was; its low bytes count
            if (spilled < 8 && stored.IsScalar) ScalarCasts.Truncate(ref stored.Range, spilled);
            if (!Fits(at, stored, value, loaded)) return $"the stack at {-8 * (s + 1)} is 0x{value:x}, known as {Text(slot.Spilled)}";
        }
        return null;
    }

    private static bool Fits(Stepper at, in RegisterState known, ulong value, VmObject loaded)
    {
        VmState* state = at.State;
        if (known.IsPointer && known.MaybeNull && value == 0) return true;
        switch (known.Kind)
        {
            case RegisterKind.Scalar: return known.Range.Contains(value);
            case RegisterKind.Stack: return IsAt(known, value, state->StackTop - (ulong)(known.Target * VmState.FrameSize));
            case RegisterKind.Context: return IsAt(known, value, state->Context);
            case RegisterKind.PacketEnd: return value == state->PacketEnd;
            case RegisterKind.Packet: return IsAt(known, value, state->PacketStart) && (known.Extent <= 0 || value - (ulong)known.Offset + (ulong)known.Extent <= state->PacketEnd);
            case RegisterKind.MapValue when known.Offset >= 0 && known.Range.SMin >= 0 && known.Offset + known.Range.SMax < FuzzMaps.All[known.Target].ValueSize:
                return VmSupport.Session(state).Host.Memory.TryFind(value, false, out ulong low, out _) && IsAt(known, value, low);
            case RegisterKind.NotInit: return true;
            default: return value != 0;
        }
    }

    private static bool IsAt(in RegisterState known, ulong value, ulong start) => known.Range.Contains(value - start - (ulong)known.Offset);

    private static string Text(in RegisterState known) => known.Kind == RegisterKind.Scalar ? known.Range.ToString() : $"{known} {known.Range}";
}
