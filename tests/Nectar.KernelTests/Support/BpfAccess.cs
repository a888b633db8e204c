// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Maps;

namespace Nectar.KernelTests.Support;

/// <summary>Whether tests may use bpf(2) here.</summary>
internal static class BpfAccess
{
    /// <summary>The first line of the reason why not; null if they may.</summary>
    internal static string? Unavailable { get; } = Probe();

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux() || !BitConverter.IsLittleEndian || IntPtr.Size != 8) return "needs 64-bit little-endian Linux";
        try
        {
            using KernelMap map = KernelMap.Create(new MapDefinition { Name = "probe", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
            return null;
        }
        catch (KernelException problem)
        {
            return $"bpf(2) is not usable here ({problem.Message.Split('\n')[0]}); run as root";
        }
    }
}
