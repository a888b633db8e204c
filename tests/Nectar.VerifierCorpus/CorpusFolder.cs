// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Security.Cryptography;
using Nectar.Linux.Features;

namespace Nectar.VerifierCorpus;

/// <summary>
/// Where what is generated lies: outside of the repository, as the kernel's tests are under its licence. The folder's name has the versions
/// of the source packages, the kernel that judged, and this program's own, so that nothing old is ever read.
/// </summary>
internal static class CorpusFolder
{
    internal const string Archive = "/usr/src/linux-source-{0}.tar.xz";

    /// <summary>The folder of this machine's corpus, which may not exist yet.</summary>
    internal static string Path { get; } = System.IO.Path.Combine(CacheRoot(), "nectar", "verifier-corpus", Key());

    /// <summary>What lies beside this program: the recorder's source, lists.</summary>
    internal static string Own(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, name);

    internal static string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Why the corpus cannot be made here; null if it can.</summary>
    internal static string? Unavailable()
    {
        if (Complete() is not null) return null;
        foreach (string version in (string[])["6.1", "6.12"])
        {
            if (!System.IO.File.Exists(ArchiveOf(version))) return $"the package linux-source-{version} is not installed";
        }

        foreach (string tool in (string[])["clang-19", "gcc", "tar", "xz", "python3"])
        {
            if (Processes.Find(tool) is null) return $"'{tool}' is not installed";
        }

        if (!System.IO.File.Exists("/usr/include/bpf/libbpf.h")) return "libbpf-dev is not installed";
        if (!System.IO.File.Exists("/usr/include/sys/capability.h")) return "libcap-dev is not installed";
        if (!System.IO.File.Exists("/sys/kernel/btf/vmlinux")) return "this kernel has no types (/sys/kernel/btf/vmlinux)";
        return Environment.UserName == "root" ? null : "loading the kernel's tests needs root";
    }

    /// <summary>The folder if generation has come to its end; null otherwise.</summary>
    internal static string? Complete() => System.IO.File.Exists(File("complete")) ? Path : null;

    internal static string ArchiveOf(string version) => string.Format(System.Globalization.CultureInfo.InvariantCulture, Archive, version);

    private static string CacheRoot() => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    private static string Key()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.IO.File.ReadAllBytes(Own("native/recorder.c")));
        hash.AppendData(BitConverter.GetBytes(Generator.FormatVersion));
        foreach (string version in (string[])["6.1", "6.12"])
        {
            FileInfo archive = new(ArchiveOf(version));
            if (archive.Exists) hash.AppendData(System.Text.Encoding.ASCII.GetBytes($"{version} {archive.Length} {archive.LastWriteTimeUtc.Ticks}"));
        }

        return $"{KernelRelease.Running.Release}-{Convert.ToHexStringLower(hash.GetHashAndReset())[..12]}";
    }
}
