// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>The engine that makes machine code.</summary>
internal sealed class JitEngine : Engine
{
    internal static readonly JitEngine Instance = new();

    internal override ExecutableProgram Compile(PreparedProgram program, EngineSettings settings) => new JitProgram(program, settings);
}

/// <summary>A program as machine code.</summary>
internal sealed unsafe class JitProgram : ExecutableProgram
{
    private readonly ExecutableRange _range;
    private readonly nint _entry;
    private readonly nint _direct;
    private readonly JitCall _call;
    private readonly long _fuelNeeded;

    internal JitProgram(PreparedProgram prepared, EngineSettings settings)
        : base(prepared)
    {
        Code = JitCompiler.Compile(prepared, (nint)Header, settings);
        _range = ExecutableMemory.Install(Code.Bytes);
        _entry = _range.Address + Code.MainEntry;
        _call = Code.Call;
        _fuelNeeded = settings.CountsFuel ? Math.Max(Header->EntryCost, Code.LongestRun) : 0;
        if (_call == JitCall.Direct && _fuelNeeded == 0) _direct = _entry;
        Header->TailEntry = _range.Address + Code.CallbackEntries[0];
    }

    /// <summary>The machine code, for listings.</summary>
    internal JitCode Code { get; }

    /// <summary>Where the code is.</summary>
    internal nint Address => _range.Address;

    internal override ulong Run(VmState* state, ulong r1, ulong r2)
    {
        state->Program = (nint)Header;

        // Short code that calls nothing runs as if it were managed code. The other ways are in methods of their own, because they
        // would make this one save registers and prepare for a transition in any case.
        nint direct = _direct;
        return direct != 0 ? ((delegate* unmanaged[SuppressGCTransition]<ulong, ulong, VmState*, ulong>)direct)(r1, r2, state) : RunOther(state, r1, r2);
    }

    internal override ulong RunFunction(VmState* state, int slot, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        int entry = Code.CallbackEntries[Array.BinarySearch(Prepared.FunctionStarts, slot)];
        return ((delegate* unmanaged<ulong, ulong, ulong, ulong, ulong, VmState*, ulong>)(_range.Address + entry))(r1, r2, r3, r4, r5, state);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong RunOther(VmState* state, ulong r1, ulong r2)
    {
        // Spent fuel is managed code's business, so what is left has to be enough.
        long fuel = state->Fuel;
        if (_call == JitCall.Preemptive || fuel < _fuelNeeded) return RunPreemptive(state, r1, r2);
        state->HelperId = 1;
        ulong result = ((delegate* unmanaged[SuppressGCTransition]<ulong, ulong, VmState*, ulong>)_entry)(r1, r2, state);
        return state->Fault == FaultKind.None ? result : Repeat(state, r1, r2, fuel);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong RunPreemptive(VmState* state, ulong r1, ulong r2)
    {
        state->HelperId = 0;
        return ((delegate* unmanaged<ulong, ulong, VmState*, ulong>)_entry)(r1, r2, state);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Repeat(VmState* state, ulong r1, ulong r2, long fuel)
    {
        if (state->Fault != FaultKind.Memory || _call != JitCall.Repeatable || !JitRuntime.TakeBackFault(state)) return 0;
        state->Fuel = fuel;
        return RunPreemptive(state, r1, r2);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        ExecutableMemory.Release(_range);
        base.Dispose(disposing);
    }
}
