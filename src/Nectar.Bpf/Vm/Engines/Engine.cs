// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Bpf.Vm;

/// <summary>What an engine needs to know beside the program.</summary>
/// <param name="IsChecked">True to test the accesses of which nothing is known (checked regime), false to trust the program.</param>
/// <param name="CountsFuel">True if machine code counts fuel, false if it is known to end; the interpreter counts always.</param>
internal readonly record struct EngineSettings(bool IsChecked, bool CountsFuel)
{
    /// <summary>As the checked regime has it, or the trusted one.</summary>
    internal EngineSettings(bool isChecked)
        : this(isChecked, isChecked)
    {
    }
}

/// <summary>
/// The seam between the machine and what executes programs. Both engines give the same results, faults included.
/// Fuel is charged alike: entering a function (by start, call, callback or tail call) costs its slots, each taken jump backwards
/// costs the slots from its target to itself; when <see cref="VmState.Fuel"/> is negative, <see cref="VmSupport.NextSlice"/> decides.
/// </summary>
internal abstract class Engine
{
    /// <summary>Makes a program ready to run.</summary>
    internal abstract ExecutableProgram Compile(PreparedProgram program, EngineSettings settings);
}

/// <summary>A program in the form that an engine runs. Safe to run from many threads, each with its own state.</summary>
internal abstract unsafe class ExecutableProgram : IDisposable
{
    private GCHandle _handle;

    protected ExecutableProgram(PreparedProgram prepared)
    {
        Prepared = prepared;
        _handle = GCHandle.Alloc(this);
        Header = (ProgramHeader*)NativeMemory.AllocZeroed((nuint)sizeof(ProgramHeader));
        Header->Magic = ProgramHeader.MagicNumber;
        Header->EntryCost = prepared.FunctionCost(0);
        Header->Context = prepared.Context.Number;
        Header->Owner = GCHandle.ToIntPtr(_handle);
    }

    /// <summary>What was compiled.</summary>
    internal PreparedProgram Prepared { get; }

    /// <summary>The identity of the program in native memory; lives as long as this object.</summary>
    internal ProgramHeader* Header { get; private set; }

    /// <summary>The program behind a header that is known to be one.</summary>
    internal static ExecutableProgram FromHeader(ProgramHeader* header) =>
        Unsafe.As<ExecutableProgram>(GCHandle.FromIntPtr(header->Owner).Target!);

    /// <summary>
    /// Runs from the entry and returns r0, which means nothing if <see cref="VmState.Fault"/> is set afterwards. The caller has set
    /// fuel, packet, context, and zeroed fault, tail calls and depth; the engine sets <see cref="VmState.Program"/>.
    /// </summary>
    internal abstract ulong Run(VmState* state, ulong r1, ulong r2);

    /// <summary>
    /// Calls the function that starts at a slot, from inside a helper; <see cref="VmSupport.InvokeCallback"/> has checked the slot,
    /// counted the frame in <see cref="VmState.CallDepth"/> and charged fuel.
    /// </summary>
    internal abstract ulong RunFunction(VmState* state, int slot, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5);

    /// <summary>Gives native memory back. Nothing may be running.</summary>
    public void Dispose()
    {
        if (Header is null) return;
        Dispose(true);
        Header->Magic = 0;
        NativeMemory.Free(Header);
        Header = null;
        _handle.Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the engine made.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
