// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.KernelTests.Support;

/// <summary>A test that makes child cgroups, and may need tools; skipped, with the reason, where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CgroupFactAttribute(params string[] tools) : MachineFactAttribute(ChildCgroup.Unavailable, tools);

/// <summary>The same for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CgroupTheoryAttribute : TheoryAttribute
{
    public CgroupTheoryAttribute() => Skip = ChildCgroup.Unavailable;
}
