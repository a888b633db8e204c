// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm;

/// <summary>A program that is loaded into this process.</summary>
public sealed unsafe class VmProgram
{
    private readonly VmObject _object;

    internal VmProgram(VmObject @object, ExecutableProgram executable)
    {
        _object = @object;
        Executable = executable;
    }

    /// <summary>The program's name.</summary>
    public string Name => Definition.Name;

    /// <summary>What it was loaded from.</summary>
    public ProgramDefinition Definition => Executable.Prepared.Linked.Definition;

    /// <summary>The linked code.</summary>
    public LinkedProgram Linked => Executable.Prepared.Linked;

    /// <summary>The form of its context.</summary>
    public ContextLayout Context => Executable.Prepared.Context;

    /// <summary>How its accesses are treated: <see cref="VmOptions.Regime"/>, but a program over plain memory is checked where others are verified.</summary>
    public VmRegime Regime => _object.Options.Regime == VmRegime.Verified && !Executable.Prepared.IsVerified ? VmRegime.Checked : _object.Options.Regime;

    /// <summary>True if a run gets a copy of its packet, because the program may write to it.</summary>
    public bool WritesPacket => Executable.Prepared.WritesPacket;

    /// <summary>True if the input of a run is a packet that the context describes; false if it is the context or plain memory.</summary>
    public bool TakesPackets => Context.Shape is ContextShape.Xdp or ContextShape.Skb;

    /// <summary>The machine code; empty where the interpreter runs the program.</summary>
    public ReadOnlyMemory<byte> MachineCode => Executable is Jit.JitProgram jit ? jit.Code.Bytes : default;

    /// <summary>Where the machine code of each slot starts, -1 for slots that were fused into an earlier one; empty for the interpreter.</summary>
    public ReadOnlyMemory<int> MachineOffsets => Executable is Jit.JitProgram jit ? jit.Code.Offsets : default;

    /// <summary>The address of the machine code; 0 for the interpreter.</summary>
    public nint MachineAddress => Executable is Jit.JitProgram jit ? jit.Address : 0;

    internal ExecutableProgram Executable { get; }

    /// <summary>
    /// Runs once. For packet programs the input is the packet; for programs over plain memory it is the memory (r1 its address, r2 its
    /// length); for the others it is the context itself, of which fields may also be set by name. The input is not changed.
    /// </summary>
    /// <param name="input">The packet, the memory, or the context.</param>
    /// <param name="context">What else the program finds; null for nothing.</param>
    /// <exception cref="ArgumentException">The input does not fit, or a field is not there.</exception>
    public RunResult Run(ReadOnlySpan<byte> input, RunContext? context = null)
    {
        RunSession session = _object.Host.Rent();
        try
        {
            return Run(session, input, context);
        }
        finally
        {
            session.EndRun();
            _object.Host.Return(session);
        }
    }

    /// <summary>Runs once on an empty input.</summary>
    public RunResult Run(RunContext context) => Run(default, context);

    /// <summary>Makes a runner for loops: no allocation per run, for one thread at a time.</summary>
    /// <param name="context">What every run finds in its context; null for nothing.</param>
    public VmRunner CreateRunner(RunContext? context = null) => new(_object, Executable, context);

    /// <inheritdoc/>
    public override string ToString() => Definition.ToString();

    /// <summary>Runs once in a session that the caller rented; it ends the run itself.</summary>
    internal RunResult Run(RunSession session, ReadOnlySpan<byte> input, RunContext? context)
    {
        ContextLayout layout = Context;
        session.Select(layout);
        session.Configure(_object.Options, context);
        VmState* state = session.State;
        ulong r1 = state->Context, r2 = 0;
        switch (layout.Shape)
        {
            case ContextShape.Record:
                if (input.Length > layout.Size) throw new ArgumentException($"the context '{layout.Name}' has {layout.Size} bytes, not {input.Length}", nameof(input));
                input.CopyTo(session.ContextBytes);
                session.ArgumentCount = input.IsEmpty ? 12 : input.Length / 8;
                session.UseCopy(context?.Data ?? []);
                break;
            case ContextShape.Memory:
                session.UseCopy(input);
                r1 = input.IsEmpty ? 0 : state->PacketStart;
                r2 = (ulong)input.Length;
                break;
            default:
                session.UseCopy(input);
                if (context is { Metadata.Length: > 0 }) session.AddMetadata(context.Metadata);
                if (layout.Shape == ContextShape.Skb) session.DescribeSkb();
                break;
        }

        context?.Apply(layout, session.ContextBytes);
        session.Begin(true);
        ulong value = Executable.Run(state, r1, r2);
        return session.Finish(value, layout);
    }
}
