// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Tests.Support;
using Xunit;

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

/// <summary>A test that loads extended programs, and may need tools and captures.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BpfFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_refusal = new(Probe);

    public BpfFactAttribute(params string[] tools)
    {
        Skip = !OperatingSystem.IsLinux() ? "needs Linux (BPF_PROG_LOAD)" : s_refusal.Value;
        foreach (string tool in tools)
        {
            if (TestEnvironment.FindTool(tool) is null) Skip = $"'{tool}' is not installed";
            else if (TestEnvironment.SharedPath("captures") is null) Skip = "no ../shared/captures (set NECTAR_SHARED)";
        }
    }

    private static string? Probe()
    {
        using FilteredSocket socket = new();
        return socket.Attach([new Instruction(0xb7, 0, 0, 0, 1), new Instruction(0x95, 0, 0, 0, 0)]) is { } refusal ? $"may not load programs ({refusal.Trim()})" : null;
    }
}
