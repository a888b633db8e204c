// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;
using Xunit;

namespace Nectar.KernelTests.Support;

/// <summary>A test that makes network namespaces, and may need tools beside <c>ip</c>; skipped, with the reason, where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetworkFactAttribute : FactAttribute
{
    public NetworkFactAttribute(params string[] tools)
    {
        Skip = NetworkNamespace.Unavailable;
        foreach (string tool in tools)
        {
            if (TestEnvironment.FindTool(tool) is null) Skip = $"'{tool}' is not installed";
        }
    }
}
