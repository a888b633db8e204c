// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Tests.Support;

/// <summary>One case of the kernel's lib/test_bpf.c.</summary>
/// <param name="Name">Its description.</param>
/// <param name="Flags">FLAG_* and the kind, as in the source.</param>
/// <param name="Code">The instructions, eight bytes each.</param>
/// <param name="Packet">128 bytes, of which each run uses the first.</param>
/// <param name="Fragment">128 bytes that follow the packet if <see cref="HasFragment"/>.</param>
/// <param name="Runs">Packet size and expected result.</param>
internal sealed record KernelTestCase(string Name, int Flags, byte[] Code, byte[] Packet, byte[] Fragment, (int Size, uint Result)[] Runs)
{
    public bool HasNoData => (Flags & 1) != 0;

    public bool IsRefused => (Flags & 2) != 0;

    public bool HasFragment => (Flags & 4) != 0;
}

/// <summary>
/// Reads the cases of the kernel's lib/test_bpf.c, by compiling its table with a program of ours. The source comes from
/// Debian's package linux-source-6.12 at test time; nothing of it is in this repository.
/// </summary>
internal static class KernelTestCases
{
    public const string Archive = "/usr/src/linux-source-6.12.tar.xz";

    private const string Root = "linux-source-6.12/";

    /// <summary>Why the cases cannot be read here; null if they can.</summary>
    public static string? Unavailable() =>
        !File.Exists(Archive) ? "the package linux-source-6.12 is not installed"
        : Compiler() is null ? "neither clang-19 nor gcc is installed" : null;

    /// <summary>All cases of one kind: <c>classic</c> (134) or <c>extended</c> (915).</summary>
    public static List<KernelTestCase> Load(string kind)
    {
        string folder = Directory.CreateTempSubdirectory("nectar-test-bpf").FullName;
        try
        {
            string[] files = ["lib/test_bpf.c", "include/linux/filter.h", "include/uapi/linux/filter.h", "include/uapi/linux/bpf.h", "include/uapi/linux/bpf_common.h"];
            Check(TestEnvironment.Run("tar", ["-xJf", Archive, "-C", folder, .. files.Select(f => Root + f)]));
            string table = File.ReadAllText(Path.Combine(folder, Root, "lib/test_bpf.c"));
            File.WriteAllText(Path.Combine(folder, "table.h"), Cut(table, "/* General test specific settings */", "static struct net_device dev;"));
            string macros = File.ReadAllText(Path.Combine(folder, Root, "include/linux/filter.h"));
            File.WriteAllText(Path.Combine(folder, "macros.h"), Cut(macros, "/* ArgX, context", "#define __BPF_STMT"));
            string headers = Path.Combine(folder, Root, "include/uapi");
            File.WriteAllText(Path.Combine(headers, "linux/compiler.h"), "");
            string own = Path.Combine(Repository.Root, "tests/Nectar.Tests/Support/TestBpf");
            string program = Path.Combine(folder, "dump");
            Check(TestEnvironment.Run(Compiler()!, "-w", "-O0", "-I", own, "-I", folder, "-I", headers, "-o", program, Path.Combine(own, "dump.c")));
            return [.. Check(TestEnvironment.Run(program, kind)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? Compiler() => TestEnvironment.FindTool("clang-19") ?? TestEnvironment.FindTool("gcc");

    private static string Check((int ExitCode, string Output, string Error) run) =>
        run.ExitCode == 0 ? run.Output : throw new InvalidOperationException($"exit code {run.ExitCode}: {run.Error}");

    private static string Cut(string text, string from, string to)
    {
        int start = text.IndexOf(from, StringComparison.Ordinal);
        return text[start..text.IndexOf(to, start, StringComparison.Ordinal)];
    }

    private static KernelTestCase Parse(string line)
    {
        string[] fields = line.Split('\t');
        return new KernelTestCase(fields[0], Number(fields[1]), Convert.FromHexString(fields[3]), Convert.FromHexString(fields[4]), Convert.FromHexString(fields[5]),
            [.. fields[6..].Select(f => f.Split(':')).Select(f => (Number(f[0]), uint.Parse(f[1], CultureInfo.InvariantCulture)))]);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
