// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm;

/// <summary>What a field of a context stands for.</summary>
public enum ContextFieldKind : byte
{
    /// <summary>Plain bytes of the context.</summary>
    Plain,

    /// <summary>The address of the packet's first byte.</summary>
    PacketStart,

    /// <summary>The address behind the packet's last byte.</summary>
    PacketEnd,

    /// <summary>The address of the metadata in front of the packet.</summary>
    PacketMeta,
}

/// <summary>A field of a context, as programs see it.</summary>
/// <param name="Name">The kernel's name.</param>
/// <param name="Offset">Offset in bytes.</param>
/// <param name="Size">Size in bytes; for arrays of the whole array.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="IsWritable">True if programs may write it.</param>
/// <param name="ElementSize">For arrays the size of an element, else the field's own.</param>
public sealed record ContextField(string Name, int Offset, int Size, ContextFieldKind Kind, bool IsWritable, int ElementSize);

/// <summary>The form of a program type's context: the struct that r1 points to at the entry.</summary>
public sealed class ContextLayout
{
    private static int s_count;
    private readonly AccessKind[] _redirect;
    private readonly bool[] _writable;

    internal ContextLayout(string name, int size, ContextShape shape, params ContextField[] fields)
    {
        Name = name;
        Size = size;
        Shape = shape;
        Fields = fields;
        _redirect = new AccessKind[size];
        _writable = new bool[size];
        foreach (ContextField field in fields)
        {
            if (field.IsWritable) Array.Fill(_writable, true, field.Offset, field.Size);
            if (field.Kind == ContextFieldKind.Plain) continue;
            HasRedirects = true;
            _redirect[field.Offset] = (AccessKind)((int)AccessKind.PacketStart + (field.Kind - ContextFieldKind.PacketStart));
        }
    }

    /// <summary>The kernel's name of the struct; <c>memory</c> for plain memory.</summary>
    public string Name { get; }

    /// <summary>Size in bytes; 0 for plain memory.</summary>
    public int Size { get; }

    /// <summary>The fields in the order of their offsets.</summary>
    public IReadOnlyList<ContextField> Fields { get; }

    /// <summary>A number that no other layout has.</summary>
    internal int Number { get; } = Interlocked.Increment(ref s_count);

    /// <summary>How a run of this program type gets its input.</summary>
    internal ContextShape Shape { get; }

    /// <summary>True if a load of some field gives an address instead of the context's bytes.</summary>
    internal bool HasRedirects { get; }

    /// <summary>Finds a field by its kernel name; null if there is none.</summary>
    public ContextField? Find(string name) => Fields.FirstOrDefault(f => f.Name == name);

    /// <summary>The context of a program type.</summary>
    public static ContextLayout For(ProgramType type) => ContextTable.For(type);

    /// <summary>True if a load with this offset from the context would be redirected: engines of the trusted regime look at these only.</summary>
    internal bool MayRedirect(int offset, int size) => HasRedirects && offset >= 0 && offset + size <= Size && _redirect[offset] != AccessKind.None;

    /// <summary>What an access at a constant offset does; <see cref="AccessKind.Unknown"/> if it is not allowed.</summary>
    internal AccessKind Classify(int offset, int size, bool write)
    {
        if (offset < 0 || offset + size > Size) return AccessKind.Unknown;
        if (write) return _writable.AsSpan(offset, size).Contains(false) ? AccessKind.Unknown : AccessKind.Context;
        return _redirect[offset] != AccessKind.None ? _redirect[offset] : AccessKind.Context;
    }
}

/// <summary>How a run of a program type gets its input.</summary>
internal enum ContextShape : byte
{
    /// <summary>r1 is the input itself, r2 its length: programs without a kernel type.</summary>
    Memory,

    /// <summary>The input is a packet, the context describes it.</summary>
    Xdp,

    /// <summary>The input is a packet, the context describes it and has fields to write.</summary>
    Skb,

    /// <summary>The input is the context itself.</summary>
    Record,
}
