// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Linux.Features;

namespace Nectar.Linux.Inspection;

/// <summary>The kernel's times, which count from boot, as times of day.</summary>
internal static class HostClock
{
    private static readonly Lazy<DateTimeOffset> s_boot = new(() =>
    {
        string? text = HostFile.ReadLine("/proc/uptime")?.Split(' ')[0];
        double seconds = double.TryParse(text, CultureInfo.InvariantCulture, out double value) ? value : Environment.TickCount64 / 1000.0;
        return DateTimeOffset.UtcNow - TimeSpan.FromSeconds(seconds);
    });

    /// <summary>When this machine was booted.</summary>
    internal static DateTimeOffset Boot => s_boot.Value;
}
