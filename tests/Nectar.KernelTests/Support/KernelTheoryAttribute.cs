// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.KernelTests.Support;

/// <summary>As <see cref="KernelFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelTheoryAttribute : TheoryAttribute
{
    public KernelTheoryAttribute(params string[] tools) => Skip = MachineFactAttribute.FirstMissing(tools) ?? BpfAccess.Unavailable;
}
