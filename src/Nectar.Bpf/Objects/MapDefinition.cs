// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Objects;

/// <summary>What a map's memory is for, beside holding elements.</summary>
public enum MapRole : byte
{
    /// <summary>A map that the author declared.</summary>
    Declared,

    /// <summary>The global variables of a <c>.data*</c> section.</summary>
    Data,

    /// <summary>The global variables of a <c>.bss*</c> section.</summary>
    Bss,

    /// <summary>The constants of a <c>.rodata*</c> section: frozen before programs are loaded.</summary>
    ReadOnlyData,

    /// <summary>The values of <c>.kconfig</c> externs, filled by the host.</summary>
    Kconfig,

    /// <summary>The kernel's side of a <c>.struct_ops*</c> variable.</summary>
    StructOps,
}

/// <summary>
/// A map as an object declares it: pure data, the same on every host. Properties may be changed until the object is loaded.
/// </summary>
public sealed class MapDefinition
{
    /// <summary>The name in the object; for a data section <c>.rodata</c>, <c>.data.foo</c> and so on.</summary>
    public required string Name { get; set; }

    /// <summary>The kind of map.</summary>
    public required MapType Type { get; set; }

    /// <summary>What the map is for.</summary>
    public MapRole Role { get; init; }

    /// <summary>Size of a key in bytes; 0 for maps without keys.</summary>
    public uint KeySize { get; set; }

    /// <summary>Size of a value in bytes; per CPU for per-CPU maps; 0 for ring buffers.</summary>
    public uint ValueSize { get; set; }

    /// <summary>Most elements; for ring buffers the size of the data area in bytes.</summary>
    public uint MaxEntries { get; set; }

    /// <summary>Creation flags.</summary>
    public MapFlags Flags { get; set; }

    /// <summary>Extra: number of hash functions of a bloom filter, address of an arena.</summary>
    public ulong MapExtra { get; set; }

    /// <summary>The NUMA node, where <see cref="MapFlags.NumaNode"/> is set.</summary>
    public uint NumaNode { get; set; }

    /// <summary>How the map is pinned at load.</summary>
    public PinningType Pinning { get; set; }

    /// <summary>BTF type of the key; 0 where unknown.</summary>
    public uint KeyTypeId { get; set; }

    /// <summary>BTF type of the value (for data sections the DATASEC); 0 where unknown.</summary>
    public uint ValueTypeId { get; set; }

    /// <summary>BTF id of the DATASEC variable or of the section itself; 0 where unknown.</summary>
    public uint DefinitionTypeId { get; set; }

    /// <summary>The template of inner maps, for arrays and hashes of maps.</summary>
    public MapDefinition? Inner { get; set; }

    /// <summary>The bytes that the map starts with (data sections), or null.</summary>
    public byte[]? InitialValue { get; set; }

    /// <summary>Elements set at load: in an array or hash of maps the names of inner maps, in a prog array the names of programs.</summary>
    public List<(uint Index, string Symbol)> InitialSlots { get; init; } = [];

    /// <summary>False to leave it out when the object is loaded (struct_ops variables of <c>?</c> sections).</summary>
    public bool AutoCreate { get; set; } = true;

    /// <summary>True if memory of this map is read-only to programs.</summary>
    public bool IsReadOnlyToPrograms => Role is MapRole.ReadOnlyData or MapRole.Kconfig || (Flags & MapFlags.ReadOnlyProgram) != 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type} key {KeySize} value {ValueSize} max {MaxEntries}";
}
