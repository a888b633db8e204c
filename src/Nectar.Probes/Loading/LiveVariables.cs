// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Variables of a loaded object, on any host: bytes in the one element of a section's map.</summary>
internal static class LiveVariables
{
    /// <summary>Gives a variable's bytes; null if there is no such variable.</summary>
    internal static byte[]? Read(BpfObject source, Func<string, BpfMap?> find, string name)
    {
        if (!source.Globals.TryGet(name, out GlobalVariable? variable) || find(variable.Map.Name) is not { } map) return null;
        return Section(map)?.AsSpan(variable.Offset, variable.Size).ToArray();
    }

    /// <summary>Sets a variable's bytes. The section is written whole, so that a program's change to another variable at that moment is lost.</summary>
    internal static void Write(BpfObject source, Func<string, BpfMap?> find, string name, ReadOnlySpan<byte> bytes)
    {
        if (!source.Globals.TryGet(name, out GlobalVariable? variable) || find(variable.Map.Name) is not { } map || Section(map) is not { } section) return;
        if (variable.Map.Role == MapRole.ReadOnlyData) throw new InvalidOperationException($"variable '{name}' is a constant: set the field before the probe is loaded");
        if (bytes.Length != variable.Size) throw new ArgumentException($"variable '{name}' has {variable.Size} bytes, not {bytes.Length}", nameof(bytes));
        bytes.CopyTo(section.AsSpan(variable.Offset));
        Nectar.Bpf.Maps.Errno errno = map.Update([0, 0, 0, 0], section);
        if (errno != Nectar.Bpf.Maps.Errno.None) throw new MapException(map, "update", errno);
    }

    private static byte[]? Section(BpfMap map)
    {
        byte[] section = new byte[map.UserValueSize];
        return map.Lookup([0, 0, 0, 0], section) == Nectar.Bpf.Maps.Errno.None ? section : null;
    }
}
