// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Inspection;

/// <summary>Changes single elements of maps for people: sizes are checked, refusals say what the map is.</summary>
public sealed class MapEditor
{
    private readonly KernelMap _map;
    private readonly MapElements _elements;

    /// <summary>Makes an editor.</summary>
    public MapEditor(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        _map = map;
        _elements = new MapElements(map);
    }

    /// <summary>The map's elements.</summary>
    public MapElements Elements => _elements;

    private string Subject => $"map {_elements.Info.Id} '{_elements.Info.Name}' ({KindNames.Of(_elements.Info.Type)})";

    /// <summary>
    /// Bytes of a key or value from what a user wrote: as many bytes as it has, or one number, which becomes an integer of its size.
    /// </summary>
    /// <exception cref="KernelException">Neither (NEC4705).</exception>
    public byte[] Fit(IReadOnlyList<ulong> numbers, int size, string what)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        if (numbers.Count == size && numbers.All(n => n <= byte.MaxValue)) return [.. numbers.Select(n => (byte)n)];
        if (numbers.Count == 1 && size is 2 or 4 or 8 && (size == 8 || numbers[0] < 1UL << (8 * size)))
        {
            byte[] number = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(number, numbers[0]);
            return number[..size];
        }

        throw new KernelException(Diagnostic.Error(InspectionCodes.MapOperation, $"{Subject}: its {what} has {size} bytes, {numbers.Count} {(numbers.Count == 1 ? "was" : "were")} given",
            size is 2 or 4 or 8 ? $"help: {size} bytes (0 to 255 each, or behind 'hex'), or one number" : "help: bytes from 0 to 255, or behind 'hex' in hexadecimal"), Errno.EINVAL, "map element", _map.Name);
    }

    /// <summary>Bytes of a key.</summary>
    public byte[] Key(IReadOnlyList<ulong> numbers) => Fit(numbers, (int)_elements.Info.KeySize, "key");

    /// <summary>Bytes of a value.</summary>
    public byte[] Value(IReadOnlyList<ulong> numbers) => Fit(numbers, (int)_elements.Info.ValueSize, "value");

    /// <summary>Sets an element; a value of a per-CPU map for all processors.</summary>
    public void Update(byte[] key, byte[] value, MapUpdateFlags flags) => Check(_map.Update(key, _elements.Spread(value), flags), "update an element", "bpf(BPF_MAP_UPDATE_ELEM)");

    /// <summary>Puts a program into a prog array, or a map into a map of maps.</summary>
    public void Update(byte[] key, IDisposable held, MapUpdateFlags flags)
    {
        int fd = held switch { KernelProgram program => program.Handle.Fd, KernelMap map => map.Handle.Fd, _ => throw new ArgumentException("expected a program or a map", nameof(held)) };
        Check(_map.Update(key, BitConverter.GetBytes(fd), flags), "put an object into it", "bpf(BPF_MAP_UPDATE_ELEM)");
    }

    /// <summary>Removes an element.</summary>
    public void Delete(byte[] key) => Check(_map.Delete(key), "delete an element", "bpf(BPF_MAP_DELETE_ELEM)");

    /// <summary>Adds a value to a queue, a stack or a bloom filter.</summary>
    public void Push(byte[] value, MapUpdateFlags flags = MapUpdateFlags.Any) => Check(_map.Update([], value, flags), "add a value", "bpf(BPF_MAP_UPDATE_ELEM)");

    /// <summary>The next value of a queue or stack; null if it is empty.</summary>
    /// <param name="remove">Take it out.</param>
    public byte[]? Next(bool remove)
    {
        byte[] value = new byte[_map.UserValueSize];
        Errno errno = remove ? _map.LookupAndDelete([], value) : _map.Lookup([], value);
        if (errno == Errno.ENOENT) return null;
        Check(errno, remove ? "take a value" : "look at its next value", remove ? "bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM)" : "bpf(BPF_MAP_LOOKUP_ELEM)");
        return value;
    }

    /// <summary>The key behind a key; the first for null; null behind the last.</summary>
    public byte[]? NextKey(byte[]? key)
    {
        byte[] next = new byte[_elements.Info.KeySize];
        Errno errno = _map.GetNextKey(key ?? [], next);
        if (errno == Errno.ENOENT) return null;
        Check(errno, "find the next key", "bpf(BPF_MAP_GET_NEXT_KEY)");
        return next;
    }

    /// <summary>Takes the right to write away from user space, for good.</summary>
    public void Freeze() => Check(_map.Freeze(), "freeze", "bpf(BPF_MAP_FREEZE)");

    private void Check(Errno errno, string tried, string call)
    {
        if (errno == Errno.None) return;
        string note = errno switch
        {
            Errno.ENOENT => "note: there is no such key",
            Errno.EEXIST => "note: the key is there already, and 'noexist' was asked for",
            Errno.E2BIG => _elements.Info.Type is MapType.Array or MapType.PerCpuArray or MapType.ProgArray or MapType.Queue or MapType.Stack ? $"note: it has room for {_elements.Info.MaxEntries} elements" : "note: the map is full",
            Errno.EPERM when _elements.Info.IsFrozen => "note: the map is frozen: user space may no longer write it",
            Errno.EPERM => "note: its flags do not let user space do this",
            Errno.EINVAL or Errno.ENOTSUPP or Errno.EOPNOTSUPP => "note: this kind of map has no such operation, or key or flags do not suit it",
            Errno.EBADF => "note: the value must be the descriptor of a program or map",
            _ => "note: see bpf(2)",
        };
        throw Refusal.Make(InspectionCodes.MapOperation, Subject, tried, call, errno, note);
    }
}
