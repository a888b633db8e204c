// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Suites;

/// <summary>A test that needs Debian's kernel source package; skipped, with the reason, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TestBpfFactAttribute : FactAttribute
{
    public TestBpfFactAttribute()
    {
        if (!File.Exists(TestBpfSource.Archive)) Skip = $"{TestBpfSource.Archive} is absent (apt-get install linux-source-6.12)";
        foreach (string tool in (string[])["gcc", "tar", "xz"])
        {
            if (TestEnvironment.FindTool(tool) is null) Skip = $"'{tool}' is not installed";
        }
    }
}

/// <summary>
/// Makes the cases of lib/test_bpf.c readable: takes the one file out of the installed source package, cuts the tables out,
/// compiles them with our dumper. Everything is below artifacts/, nothing of it is committed.
/// </summary>
internal static class TestBpfSource
{
    internal const string Archive = "/usr/src/linux-source-6.12.tar.xz";

    private const string Member = "linux-source-6.12/lib/test_bpf.c";

    /// <summary>Runs the dumper and reads what it prints, case by case.</summary>
    internal static IEnumerable<TestBpfCase> Cases()
    {
        string dumper = Build();
        using Process process = Process.Start(new ProcessStartInfo(dumper) { RedirectStandardOutput = true, UseShellExecute = false })!;
        foreach (TestBpfCase test in TestBpfCase.Read(process.StandardOutput.BaseStream)) yield return test;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static string Build()
    {
        string folder = Path.Combine(Repository.Root, "artifacts", "test_bpf");
        string source = Path.Combine(folder, Member);
        string dumper = Path.Combine(folder, "dump");
        string shim = Path.Combine(Repository.Root, "tests", "fixtures", "test_bpf", "dump.c");
        Directory.CreateDirectory(folder);
        if (!File.Exists(source)) Must("tar", "-xJf", Archive, "-C", folder, "--occurrence=1", Member);
        if (File.Exists(dumper) && File.GetLastWriteTimeUtc(dumper) > File.GetLastWriteTimeUtc(shim)) return dumper;
        File.WriteAllLines(Path.Combine(folder, "cases.inc"), Cut(File.ReadLines(source)));
        Must("gcc", "-O1", "-w", "-I", folder, "-o", dumper, shim);
        return dumper;
    }

    /// <summary>Leaves out the includes and everything that handles sk_buffs or is the kernel's own test runner.</summary>
    private static IEnumerable<string> Cut(IEnumerable<string> lines)
    {
        bool take = false;
        foreach (string line in lines)
        {
            if (line.StartsWith("#define MAX_SUBTESTS", StringComparison.Ordinal) || line == "struct tail_call_test {") take = true;
            if (line.StartsWith("static struct net_device", StringComparison.Ordinal) || line.StartsWith("static void __init destroy_tail_call_tests", StringComparison.Ordinal)) take = false;
            if (take) yield return line;
        }
    }

    private static void Must(string program, params string[] arguments)
    {
        (int exit, _, string error) = TestEnvironment.Run(program, arguments);
        Assert.True(exit == 0, $"{program} {string.Join(' ', arguments)}: {error}");
    }
}
