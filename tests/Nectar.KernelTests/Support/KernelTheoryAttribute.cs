// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;
using Xunit;

namespace Nectar.KernelTests.Support;

/// <summary>As <see cref="KernelFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelTheoryAttribute : TheoryAttribute
{
    public KernelTheoryAttribute(params string[] tools)
    {
        Skip = KernelLoader.Unavailable;
        foreach (string tool in tools)
        {
            if (TestEnvironment.FindTool(tool) is null) Skip = $"'{tool}' is not installed";
        }
    }
}
