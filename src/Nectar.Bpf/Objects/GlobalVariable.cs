// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Objects;

/// <summary>A global variable of an object: bytes in the map of a data section.</summary>
public sealed class GlobalVariable
{
    /// <summary>The variable's name.</summary>
    public required string Name { get; init; }

    /// <summary>The data section's map.</summary>
    public required MapDefinition Map { get; init; }

    /// <summary>Offset in bytes in the map's value.</summary>
    public required int Offset { get; init; }

    /// <summary>Size in bytes.</summary>
    public required int Size { get; init; }

    /// <summary>The BTF id of its VAR; 0 where unknown.</summary>
    public uint TypeId { get; init; }

    /// <summary>The bytes that the variable will have at load; they may be written until then.</summary>
    public Span<byte> Bytes => (Map.InitialValue ??= new byte[Map.ValueSize]).AsSpan(Offset, Size);

    /// <summary>Sets the value before load.</summary>
    /// <exception cref="ArgumentException">The type's size is not the variable's.</exception>
    public void Set<T>(T value)
        where T : unmanaged
    {
        Check<T>();
        System.Runtime.InteropServices.MemoryMarshal.Write(Bytes, in value);
    }

    /// <summary>Gives the value that the variable will have at load.</summary>
    /// <exception cref="ArgumentException">The type's size is not the variable's.</exception>
    public T Get<T>()
        where T : unmanaged
    {
        Check<T>();
        return System.Runtime.InteropServices.MemoryMarshal.Read<T>(Bytes);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Size} bytes at {Map.Name}+{Offset}";

    private unsafe void Check<T>()
        where T : unmanaged
    {
        if (sizeof(T) != Size) throw new ArgumentException($"variable '{Name}' has {Size} bytes, but {typeof(T).Name} has {sizeof(T)}");
    }
}
