// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Bpf.Vm;

/// <summary>What a packet helper decided about the packet's way, recorded instead of done.</summary>
/// <param name="Kind">Which helper decided.</param>
/// <param name="InterfaceIndex">The interface, where the decision names one.</param>
/// <param name="Flags">The helper's flags.</param>
/// <param name="Map">The redirect map, where the decision goes through one.</param>
/// <param name="Key">The key in the redirect map.</param>
public sealed record Redirect(RedirectKind Kind, uint InterfaceIndex, ulong Flags, string? Map = null, ulong Key = 0);

/// <summary>The helpers that redirect.</summary>
public enum RedirectKind : byte
{
    /// <summary><c>bpf_redirect</c></summary>
    Interface,

    /// <summary><c>bpf_redirect_peer</c></summary>
    Peer,

    /// <summary><c>bpf_redirect_neigh</c></summary>
    Neighbour,

    /// <summary><c>bpf_redirect_map</c></summary>
    Map,

    /// <summary><c>bpf_clone_redirect</c></summary>
    Clone,

    /// <summary><c>bpf_sk_redirect_map</c>, <c>bpf_msg_redirect_map</c> and their hash variants</summary>
    Socket,
}

/// <summary>What one run left behind.</summary>
public sealed class RunResult
{
    private readonly ContextLayout _layout;

    internal RunResult(ulong value, VmFault? fault, byte[] packet, byte[] metadata, byte[] context, ContextLayout layout, IReadOnlyList<Redirect> redirects)
    {
        Value = value;
        Fault = fault;
        Packet = packet;
        Metadata = metadata;
        Context = context;
        Redirects = redirects;
        _layout = layout;
    }

    /// <summary>r0 at the end: 64 bits, of which most program types use 32 (<see cref="ReturnValue"/>). 0 after a fault.</summary>
    public ulong Value { get; }

    /// <summary>The program's verdict: the lower 32 bits of r0.</summary>
    public uint ReturnValue => (uint)Value;

    /// <summary>Why the run ended early; null if it did not.</summary>
    public VmFault? Fault { get; }

    /// <summary>The packet (or memory) as the program left it.</summary>
    public byte[] Packet { get; }

    /// <summary>The metadata in front of the packet (<c>bpf_xdp_adjust_meta</c>); mostly empty.</summary>
    public byte[] Metadata { get; }

    /// <summary>The context as the program left it.</summary>
    public byte[] Context { get; }

    /// <summary>What redirect helpers decided, in order; the last one counts where the verdict is a redirect.</summary>
    public IReadOnlyList<Redirect> Redirects { get; }

    /// <summary>The last redirect decision; null if there is none.</summary>
    public Redirect? Redirect => Redirects.Count > 0 ? Redirects[^1] : null;

    /// <summary>Signals that the program sent with <c>bpf_send_signal</c>.</summary>
    public IReadOnlyList<int> Signals { get; init; } = [];

    /// <summary>What the program set with <c>bpf_set_retval</c>.</summary>
    public int RetvalSet { get; init; }

    /// <summary>Reads a field of the context, for example <c>mark</c>; of an array its first element.</summary>
    /// <exception cref="ArgumentException">The context has no such field.</exception>
    public ulong Field(string name) => Field(name, 0);

    /// <summary>Reads an element of an array in the context, for example <c>cb</c>.</summary>
    public ulong Field(string name, int index)
    {
        ContextField field = _layout.Find(name) ?? throw new ArgumentException($"'{_layout.Name}' has no field '{name}'", nameof(name));
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, field.Size / field.ElementSize);
        ReadOnlySpan<byte> bytes = Context.AsSpan(field.Offset + (index * field.ElementSize), field.ElementSize);
        return field.ElementSize switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Fault is null ? $"returned {ReturnValue}" : Fault.ToString();
}
