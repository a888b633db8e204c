// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Tests.Maps;

/// <summary>Short forms for tests.</summary>
internal static class MapTestExtensions
{
    internal static VmMap Make(MapType type, uint keySize, uint valueSize, uint maxEntries, MapFlags flags = MapFlags.None, int cpus = 2, VmMapOptions? options = null) =>
        VmMapFactory.Create(new MapDefinition { Name = "m", Type = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = maxEntries, Flags = flags }, cpus, options);

    internal static byte[] B<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}
