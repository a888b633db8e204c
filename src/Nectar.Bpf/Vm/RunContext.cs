// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections;

namespace Nectar.Bpf.Vm;

/// <summary>
/// What a run finds in its context beside the packet: fields by the kernel's names, as in
/// <c>new RunContext { ["ingress_ifindex"] = 3, ["mark"] = 7 }</c>.
/// </summary>
public sealed class RunContext : IEnumerable<KeyValuePair<string, ulong>>
{
    private readonly Dictionary<string, ulong> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _bytes = new(StringComparer.Ordinal);

    /// <summary>Data that <c>data</c> and <c>data_end</c> of a record context point to (sk_msg_md, bpf_sock_ops, bpf_sockopt, …).</summary>
    public byte[] Data { get; init; } = [];

    /// <summary>Metadata in front of the packet; a multiple of 4 bytes, at most 216.</summary>
    public byte[] Metadata { get; init; } = [];

    /// <summary>Return addresses, innermost first, that <c>bpf_get_stackid</c> and <c>bpf_get_stack</c> see.</summary>
    public ulong[] Stack { get; init; } = [];

    /// <summary>The processor that the program believes to run on.</summary>
    public int Cpu { get; init; }

    /// <summary>Ends the run early when it is cancelled.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The value of a field; of an array its first element.</summary>
    public ulong this[string field]
    {
        get => _values[field];
        set => _values[field] = value;
    }

    /// <summary>Sets a field from bytes, for arrays and addresses.</summary>
    public RunContext Set(string field, ReadOnlySpan<byte> bytes)
    {
        _bytes[field] = bytes.ToArray();
        return this;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, ulong>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal bool Has(string field) => _values.ContainsKey(field) || _bytes.ContainsKey(field);

    internal void Apply(ContextLayout layout, Span<byte> context)
    {
        foreach ((string name, ulong value) in _values)
        {
            ContextField field = Find(layout, name);
            Span<byte> at = context.Slice(field.Offset, field.ElementSize);
            switch (field.ElementSize)
            {
                case 1: at[0] = (byte)value; break;
                case 2: BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value); break;
                case 4: BinaryPrimitives.WriteUInt32LittleEndian(at, (uint)value); break;
                default: BinaryPrimitives.WriteUInt64LittleEndian(at, value); break;
            }
        }

        foreach ((string name, byte[] bytes) in _bytes)
        {
            ContextField field = Find(layout, name);
            if (bytes.Length > field.Size) throw new ArgumentException($"field '{name}' of '{layout.Name}' has {field.Size} bytes, not {bytes.Length}");
            bytes.CopyTo(context[field.Offset..]);
        }
    }

    private static ContextField Find(ContextLayout layout, string name)
    {
        ContextField field = layout.Find(name)
            ?? throw new ArgumentException($"'{layout.Name}' has no field '{name}'; it has: {string.Join(", ", layout.Fields.Select(f => f.Name))}");
        return field.Kind == ContextFieldKind.Plain
            ? field
            : throw new ArgumentException($"field '{name}' of '{layout.Name}' is an address that follows from the packet; it cannot be set");
    }
}
