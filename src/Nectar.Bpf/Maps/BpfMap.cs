// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// A live map, whatever its host: raw operations over bytes, as <c>bpf(2)</c> offers them. Typed views are built on these.
/// Operations are safe from any thread, also while programs run. Results are 0 or a positive <see cref="Errno"/>.
/// </summary>
public abstract class BpfMap : IDisposable
{
    /// <summary>Makes the host-independent part.</summary>
    protected BpfMap(MapDefinition definition) => Definition = definition;

    /// <summary>What the map was made from.</summary>
    public MapDefinition Definition { get; }

    /// <summary>The map's name.</summary>
    public string Name => Definition.Name;

    /// <summary>Size in bytes of the value as user space sees it: for per-CPU maps one value, padded to 8, for each processor.</summary>
    public abstract int UserValueSize { get; }

    /// <summary>Copies the value of a key.</summary>
    /// <param name="key">Exactly the map's key size.</param>
    /// <param name="value">At least <see cref="UserValueSize"/> bytes.</param>
    public abstract Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value);

    /// <summary>Copies the value of a key; <see cref="MapUpdateFlags.Lock"/> takes the value's spin lock meanwhile, other flags are refused.</summary>
    public virtual Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value, MapUpdateFlags flags) =>
        flags == MapUpdateFlags.Any ? Lookup(key, value) : Errno.EINVAL;

    /// <summary>Sets the value of a key.</summary>
    public abstract Errno Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, MapUpdateFlags flags = MapUpdateFlags.Any);

    /// <summary>Removes a key.</summary>
    public abstract Errno Delete(ReadOnlySpan<byte> key);

    /// <summary>Copies the value of a key and removes it (queues and stacks: pop; the key is empty).</summary>
    public abstract Errno LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value);

    /// <summary>Gives the key after <paramref name="key"/>, or the first one if the key is empty or is not in the map.</summary>
    /// <returns><see cref="Errno.ENOENT"/> behind the last key.</returns>
    public abstract Errno GetNextKey(ReadOnlySpan<byte> key, Span<byte> nextKey);

    /// <summary>True once users can no longer write (<c>BPF_MAP_FREEZE</c>); programs still can.</summary>
    public virtual bool IsFrozen => false;

    /// <summary>Takes users' right to write away, for good. <see cref="Errno.EBUSY"/> if that was done before.</summary>
    public virtual Errno Freeze() => Errno.ENOTSUPP;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the map's resources back.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <inheritdoc/>
    public override string ToString() => Definition.ToString();
}
