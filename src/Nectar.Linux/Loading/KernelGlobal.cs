// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;

namespace Nectar.Linux.Loading;

/// <summary>
/// A global variable of a loaded object. Where the section can be mapped (all but the oldest kernels) reading and writing are memory
/// accesses, which programs see at once.
/// </summary>
public sealed class KernelGlobal
{
    private readonly GlobalVariable _variable;
    private readonly KernelMap _map;
    private readonly KernelObject _owner;

    internal KernelGlobal(GlobalVariable variable, KernelMap map, KernelObject owner)
    {
        _variable = variable;
        _map = map;
        _owner = owner;
    }

    /// <summary>The variable's name.</summary>
    public string Name => _variable.Name;

    /// <summary>Size in bytes.</summary>
    public int Size => _variable.Size;

    /// <summary>True for constants, which nobody can change any more.</summary>
    public bool IsReadOnly => _map.IsFrozen;

    /// <summary>Gives the value.</summary>
    /// <exception cref="ArgumentException">The type's size is not the variable's.</exception>
    /// <exception cref="MapException">The section cannot be read.</exception>
    public T Get<T>()
        where T : unmanaged
    {
        Check<T>();
        if (_owner.Section(_map) is { } memory) return MemoryMarshal.Read<T>(memory.ReadOnlyBytes[_variable.Offset..]);
        return MemoryMarshal.Read<T>(Copy().AsSpan(_variable.Offset));
    }

    /// <summary>Sets the value. Without mapped memory the whole section is written, so that a program's change to another variable at that moment is lost.</summary>
    /// <exception cref="ArgumentException">The type's size is not the variable's.</exception>
    /// <exception cref="InvalidOperationException">It is a constant.</exception>
    /// <exception cref="MapException">The section cannot be written.</exception>
    public void Set<T>(T value)
        where T : unmanaged
    {
        Check<T>();
        if (IsReadOnly) throw new InvalidOperationException($"variable '{Name}' is a constant: set it in the object before load");
        if (_owner.Section(_map) is { } memory)
        {
            MemoryMarshal.Write(memory.Bytes[_variable.Offset..], in value);
            return;
        }

        byte[] section = Copy();
        MemoryMarshal.Write(section.AsSpan(_variable.Offset), in value);
        Errno errno = _map.Update([0, 0, 0, 0], section);
        if (errno != Errno.None) throw new MapException(_map, "update", errno);
    }

    private byte[] Copy()
    {
        byte[] section = new byte[_map.UserValueSize];
        Errno errno = _map.Lookup([0, 0, 0, 0], section);
        return errno == Errno.None ? section : throw new MapException(_map, "look-up", errno);
    }

    private void Check<T>()
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != Size) throw new ArgumentException($"variable '{Name}' has {Size} bytes, but {typeof(T).Name} has {Unsafe.SizeOf<T>()}");
    }

    /// <inheritdoc/>
    public override string ToString() => _variable.ToString();
}
