// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Linux.Maps;

namespace Nectar.KernelTests.Maps;

/// <summary>Skipped where the process may not create kernel maps.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelMapTheoryAttribute : Xunit.TheoryAttribute
{
    public KernelMapTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Skip = "needs Linux on x86-64: compares with maps of the kernel";
            return;
        }

        MapDefinition probe = new() { Name = "probe", Type = MapType.LpmTrie, KeySize = 8, ValueSize = 4, MaxEntries = 1, Flags = MapFlags.NoPrealloc };
        Errno errno = TestMaps.TryCreate(probe, null, out KernelMap? map);
        map?.Dispose();
        if (errno != Errno.None) Skip = $"needs the right to create kernel maps (root or CAP_BPF): {errno}";
    }
}
