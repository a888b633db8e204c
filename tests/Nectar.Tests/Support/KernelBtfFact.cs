// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Xunit;

namespace Nectar.Tests.Support;

/// <summary>A test that needs the running kernel's types.</summary>
public sealed class KernelBtfFact : FactAttribute
{
    /// <summary>Where a Linux kernel shows its BTF.</summary>
    public const string Path = "/sys/kernel/btf/vmlinux";

    /// <param name="tools">Programs that the test needs beside.</param>
    public KernelBtfFact(params string[] tools)
    {
        if (!File.Exists(Path)) Skip = $"the running kernel has no BTF ({Path})";
        foreach (string tool in tools)
        {
            if (TestEnvironment.FindTool(tool) is null) Skip = $"'{tool}' is not installed";
        }
    }
}
