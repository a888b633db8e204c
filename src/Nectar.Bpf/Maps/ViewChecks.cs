// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>What the typed views share.</summary>
internal static class ViewChecks
{
    internal static Span<byte> Bytes<T>(ref T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new Span<T>(ref value));

    internal static void Size<T>(BpfMap map, uint size, string what)
        where T : unmanaged
    {
        int actual = Unsafe.SizeOf<T>();
        if (actual == size) return;
        throw new LoadException(Diagnostic.Error(
            MapCodes.View,
            $"map '{map.Name}': its {what} has {size} bytes, but '{typeof(T).Name}' has {actual}",
            actual > size ? "help: a C# struct is padded like a C struct: compare field by field, or use [StructLayout(Pack = 1)]" : "help: add the fields that are missing, explicit padding included"));
    }

    internal static void Type(BpfMap map, string what, params ReadOnlySpan<MapType> types)
    {
        foreach (MapType type in types)
        {
            if (type == map.Definition.Type) return;
        }

        throw new LoadException(Diagnostic.Error(MapCodes.View, $"map '{map.Name}' is a {map.Definition.Type}, not {what}"));
    }
}
