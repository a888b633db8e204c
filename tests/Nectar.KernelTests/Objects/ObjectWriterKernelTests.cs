// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;
using Nectar.KernelTests.Classic;
using Nectar.Tests.Support;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Objects;

/// <summary>What was read and written again loads as the original: bpftool shows the same translated programs and maps.</summary>
public sealed partial class ObjectWriterKernelTests(ITestOutputHelper output)
{
    // Mounts vanish with the namespace, so that no pin is left behind whatever happens. Pins by name go there, too.
    private const string Script = """
        mount -t bpf bpf /sys/fs/bpf || exit 3
        bpftool prog loadall "$1" /sys/fs/bpf/programs || exit 1
        for p in /sys/fs/bpf/programs/*; do
            echo "== $p"; bpftool prog dump xlated pinned "$p"
            for m in $(bpftool prog show pinned "$p" | sed -n 's/.*map_ids //p' | tr , ' '); do bpftool map show id $m; bpftool map dump id $m | head -50; done
        done
        """;

    public static TheoryData<string, string, string> Sources
    {
        get
        {
            TheoryData<string, string, string> data = [];
            foreach (string version in Clang.Versions.Where(version => Clang.Missing(version) is null))
            {
                foreach (string source in (string[])["tests/fixtures/everything", "tests/fixtures/kernel_types", "samples/block_http", "samples/count_protocols", "samples/xdp_drop_tcp"])
                {
                    if (source == "samples/block_http" && version == "14") continue; // clang-14 calls memcmp, which no object has
                    data.Add(source, version, "v2");
                    data.Add(source, version, "v3");
                }
            }

            if (Clang.Missing("19") is null) data.Add("tests/fixtures/everything", "19", "v4");
            return data;
        }
    }

    [BpfToolTheory]
    [MemberData(nameof(Sources))]
    public void WrittenObject_LoadedByBpftool_IsTheOriginal(string source, string version, string cpu)
    {
        byte[] original = Clang.Compile(Path.Combine(Repository.Root, source + ".bpf.c"), version, $"-g -O2 -target bpf -mcpu={cpu} -DLEFT_OUT=\"tracepoint/syscalls/sys_enter_execve\"");
        string before = Load(original, out bool accepted);
        output.WriteLine(before);
        string after = Load(ObjectWriter.ToArray(ObjectReader.Read(original, Path.GetFileName(source))), out bool acceptedAgain);

        Assert.True(accepted, before);
        Assert.True(acceptedAgain, after);
        Assert.Contains("exit", before, StringComparison.Ordinal);
        Assert.Equal(before, after);
    }

    private static string Load(byte[] file, out bool accepted)
    {
        // the same path each time: the kernel's names of data maps start with the file's name
        string folder = Directory.CreateTempSubdirectory("nectar-").FullName;
        try
        {
            string path = Path.Combine(folder, "object.o");
            File.WriteAllBytes(path, file);
            (int code, string text, string errors) = TestEnvironment.Run("unshare", "-m", "sh", "-c", Script, "sh", path);
            accepted = code == 0;
            return accepted ? Volatile().Replace(text, "#") : text + errors;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Numbers that differ from load to load: ids (also as elements of maps of maps and prog arrays), sizes, addresses.</summary>
    [GeneratedRegex(@"(?m:(?<=value: )([0-9a-f]{2} ){3}[0-9a-f]{2} *$)|\[id:\d+\]|(?m:^\d+:(?= [a-z_]+  ))|(?<=btf_id )\d+|(?<=memlock )\d+B|0xffff[0-9a-f]+|inner_map_id"": \d+|(?<=prog_id |value: |""seen"": |""value"": )\d+|(?m:^\tpids .*)")]
    private static partial Regex Volatile();
}

/// <summary>A theory that loads objects with bpftool in a mount namespace of its own.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BpfToolTheoryAttribute : TheoryAttribute
{
    public BpfToolTheoryAttribute()
    {
        string? missing = ((string[])["bpftool", "unshare"]).FirstOrDefault(tool => TestEnvironment.FindTool(tool) is null);
        Skip = missing is not null ? $"'{missing}' is not installed"
            : new BpfFactAttribute().Skip ?? Clang.Versions.Select(Clang.Missing).Aggregate((a, b) => a is null || b is null ? null : a);
    }
}
