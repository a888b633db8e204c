// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.VerifierCorpus;

/// <summary>The C programs of the benchmarks beside the repository, compiled: those of the compiler, the machine and the loader.</summary>
internal static class SharedObjects
{
    internal const string Verdicts = "benchmarks.jsonl";

    /// <summary>Where the objects go.</summary>
    internal static string Folder => CorpusFolder.File("benchmarks");

    internal static string? Source(params string[] parts)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Nectar.slnx"))) continue;
            string root = Environment.GetEnvironmentVariable("NECTAR_SHARED") is { Length: > 0 } named ? named : Path.Combine(folder.Parent?.FullName ?? "/", "shared");
            string path = Path.Combine([root, "bench", .. parts]);
            return File.Exists(path) || Directory.Exists(path) ? path : null;
        }

        return null;
    }

    internal static string[] CompileAll()
    {
        Directory.CreateDirectory(Folder);
        List<string> made = [];
        foreach ((string part, string pattern, string option) in ((string, string, string)[])[("compiler", "*.bpf.c", ""), ("vm/src", "*.c", "-DT_XDP"), ("libbpf", "*.bpf.c", ""), ("kernel-matrix", "*.bpf.c", "")])
        {
            if (Source(part) is not { } folder) continue;
            foreach (string file in Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal))
            {
                string target = Path.Combine(Folder, $"{part.Split('/')[0]}-{Path.GetFileNameWithoutExtension(file)}.o");
                string[] options = ["-O2", "-g", "--target=bpf", "-mcpu=v3", "-fno-builtin", "-D__TARGET_ARCH_x86", "-Wno-everything", "-I", CorpusFolder.File("include"), "-I", folder, "-I", "/usr/include/x86_64-linux-gnu", .. option.Length > 0 ? [option] : (string[])[]];
                if (File.Exists(target) || Processes.Run(null, TimeSpan.FromMinutes(5), "clang-19", [.. options, "-c", file, "-o", target]).Code == 0) made.Add(target);
            }
        }

        return [.. made];
    }
}
