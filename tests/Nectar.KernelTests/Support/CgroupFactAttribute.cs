// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Features;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.KernelTests.Support;

/// <summary>A test that makes child cgroups, and may need tools; skipped, with the reason, where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CgroupFactAttribute : FactAttribute
{
    public CgroupFactAttribute(params string[] tools)
    {
        Skip = ChildCgroup.Unavailable;
        foreach (string tool in tools)
        {
            if (TestEnvironment.FindTool(tool) is null) Skip = $"'{tool}' is not installed";
        }
    }

    /// <summary>The first kernel that has what the test is about, as <c>6.17</c>.</summary>
    public string Kernel
    {
        get => "";
        set
        {
            if (!KernelRelease.Running.IsAtLeast(Version.Parse(value))) Skip = $"needs Linux {value}; this is {KernelRelease.Running.Version}";
        }
    }
}

/// <summary>The same for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CgroupTheoryAttribute : TheoryAttribute
{
    public CgroupTheoryAttribute() => Skip = ChildCgroup.Unavailable;
}
