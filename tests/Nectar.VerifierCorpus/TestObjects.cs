// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Linux.Loading;

namespace Nectar.VerifierCorpus;

/// <summary>The kernel's test programs in C, each file compiled to an object.</summary>
internal static class TestObjects
{
    private static readonly string[] s_options =
    [
        "-g", "-O2", "--target=bpf", "-mcpu=v3", "-mlittle-endian", "-D__TARGET_ARCH_x86", "-DENABLE_ATOMICS_TESTS", "-DBPF_NO_KFUNC_PROTOTYPES", "-Wno-everything",
    ];

    /// <summary>Compiles all, and says what could not be compiled.</summary>
    internal static void CompileAll(KernelSources sources, Action<string> say)
    {
        string headers = CorpusFolder.File("include");
        MakeHeaders(sources, headers);
        string output = CorpusFolder.File("objects");
        Directory.CreateDirectory(output);
        string[] includes = ["-I", headers, "-I", sources.Tests, "-I", Path.Combine(sources.Tests, "progs"), "-I", Path.Combine(sources.Tools, "include/uapi"), "-I", Path.Combine(sources.Tools, "include"), "-I", "/usr/include", "-I", "/usr/include/x86_64-linux-gnu"];
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(sources.Tests, "progs"), "*.c").Order(StringComparer.Ordinal)];
        int failed = 0;
        Parallel.ForEach(files, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, file =>
        {
            string target = Path.Combine(output, Path.GetFileNameWithoutExtension(file) + ".o");
            if (File.Exists(target)) return;
            (int code, _) = Processes.Run(null, TimeSpan.FromMinutes(10), "clang-19", [.. s_options, .. includes, "-c", file, "-o", target + ".new"]);
            if (code == 0) File.Move(target + ".new", target, overwrite: true);
            else Interlocked.Increment(ref failed);
        });
        say($"{files.Length - failed} of {files.Length} files of progs/ compiled");
    }

    /// <summary>vmlinux.h of this kernel by our own printer, libbpf's headers as the source has them, and its list of helpers.</summary>
    private static void MakeHeaders(KernelSources sources, string folder)
    {
        string bpf = Path.Combine(folder, "bpf");
        Directory.CreateDirectory(bpf);
        using (FileStream types = File.Create(Path.Combine(folder, "vmlinux.h"))) BtfCPrinter.PrintAll(KernelBtf.Running.Vmlinux, types);
        foreach (string header in Directory.EnumerateFiles(Path.Combine(sources.Tools, "lib/bpf"), "*.h")) File.Copy(header, Path.Combine(bpf, Path.GetFileName(header)), overwrite: true);
        File.WriteAllText(Path.Combine(bpf, "bpf_helper_defs.h"),
            Processes.Must("python3", Path.Combine(sources.Root, "scripts/bpf_doc.py"), "--header", "--file", Path.Combine(sources.Tools, "include/uapi/linux/bpf.h")));
    }
}
