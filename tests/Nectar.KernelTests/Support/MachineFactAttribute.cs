// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Features;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Support;

/// <summary>A test that needs something of the machine, and may need tools; skipped, with the reason, where that is not there.</summary>
internal abstract class MachineFactAttribute : FactAttribute
{
    /// <param name="unavailable">Why what it needs is not there; null if it is.</param>
    /// <param name="tools">Programs that it needs beside.</param>
    protected MachineFactAttribute(string? unavailable, string[] tools) => Skip = FirstMissing(tools) ?? unavailable;

    /// <summary>The first kernel that has what the test is about, as <c>6.17</c>.</summary>
    public string Kernel
    {
        get => "";
        set
        {
            if (!KernelRelease.Running.IsAtLeast(Version.Parse(value))) Skip = $"needs Linux {value}; this is {KernelRelease.Running.Version}";
        }
    }

    /// <summary>The reason why a test that needs some tools cannot run; null if all are here.</summary>
    internal static string? FirstMissing(string[] tools) =>
        tools.FirstOrDefault(tool => TestEnvironment.FindTool(tool) is null) is { } missing ? $"'{missing}' is not installed" : null;
}
