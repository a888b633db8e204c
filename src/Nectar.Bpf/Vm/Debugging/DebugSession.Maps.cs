// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>What maps hold.</summary>
public sealed partial class DebugSession
{
    /// <summary>True for maps whose elements can be listed.</summary>
    public static bool HasElements(MapDefinition map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return map.Type is MapType.Hash or MapType.Array or MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie or MapType.ProgArray;
    }

    /// <summary>The elements of a map by their types; of arrays those that are not all zero.</summary>
    /// <param name="map">One of <see cref="Maps"/>.</param>
    /// <param name="limit">The most elements.</param>
    /// <returns>The elements, and how many there are in all.</returns>
    public (IReadOnlyList<DebugVariable> Elements, long Count) Elements(BpfMap map, int limit = 100)
    {
        ArgumentNullException.ThrowIfNull(map);
        List<DebugVariable> elements = [];
        if (!HasElements(map.Definition)) return (elements, 0);
        long count = 0;
        byte[] key = new byte[map.Definition.KeySize], next = new byte[key.Length], value = new byte[map.UserValueSize];
        bool isArray = map.Definition.Type is MapType.Array or MapType.PerCpuArray;
        for (Errno result = map.GetNextKey(default, next); result == Errno.None; result = map.GetNextKey(key, next))
        {
            next.CopyTo(key, 0);
            if (map.Lookup(key, value) != Errno.None || (isArray && !value.AsSpan().ContainsAnyExcept((byte)0))) continue;
            if (count++ < limit) elements.Add(Element(map, key, value));
        }

        return (elements, count);
    }

    private DebugVariable Element(BpfMap map, byte[] key, byte[] value)
    {
        MapDefinition definition = map.Definition;
        string name = $"[{AddressNames.FormatKey(Target.Source.Types, definition, key)}]";
        int size = (int)definition.ValueSize, stride = (size + 7) & ~7;
        if (definition.Type == MapType.ProgArray)
        {
            int index = (int)DebugNumbers.Read(value);
            return new DebugVariable(name, _debuggee.Object is { } loaded && index < loaded.Programs.Count ? loaded.Programs[index].Name : $"program {index}", "program");
        }

        DebugType type = DebugScope.TypeOf(Target.Source.Types, definition.ValueTypeId, size);
        if (definition.Type is not (MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash))
        {
            string? expression = key.Length <= 8 ? string.Create(CultureInfo.InvariantCulture, $"{map.Name}[{DebugNumbers.Read(key)}]") : null;
            DebugValue whole = new(type, value.AsSpan(0, size).ToArray());
            if (definition.Type is MapType.Array or MapType.Hash && expression is not null) whole = _scope.Element((VmMap)map, DebugValue.Of(DebugNumbers.Read(key)));
            return Describe(name, whole, expression);
        }

        List<DebugVariable> cpus = [];
        for (int cpu = 0; (cpu * stride) + size <= value.Length; cpu++) cpus.Add(Describe(string.Create(CultureInfo.InvariantCulture, $"cpu{cpu}"), new DebugValue(type, value.AsSpan(cpu * stride, size).ToArray()), null));
        return new DebugVariable(name, string.Join("  ", cpus.Select(c => cpus.Count > 1 ? $"{c.Name}: {c.Value}" : c.Value)), type.Name) { Children = () => cpus };
    }
}
