// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>The interpreter with a stepper; the decoded code is the same as without.</summary>
internal sealed class SteppedEngine(Stepper stepper) : Engine
{
    internal override ExecutableProgram Compile(PreparedProgram program, EngineSettings settings) => new SteppedProgram(program, settings, stepper);
}

/// <summary>A program of the interpreter that asks before each instruction, while its stepper wants to be asked.</summary>
internal sealed unsafe class SteppedProgram(PreparedProgram prepared, EngineSettings settings, Stepper stepper) : InterpretedProgram(prepared, settings)
{
    /// <summary>Who is asked.</summary>
    internal Stepper Stepper { get; } = stepper;

    /// <summary>What a debugger knows about the code.</summary>
    internal DebugProgram Debug { get; } = stepper.Describe(prepared);

    internal override ulong Run(VmState* state, ulong r1, ulong r2)
    {
        if (!Stepper.IsActive) return base.Run(state, r1, r2);
        state->Program = (nint)Header;
        state->Fuel -= Header->EntryCost;
        if (state->Fuel < 0 && VmSupport.NextSlice(state) == 0)
        {
            state->FaultInstruction = 0;
            return 0;
        }

        return Execute<Stepped>(state, this, Code, r1, r2, 0, 0, 0);
    }

    internal override ulong RunFunction(VmState* state, int slot, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Stepper.IsActive
        ? Execute<Stepped>(state, this, At(slot), r1, r2, r3, r4, r5)
        : base.RunFunction(state, slot, r1, r2, r3, r4, r5);
}
