// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;

namespace Nectar.Bpf.Objects;

/// <summary>
/// The waist of Nectar: what every front-end produces and every host takes. Pure data, the same on every machine;
/// loading it gives live programs and maps. It may be changed until it is loaded, and loaded any number of times.
/// </summary>
public sealed class BpfObject
{
    /// <summary>A name for people: usually the file's name without its extensions.</summary>
    public string Name { get; set; } = "";

    /// <summary>The licence that programs declare; decides about GPL-only helpers.</summary>
    public string License { get; set; } = "";

    /// <summary>The kernel version of a <c>version</c> section; 0 if there is none.</summary>
    public uint KernelVersion { get; set; }

    /// <summary>True if the object was made for big-endian machines; its fields here are already in this machine's order, its data sections are not.</summary>
    public bool IsBigEndian { get; set; }

    /// <summary>Programs, in the order of the file.</summary>
    public NamedList<ProgramDefinition> Programs { get; } = new(p => p.Name);

    /// <summary>All functions: entries of programs and subprograms.</summary>
    public NamedList<FunctionDefinition> Functions { get; } = new(f => f.Name);

    /// <summary>Maps, data sections included; the index here is the index that linked programs use.</summary>
    public NamedList<MapDefinition> Maps { get; } = new(m => m.Name);

    /// <summary>What the host has to provide.</summary>
    public NamedList<ExternDefinition> Externs { get; } = new(e => e.Name);

    /// <summary>Global variables, which may be set until the object is loaded.</summary>
    public NamedList<GlobalVariable> Globals { get; } = new(g => g.Name);

    /// <summary>Further sections that are nobody's but the maker's, by names that begin with <c>.nectar.</c>: written and read as they are.</summary>
    public Dictionary<string, byte[]> Sections { get; } = new(StringComparer.Ordinal);

    /// <summary>Types, or null for an object without BTF.</summary>
    public BtfTypes? Types { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Programs.Count} programs, {Maps.Count} maps";
}
