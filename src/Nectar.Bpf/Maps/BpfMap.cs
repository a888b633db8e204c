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

    /// <summary>Copies the next elements of a walk (<c>BPF_MAP_LOOKUP_BATCH</c>). Elements that stay in the map during the walk are seen.</summary>
    /// <param name="cursor">The walk.</param>
    /// <param name="keys">Room for keys, one after the other.</param>
    /// <param name="values">Room for as many values of <see cref="UserValueSize"/>.</param>
    /// <param name="count">How many were copied, also with <see cref="Errno.ENOENT"/>.</param>
    /// <returns>
    /// <see cref="Errno.ENOENT"/> at the end of the map; <see cref="Errno.ENOSPC"/> if the next bucket has more elements than there is room for;
    /// <see cref="Errno.EAGAIN"/> if others change the map faster than the walk goes on: what was copied is not all.
    /// </returns>
    public virtual Errno LookupBatch(MapCursor cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        int keySize = (int)Definition.KeySize, valueSize = UserValueSize;
        count = 0;
        if (keySize == 0) return Errno.EINVAL;
        int room = Math.Min(keys.Length / keySize, valueSize == 0 ? int.MaxValue : values.Length / valueSize);
        if (room == 0) return Errno.ENOSPC;
        if (cursor.IsAtEnd) return Errno.ENOENT;
        KeyWalk walk = cursor.Walk ??= new KeyWalk(Definition);
        while (count < room)
        {
            Span<byte> key = keys.Slice(count * keySize, keySize);
            Errno errno = walk.Next(this, key);
            if (errno != Errno.None)
            {
                cursor.IsAtEnd = errno == Errno.ENOENT;
                return errno;
            }

            errno = Lookup(key, values.Slice(count * valueSize, valueSize));
            if (errno == Errno.ENOENT) continue; // deleted meanwhile, or an empty slot
            if (errno != Errno.None) return errno;
            count++;
        }

        return Errno.None;
    }

    /// <summary>As <see cref="LookupBatch"/>, and removes what it copies. Hash maps only, as in the kernel.</summary>
    public virtual Errno LookupAndDeleteBatch(MapCursor cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        count = 0;
        return Errno.ENOTSUPP;
    }

    /// <summary>Sets several elements; stops at the first error.</summary>
    /// <param name="keys">Keys, one after the other.</param>
    /// <param name="values">As many values.</param>
    /// <param name="flags">The flags of each update.</param>
    /// <param name="count">How many were set.</param>
    public virtual Errno UpdateBatch(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, MapUpdateFlags flags, out int count)
    {
        int keySize = (int)Definition.KeySize;
        count = 0;
        if (keySize == 0 || keys.Length % keySize != 0 || values.Length < keys.Length / keySize * UserValueSize) return Errno.EINVAL;
        for (; count < keys.Length / keySize; count++)
        {
            Errno errno = Update(keys.Slice(count * keySize, keySize), values.Slice(count * UserValueSize, UserValueSize), flags);
            if (errno != Errno.None) return errno;
        }

        return Errno.None;
    }

    /// <summary>Removes several keys; stops at the first error.</summary>
    /// <param name="keys">Keys, one after the other.</param>
    /// <param name="count">How many were removed.</param>
    public virtual Errno DeleteBatch(ReadOnlySpan<byte> keys, out int count)
    {
        int keySize = (int)Definition.KeySize;
        count = 0;
        if (keySize == 0 || keys.Length % keySize != 0) return Errno.EINVAL;
        for (; count < keys.Length / keySize; count++)
        {
            Errno errno = Delete(keys.Slice(count * keySize, keySize));
            if (errno != Errno.None) return errno;
        }

        return Errno.None;
    }

    /// <summary>Copies all elements, for printing: keys and values as bytes, in the map's order. Empty for maps that users cannot read.</summary>
    /// <exception cref="MapException">The map changed faster than it could be read, or its host failed.</exception>
    public virtual IReadOnlyList<(byte[] Key, byte[] Value)> Snapshot()
    {
        List<(byte[] Key, byte[] Value)> all = [];
        int keySize = (int)Definition.KeySize;
        if (keySize == 0) return all;
        MapCursor cursor = new();
        int room = Math.Clamp(262144 / (keySize + UserValueSize), 16, 4096);
        byte[] keys = new byte[room * keySize];
        byte[] values = new byte[room * UserValueSize];
        Errno errno = Errno.None;
        while (errno is Errno.None or Errno.ENOSPC)
        {
            errno = LookupBatch(cursor, keys, values, out int count);
            for (int i = 0; i < count; i++) all.Add((keys[(i * keySize)..((i + 1) * keySize)], values[(i * UserValueSize)..((i + 1) * UserValueSize)]));
            if (errno != Errno.ENOSPC) continue;
            keys = new byte[keys.Length * 2];
            values = new byte[values.Length * 2];
        }

        return errno is Errno.ENOENT or Errno.ENOTSUPP or Errno.EOPNOTSUPP or Errno.EPERM ? all : throw new MapException(this, "walk", errno);
    }

    /// <summary>True once users can no longer write (<c>BPF_MAP_FREEZE</c>); programs still can.</summary>
    public virtual bool IsFrozen => false;

    /// <summary>Takes users' right to write away, for good. <see cref="Errno.EPERM"/> if that was done before.</summary>
    public virtual Errno Freeze() => Errno.ENOTSUPP;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The memory of a ring buffer, for its one reader.</summary>
    /// <exception cref="ArgumentException">The map is none.</exception>
    internal virtual RingMemory OpenRing() => throw new ArgumentException($"map '{Name}' is a {Definition.Type}, not a ring buffer");

    /// <summary>The memory of a user ring buffer, for its one writer.</summary>
    /// <exception cref="ArgumentException">The map is none.</exception>
    internal virtual RingMemory OpenUserRing() => throw new ArgumentException($"map '{Name}' is a {Definition.Type}, not a user ring buffer");

    /// <summary>The buffers of a perf event array, opened for one reader.</summary>
    /// <exception cref="ArgumentException">The map is none.</exception>
    internal virtual PerfMemory OpenPerf(PerfBufferOptions options) => throw new ArgumentException($"map '{Name}' is a {Definition.Type}, not a perf event array");

    /// <summary>Gives the map's resources back.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <inheritdoc/>
    public override string ToString() => Definition.ToString();
}
