// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

// Many elements in one call (kernel 5.6), with a walk element by element where the type or the kernel has no batches.
public sealed unsafe partial class KernelMap
{
    private const int BatchTokenSize = 16; // the kernel's position: 4 bytes for most types, a whole key for some
    private int _batches; // 0 not known, 1 there are, -1 there are none

    /// <inheritdoc/>
    public override Errno LookupBatch(MapCursor cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        Errno errno = Batch(BpfCommand.MapLookupBatch, cursor, keys, values, out count);
        return errno is Errno.ENOTSUPP ? base.LookupBatch(cursor, keys, values, out count) : errno;
    }

    /// <inheritdoc/>
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
        return errno is Errno.ENOTSUPP ? base.UpdateBatch(keys, values, flags, out count) : errno;
    }

    /// <inheritdoc/>
    public override Errno DeleteBatch(ReadOnlySpan<byte> keys, out int count)
    {
        count = 0;
        if (_keySize == 0 || keys.Length % _keySize != 0) return Errno.EINVAL;
        if (keys.IsEmpty) return Errno.None;
        Errno errno = Write(BpfCommand.MapDeleteBatch, keys, default, 0, out count);
        return errno is Errno.ENOTSUPP ? base.DeleteBatch(keys, out count) : errno;
    }

    private Errno Batch(BpfCommand command, MapCursor cursor, Span<byte> keys, Span<byte> values, out int count)
    {
        count = 0;
        if (_keySize == 0) return Errno.EINVAL;
        if (_batches < 0) return Errno.ENOTSUPP;
        if (cursor.IsAtEnd) return Errno.ENOENT;
        int room = Math.Min(keys.Length / _keySize, values.Length / Math.Max(1, _userValueSize));
        if (room == 0) return Errno.ENOSPC;
        byte[] position = cursor.Key.Length > 0 ? cursor.Key : [];
        byte[] next = new byte[Math.Max(BatchTokenSize, _keySize)];
        fixed (byte* k = keys, v = values, start = position, end = next)
        {
            MapBatchAttributes attributes = new() { InBatch = (ulong)start, OutBatch = (ulong)end, Keys = (ulong)k, Values = (ulong)v, Count = (uint)room, MapFd = (uint)_handle.Fd };
            Errno errno = BpfSyscall.Try(command, ref attributes);
            GC.KeepAlive(_handle);
            if (IsMissing(errno, position.Length == 0)) return Errno.ENOTSUPP;
            if (errno is Errno.None or Errno.ENOENT)
            {
                count = (int)attributes.Count;
                cursor.Key = next;
                cursor.IsAtEnd = errno == Errno.ENOENT;
                _batches = 1;
            }

            return errno;
        }
    }

    private Errno Write(BpfCommand command, ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, ulong flags, out int count)
    {
        count = 0;
        if (_batches < 0) return Errno.ENOTSUPP;
        fixed (byte* k = keys, v = values)
        {
            MapBatchAttributes attributes = new()
            {
                Keys = (ulong)k,
                Values = (ulong)v,
                Count = (uint)(keys.Length / _keySize),
                MapFd = (uint)_handle.Fd,
                ElementFlags = flags,
            };
            Errno errno = BpfSyscall.Try(command, ref attributes);
            GC.KeepAlive(_handle);
            if (IsMissing(errno, true)) return Errno.ENOTSUPP;
            count = errno == Errno.EFAULT ? 0 : (int)attributes.Count; // EFAULT: the kernel could not even write the count
            return errno;
        }
    }

    // Kernels without batches answer EINVAL to the command, types without them ENOTSUPP; a bad argument would be EINVAL as well,
    // so the answer is remembered only where a walk by elements then works.
    private bool IsMissing(Errno errno, bool first)
    {
        if (_batches > 0 || errno is not (Errno.ENOTSUPP or Errno.EOPNOTSUPP or Errno.EINVAL) || !first) return errno is Errno.ENOTSUPP or Errno.EOPNOTSUPP;
        if (errno is not Errno.EINVAL || Definition.Type is not (MapType.Hash or MapType.LruHash or MapType.Array or MapType.PerCpuHash or MapType.LpmTrie)) _batches = -1;
        return true;
    }
}
