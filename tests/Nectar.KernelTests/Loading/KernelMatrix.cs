// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Linux.Loading;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Loading;

/// <summary>
/// The programs of the kernel matrix (shared/bench/kernel-matrix): one for each program type, attach type and feature, compiled with the
/// header that Nectar prints of this kernel's types.
/// </summary>
internal static class KernelMatrix
{
    internal static readonly string[] Files = ["net", "trace", "feat", "sops", "arena", "v4", "ldacq"];

    private static readonly Lazy<string> s_headers = new(WriteHeader);

    /// <summary>The reason why the matrix cannot be used here; null if it can.</summary>
    internal static string? Missing => TestEnvironment.SharedPath("bench", "kernel-matrix") is null ? "no ../shared/bench/kernel-matrix (set NECTAR_SHARED)"
        : Clang.Missing("19") ?? (File.Exists("/sys/kernel/btf/vmlinux") ? null : "this kernel has no types (/sys/kernel/btf/vmlinux)");

    /// <summary>Compiles one file, or takes it from the last time.</summary>
    internal static BpfObject Read(string name)
    {
        string source = TestEnvironment.SharedPath("bench", "kernel-matrix", $"{name}.bpf.c")!;
        string processor = name is "v4" or "ldacq" ? "v4" : "v3";
        return ObjectReader.Read(Clang.Compile(source, "19", $"-g -O2 -target bpf -D__TARGET_ARCH_x86 -mcpu={processor} -I{s_headers.Value}"), name);
    }

    private static string WriteHeader()
    {
        string folder = Path.Combine(Repository.Root, "artifacts", "fixtures", $"kernel-{Environment.OSVersion.Version}");
        string header = Path.Combine(folder, "vmlinux.h");
        if (File.Exists(header)) return folder;
        Directory.CreateDirectory(folder);
        string temporary = $"{header}.{Environment.ProcessId}";
        using (FileStream file = File.Create(temporary)) BtfCPrinter.PrintAll(KernelBtf.Running.Vmlinux, file);
        File.Move(temporary, header, overwrite: true);
        return folder;
    }
}
