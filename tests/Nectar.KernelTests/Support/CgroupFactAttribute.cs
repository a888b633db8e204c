// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

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
}

/// <summary>The same for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CgroupTheoryAttribute : TheoryAttribute
{
    public CgroupTheoryAttribute() => Skip = ChildCgroup.Unavailable;
}
