// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.KernelTests.Classic;

/// <summary>A test that needs Linux; attaching classic filters needs no privilege.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "needs Linux (SO_ATTACH_FILTER)";
    }
}
