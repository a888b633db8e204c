// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.VerifierCorpus;

/// <summary>The part of a kernel's source that its BPF tests need, out of Debian's package.</summary>
internal sealed class KernelSources
{
    // What the tests include, as patterns for tar; "{0}" is the version.
    private static readonly string[] s_members =
    [
        "linux-source-{0}/tools/testing/selftests/bpf/*", "linux-source-{0}/tools/testing/selftests/*.h", "linux-source-{0}/tools/include/*",
        "linux-source-{0}/tools/arch/x86/include/*", "linux-source-{0}/tools/lib/bpf/*", "linux-source-{0}/kernel/bpf/disasm.*", "linux-source-{0}/scripts/bpf_doc.py",
    ];

    internal KernelSources(string version)
    {
        Version = version;
        string folder = CorpusFolder.File("source");
        Directory.CreateDirectory(folder);
        Root = Path.Combine(folder, $"linux-source-{version}");
        if (Directory.Exists(Root)) return;
        Processes.Must("tar", ["-xJf", CorpusFolder.ArchiveOf(version), "-C", folder, "--wildcards", .. s_members.Select(m => m.Replace("{0}", version, StringComparison.Ordinal))]);
    }

    internal string Version { get; }

    internal string Root { get; }

    internal string Tools => Path.Combine(Root, "tools");

    internal string Tests => Path.Combine(Root, "tools/testing/selftests/bpf");
}
