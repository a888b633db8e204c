// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

// Many elements in one call (kernel 5.6), with a walk element by element where the type or the kernel has no batches.
public sealed unsafe partial class KernelMap
{
    private const int PositionSize = 16; // the kernel's position: 4 bytes for most types, a whole key for some
    private const int RestartLimit = 8;
    private volatile bool _hasNoBatches;

    /// <inheritdoc/>
    public override Errno LookupBatch(MapCursor cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        if (_hasNoBatches || cursor.Walk is not null) return base.LookupBatch(cursor, keys, values, out count);
        Errno errno = Batch(BpfCommand.MapLookupBatch, cursor, keys, values, out count);
        if (errno != Errno.ENOTSUPP) return errno;
        _hasNoBatches = true;
        return base.LookupBatch(cursor, keys, values, out count);
    }

    /// <inheritdoc/>
    /// <remarks>Hashes only: what a program writes between a look-up and a delete would be lost, so there is no other way.</remarks>
    public override Errno LookupAndDeleteBatch(MapCursor cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        return Batch(BpfCommand.MapLookupAndDeleteBatch, cursor, keys, values, out count);
    }

    /// <inheritdoc/>
    public override Errno UpdateBatch(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, MapUpdateFlags flags, out int count)
    {
        count = 0;
        if (_keySize == 0 || keys.Length % _keySize != 0 || values.Length < (long)(keys.Length / _keySize) * _userValueSize) return Errno.EINVAL;
        if (keys.IsEmpty) return Errno.None;
        Errno errno = Write(BpfCommand.MapUpdateBatch, keys, values, (ulong)flags, out count);
        return errno == Errno.ENOTSUPP ? base.UpdateBatch(keys, values, flags, out count) : errno;
    }

    /// <inheritdoc/>
    public override Errno DeleteBatch(ReadOnlySpan<byte> keys, out int count)
    {
        count = 0;
        if (_keySize == 0 || keys.Length % _keySize != 0) return Errno.EINVAL;
        if (keys.IsEmpty) return Errno.None;
        Errno errno = Write(BpfCommand.MapDeleteBatch, keys, default, 0, out count);
        return errno == Errno.ENOTSUPP ? base.DeleteBatch(keys, out count) : errno;
    }

    private Errno Batch(BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        count = 0;
        if (_keySize == 0) return Errno.EINVAL;
        if (cursor.IsAtEnd) return Errno.ENOENT;
        int room = Math.Min(keys.Length / _keySize, _userValueSize == 0 ? int.MaxValue : values.Length / _userValueSize);
        if (room == 0) return Errno.ENOSPC;
        int positionSize = Math.Max(PositionSize, _keySize);
        if (cursor.Spare.Length != positionSize) cursor.Spare = new byte[positionSize];
        for (int attempt = 0; ; attempt++)
        {
            Errno errno = BatchOnce(command, cursor, keys, values, room, out count);
            // EINTR (kernels before 6.15 or so): elements vanished under the walk. The position stands; try again.
            if (errno == Errno.EINTR && count == 0 && attempt < RestartLimit) continue;
            if (errno == Errno.EINTR) errno = count > 0 ? Errno.None : Errno.EAGAIN;
            if (count > 0 && Definition.Type == MapType.LpmTrie && !SkipSeen(cursor, keys, values, ref count)) return Errno.EAGAIN;
            return errno;
        }
    }

    private Errno BatchOnce(BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, int room, out int count)
    {
        count = 0;
        Errno errno;
        bool added = false;
        try
        {
            _handle.DangerousAddRef(ref added);
            fixed (byte* k = keys, v = values, start = cursor.Key, end = cursor.Spare)
            {
                MapBatchAttributes attributes = new()
                {
                    InBatch = (ulong)start,
                    OutBatch = (ulong)end,
                    Keys = (ulong)k,
                    Values = (ulong)v,
                    Count = (uint)room,
                    MapFd = (uint)(int)_handle.DangerousGetHandle(),
                };
                errno = BpfSyscall.Try(command, ref attributes);
                if (IsMissing(errno)) return Errno.ENOTSUPP;
                if (errno is not (Errno.None or Errno.ENOENT or Errno.EINTR)) return errno;
                count = (int)attributes.Count;
                cursor.IsAtEnd = errno == Errno.ENOENT;
            }
        }
        finally
        {
            if (added) _handle.DangerousRelease();
        }

        if (count > 0) (cursor.Key, cursor.Spare) = (cursor.Spare, cursor.Key.Length == cursor.Spare.Length ? cursor.Key : new byte[cursor.Spare.Length]);
        return errno;
    }

    // The position in a trie is a key: if that is deleted, the kernel starts the walk again, as GetNextKey does.
    private bool SkipSeen(MapCursor cursor, Span<byte> keys, Span<byte> values, ref int count)
    {
        KeySet seen = cursor.Seen ??= new KeySet();
        cursor.Position += (uint)count;
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            Span<byte> key = keys.Slice(i * _keySize, _keySize);
            if (!seen.Add(key)) continue;
            if (kept != i)
            {
                key.CopyTo(keys[(kept * _keySize)..]);
                values.Slice(i * _userValueSize, _userValueSize).CopyTo(values[(kept * _userValueSize)..]);
            }

            kept++;
        }

        count = kept;
        return cursor.Position <= KeyWalk.StepLimit(Definition);
    }

    private Errno Write(BpfCommand command, ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, ulong flags, out int count)
    {
        count = 0;
        bool added = false;
        try
        {
            _handle.DangerousAddRef(ref added);
            fixed (byte* k = keys, v = values)
            {
                uint wanted = (uint)(keys.Length / _keySize);
                MapBatchAttributes attributes = new() { Keys = (ulong)k, Values = (ulong)v, Count = wanted, MapFd = (uint)(int)_handle.DangerousGetHandle(), ElementFlags = flags };
                Errno errno = BpfSyscall.Try(command, ref attributes);
                if (IsMissing(errno)) return Errno.ENOTSUPP;
                // Where it refuses the call as a whole, the kernel leaves the count as it was.
                count = errno != Errno.None && (attributes.Count == wanted || errno == Errno.EFAULT) ? 0 : (int)attributes.Count;
                return errno;
            }
        }
        finally
        {
            if (added) _handle.DangerousRelease();
        }
    }

    /// <summary>True if it is the operation that is missing, not an argument that is wrong.</summary>
    private static bool IsMissing(Errno errno) => errno is Errno.ENOTSUPP or Errno.EOPNOTSUPP || (errno == Errno.EINVAL && !BatchSupport.IsThere);
}
