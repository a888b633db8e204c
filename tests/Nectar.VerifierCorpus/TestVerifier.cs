// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.VerifierCorpus;

/// <summary>The kernel's test program with its table of instruction arrays (verifier/*.c), under our recorder.</summary>
internal static class TestVerifier
{
    // 6.12 has split the helpers into more files than 6.1 had.
    private static readonly string[] s_helpers = ["cap_helpers.c", "testing_helpers.c", "unpriv_helpers.c", "disasm.c"];

    /// <summary>Records one version's table.</summary>
    internal static void Record(KernelSources sources, string recorder, string output, Action<string> say)
    {
        string program = CorpusFolder.File($"test_verifier-{sources.Version}");
        if (!File.Exists(program)) Build(sources, program);
        say($"verifier/*.c of {sources.Version}: {Run(program, recorder, output)}");
    }

    /// <summary>Runs it under the recorder.</summary>
    /// <returns>What it says at the end.</returns>
    internal static string Run(string program, string recorder, string output)
    {
        string temporary = output + ".new";
        File.Delete(temporary);
        Dictionary<string, string> environment = new() { ["LD_PRELOAD"] = recorder, ["NECTAR_RECORD"] = temporary };
        (int code, string printed) = Processes.Run(environment, TimeSpan.FromMinutes(5), program);
        if (!File.Exists(temporary)) throw new InvalidOperationException($"{program}: exit code {code}: {printed}");
        File.Move(temporary, output, overwrite: true);
        return printed.TrimEnd().Split('\n')[^1];
    }

    private static void Build(KernelSources sources, string program)
    {
        string generated = Path.Combine(CorpusFolder.File("generated"), sources.Version);
        Directory.CreateDirectory(Path.Combine(generated, "verifier"));
        StringBuilder table = new();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(sources.Tests, "verifier"), "*.c").Order(StringComparer.Ordinal))
        {
            table.Append(CultureInfo.InvariantCulture, $"#ifdef FILL_ARRAY\n#include \"{file}\"\n#endif\n");
        }

        File.WriteAllText(Path.Combine(generated, "verifier/tests.h"), table.ToString());
        // 6.12 wants a libbpf newer than Debian's: its own, from the same source
        bool isOld = !File.Exists(Path.Combine(sources.Tests, "unpriv_helpers.c"));
        IEnumerable<string> parts = isOld ? [Path.Combine(sources.Tests, s_helpers[0]), "-lbpf"]
            : [.. s_helpers.Select(f => Path.Combine(sources.Tests, f)), .. Directory.EnumerateFiles(Path.Combine(sources.Tools, "lib/bpf"), "*.c"), CorpusFolder.Own("native/module.c"), "-Wl,--wrap=load_bpf_testmod", "-D_GNU_SOURCE", "-I", CorpusFolder.File("include"), "-I", Path.Combine(sources.Tools, "lib")];
        string temporary = program + ".new";
        Processes.Must("gcc", ["-O1", "-w", "-I", generated, "-I", sources.Tests, "-I", Path.Combine(sources.Root, "kernel/bpf"), "-I", Path.Combine(sources.Tools, "include"), "-I", Path.Combine(sources.Tools, "include/uapi"),
            "-I", Path.Combine(sources.Tests, ".."), "-o", temporary, Path.Combine(sources.Tests, "test_verifier.c"), .. parts, "-lcap", "-lelf", "-lz"]);
        File.Move(temporary, program, overwrite: true);
    }
}
