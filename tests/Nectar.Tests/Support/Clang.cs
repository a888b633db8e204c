// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Security.Cryptography;
using System.Text;

namespace Nectar.Tests.Support;

/// <summary>Compiles C sources to BPF objects, once: results are kept under artifacts/fixtures by the hash of source and options.</summary>
internal static class Clang
{
    /// <summary>The compilers that tests ask for, newest first.</summary>
    public static readonly string[] Versions = ["19", "16", "14"];

    /// <summary>Where tests/fixtures is.</summary>
    public static string Fixtures => Path.Combine(Repository.Root, "tests", "fixtures");

    /// <summary>The reason why a compiler cannot be used here; null if it can.</summary>
    public static string? Missing(string version)
    {
        if (Find(version) is null) return $"clang-{version} is not installed";
        return File.Exists("/usr/include/bpf/bpf_helpers.h") ? null : "libbpf-dev (bpf/bpf_helpers.h) is not installed";
    }

    /// <summary>Compiles one file.</summary>
    /// <exception cref="InvalidOperationException">The compiler refused it; the message is what it printed.</exception>
    public static byte[] Compile(string source, string version = "19", string options = "-g -O2 -target bpf -mcpu=v3")
    {
        string folder = Path.Combine(Repository.Root, "artifacts", "fixtures");
        Directory.CreateDirectory(folder);
        string[] includes = [$"-I{Path.GetDirectoryName(source)}", "-I/usr/include/x86_64-linux-gnu", "-D__TARGET_ARCH_x86"]; // asm/types.h lies in the latter folder; headers of tracing want to know the registers
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{version}|{options}|{source}|{File.ReadAllText(source)}|{Headers(Path.GetDirectoryName(source)!)}"));
        string output = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(source)}-{Convert.ToHexStringLower(hash)[..16]}.o");
        if (!File.Exists(output))
        {
            string temporary = $"{output}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}";
            (int code, string text, string errors) = TestEnvironment.Run(Find(version)!, [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. includes, "-c", source, "-o", temporary]);
            if (code != 0) throw new InvalidOperationException($"clang-{version} {options} {source}: {text}{errors}");
            File.Move(temporary, output, overwrite: true);
        }

        return File.ReadAllBytes(output);
    }

    // Its own headers lie beside a source.
    private static string Headers(string folder) => string.Join('|', Directory.GetFiles(folder, "*.h").Order(StringComparer.Ordinal).Select(File.ReadAllText));

    private static string? Find(string version)
    {
        string path = $"/usr/bin/clang-{version}";
        return File.Exists(path) ? path : null;
    }
}
