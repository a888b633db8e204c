// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;
using Xunit;

namespace Nectar.KernelTests.Support;

/// <summary>A test that loads and runs programs in the kernel, and may need tools; skipped, with the reason, where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelFactAttribute : FactAttribute
{
    public KernelFactAttribute(params string[] tools)
    {
        Skip = KernelLoader.Unavailable;
        foreach (string tool in tools)
        {
            if (TestEnvironment.FindTool(tool) is null) Skip = $"'{tool}' is not installed";
        }
    }

    /// <summary>The least kernel, as "6.18", whose behaviour the test describes.</summary>
    public string Linux
    {
        get => "";
        set
        {
            if (Environment.OSVersion.Version < Version.Parse(value)) Skip = $"describes Linux {value}; this is {Environment.OSVersion.Version}";
        }
    }

    /// <summary>A path below ../shared that the test needs.</summary>
    public string Shared
    {
        get => "";
        set
        {
            if (TestEnvironment.SharedPath(value.Split('/')) is null) Skip = $"no ../shared/{value} (set NECTAR_SHARED)";
        }
    }
}
