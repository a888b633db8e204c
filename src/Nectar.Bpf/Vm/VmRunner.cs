// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm;

/// <summary>
/// Runs one program over many packets without allocation. For one thread at a time; make one for each thread. Programs that cannot
/// write to the packet run on the caller's bytes, others on a copy.
/// </summary>
public sealed unsafe class VmRunner : IDisposable
{
    private readonly VmObject _object;
    private readonly ExecutableProgram _executable;
    private readonly ContextShape _shape;
    private readonly bool _copies;
    private readonly bool _usesSlots;
    private RunSession? _session;

    internal VmRunner(VmObject @object, ExecutableProgram executable, RunContext? context)
    {
        _object = @object;
        _executable = executable;
        PreparedProgram prepared = executable.Prepared;
        _shape = prepared.Context.Shape;
        _copies = prepared.WritesPacket;
        _usesSlots = prepared.UsesRegionSlots;
        _session = @object.Host.Rent();
        _session.Select(prepared.Context);
        _session.Configure(@object.Options, context);
        context?.Apply(prepared.Context, _session.ContextBytes);
        _session.State->ResetSlots();
    }

    /// <summary>How many runs ended in a fault.</summary>
    public long Faults { get; private set; }

    /// <summary>The fault of the last run; null if it had none.</summary>
    public VmFault? LastFault { get; private set; }

    /// <summary>The packet as the last run left it; valid until the next run.</summary>
    public ReadOnlySpan<byte> Packet
    {
        get
        {
            VmState* state = Session.State;
            return new ReadOnlySpan<byte>((void*)state->PacketStart, (int)(state->PacketEnd - state->PacketStart));
        }
    }

    /// <summary>What redirect helpers decided in the last run.</summary>
    public IReadOnlyList<Redirect> Redirects => Session.Redirects;

    private RunSession Session => _session ?? throw new ObjectDisposedException(nameof(VmRunner));

    /// <summary>Runs the program on bytes that stay in place and alive during the call.</summary>
    /// <returns>The verdict; 0 after a fault, see <see cref="LastFault"/>.</returns>
    public uint Run(byte* data, int length)
    {
        RunSession session = Session;
        VmState* state = session.State;
        if (_copies) session.UseCopy(new ReadOnlySpan<byte>(data, length));
        else session.UseInPlace(data, length);
        ulong r1 = state->Context, r2 = 0;
        if (_shape == ContextShape.Skb) session.DescribeSkb();
        else if (_shape == ContextShape.Memory) (r1, r2) = (state->PacketStart, (ulong)length);
        if (session.Redirects.Count > 0) session.Redirects.Clear();
        session.Begin(_usesSlots);
        ulong value = _executable.Run(state, r1, r2);
        if (state->Fault == FaultKind.None && !session.HoldsAnything)
        {
            LastFault = null;
            return (uint)value;
        }

        return Failed(session, value);
    }

    /// <summary>Runs the program on bytes.</summary>
    /// <returns>The verdict; 0 after a fault, see <see cref="LastFault"/>.</returns>
    public uint Run(ReadOnlySpan<byte> data)
    {
        fixed (byte* at = data) return Run(at, data.Length);
    }

    /// <summary>Gives the session back.</summary>
    public void Dispose()
    {
        RunSession? session = Interlocked.Exchange(ref _session, null);
        if (session is null) return;
        session.EndRun();
        _object.Host.Return(session);
    }

    private uint Failed(RunSession session, ulong value)
    {
        VmState* state = session.State;
        if (state->Fault == FaultKind.Thrown) value = state->Scratch;
        LastFault = state->Fault is FaultKind.None or FaultKind.Thrown ? null : FaultReport.Create(session);
        session.EndRun();
        if (LastFault is null) return (uint)value;
        Faults++;
        return 0;
    }
}
