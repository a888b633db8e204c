// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Cli;

/// <summary>A test that loads an object with bpftool and looks at it with both commands; skipped, with the reason, where that cannot be.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InspectFactAttribute : FactAttribute
{
    public InspectFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") Skip = "needs root on Linux";
        else if (!Directory.Exists("/sys/fs/bpf")) Skip = "no bpf filesystem at /sys/fs/bpf";
        else if (TestEnvironment.FindTool("bpftool") is null) Skip = "'bpftool' is not installed";
        else if (Clang.Missing("19") is { } missing) Skip = missing;
    }
}

/// <summary>tests/fixtures/inspect.bpf.c in the kernel, programs and maps pinned below a folder of its own.</summary>
public sealed class InspectedObject : IDisposable
{
    private static int s_count;
    private readonly string _file;

    public InspectedObject()
    {
        string name = $"nectar-cli-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
        Programs = $"/sys/fs/bpf/{name}-p";
        Maps = $"/sys/fs/bpf/{name}-m";
        _file = Path.Combine(Path.GetTempPath(), name + ".o");
        if (Environment.UserName != "root" || TestEnvironment.FindTool("bpftool") is null || Clang.Missing("19") is not null) return; // the tests skip themselves
        File.WriteAllBytes(_file, Clang.Compile(Path.Combine(Clang.Fixtures, "inspect.bpf.c")));
        Bpftool("prog", "loadall", _file, Programs, "pinmaps", Maps);
    }

    /// <summary>The object file.</summary>
    public string ObjectFile => _file;

    /// <summary>The folder of the programs' pins.</summary>
    public string Programs { get; }

    /// <summary>The folder of the maps' pins.</summary>
    public string Maps { get; }

    /// <summary>The program's pin.</summary>
    public string Program => $"{Programs}/inspect_packet_with_long_name";

    /// <summary>The number of a pinned map.</summary>
    public uint MapId(string name) => BpftoolJson("map", "show", "pinned", $"{Maps}/{name}").GetProperty("id").GetUInt32();

    /// <summary>The number of the program.</summary>
    public uint ProgramId => BpftoolJson("prog", "show", "pinned", Program).GetProperty("id").GetUInt32();

    /// <summary>Runs bpftool; fails if it fails.</summary>
    internal static string Bpftool(params string[] arguments)
    {
        (int code, string output, string error) = TestEnvironment.Run(TestEnvironment.FindTool("bpftool")!, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"'bpftool {string.Join(' ', arguments)}' ended with {code}: {output}{error}");
    }

    /// <summary>Runs bpftool with <c>-j</c>.</summary>
    internal static JsonElement BpftoolJson(params string[] arguments) => JsonDocument.Parse(Bpftool(["-j", .. arguments])).RootElement;

    public void Dispose()
    {
        foreach (string folder in new[] { Programs, Maps })
        {
            if (!Directory.Exists(folder)) continue;
            foreach (string pin in Directory.GetFiles(folder)) File.Delete(pin);
            Directory.Delete(folder);
        }

        File.Delete(_file);
    }
}
