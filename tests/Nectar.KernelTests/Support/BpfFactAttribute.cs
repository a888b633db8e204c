// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.KernelTests.Support;

/// <summary>A test that needs bpf(2); skipped, with the reason, where it cannot be used.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BpfFactAttribute : FactAttribute
{
    public BpfFactAttribute()
    {
        if (BpfAccess.Unavailable is { } reason) Skip = reason;
    }
}

/// <summary>The same for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BpfTheoryAttribute : TheoryAttribute
{
    public BpfTheoryAttribute()
    {
        if (BpfAccess.Unavailable is { } reason) Skip = reason;
    }
}
