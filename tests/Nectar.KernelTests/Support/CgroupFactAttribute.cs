// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Xunit;

namespace Nectar.KernelTests.Support;

/// <summary>A test that makes child cgroups; skipped, with the reason, where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CgroupFactAttribute : FactAttribute
{
    public CgroupFactAttribute() => Skip = ChildCgroup.Unavailable;
}

/// <summary>The same for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CgroupTheoryAttribute : TheoryAttribute
{
    public CgroupTheoryAttribute() => Skip = ChildCgroup.Unavailable;
}
