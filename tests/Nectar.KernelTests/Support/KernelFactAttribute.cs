// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;

namespace Nectar.KernelTests.Support;

/// <summary>A test that loads and runs programs in the kernel, and may need tools; skipped, with the reason, where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelFactAttribute(params string[] tools) : MachineFactAttribute(BpfAccess.Unavailable, tools)
{
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
