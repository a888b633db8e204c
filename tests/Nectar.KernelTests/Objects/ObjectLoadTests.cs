// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;
using Nectar.Bpf.Asm;
using Nectar.KernelTests.Asm;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Objects;

/// <summary>bpftool and libbpf load what was assembled and written as a file.</summary>
public sealed class ObjectLoadTests
{
    [BpftoolFact]
    public void Assembled_Objects_AreLoaded()
    {
        using PrivateBpffs bpffs = new();
        List<(string Name, string Text)> objects = [.. Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.bpfasm").Select(file => (file, File.ReadAllText(file)))];
        objects.Add(("parts", """
            .license "GPL"
            .map inner type=array key=4 value=8 max=2
            .map outer type=array_of_maps key=4 value=4 max=4 inner=inner slots=0:inner,2:inner
            .map jumps type=prog_array key=4 value=4 max=2 slots=1:second
            .data
            pad: .quad 1
            total: .quad 7
            .program first type=xdp
                r6 = r1
                r1 = total ll
                r1 = *(u64 *)(r1 + 0)
                r2 = 5
                call assist
                r1 = r6
                r2 = jumps ll
                r3 = 1
                call bpf_tail_call
                r0 = 2
                exit
            .program second type=xdp
                *(u32 *)(r10 - 4) = 0
                r1 = outer ll
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                r0 = 1
                exit
            .function assist
                r0 = r1
                r0 += r2
                exit
            """));
        objects.Add(("callbacks", """
            .license "GPL"
            .program looping type=tc
                r1 = 10
                r2 = each ll
                r3 = 0
                r4 = 0
                call bpf_loop
                r0 = 0
                exit
            .function each
                r0 = 0
                exit
            """));
        foreach ((string name, string text) in objects)
        {
            string file = Path.Combine(bpffs.Scratch, "assembled.o");
            File.WriteAllBytes(file, ObjectWriter.ToArray(Assembler.Assemble(text, name)));
            (Dictionary<string, string>? programs, string problem) = LoadWithBpftool(bpffs, file);
            Assert.True(programs is not null, $"{name}: {problem}");
            Assert.NotEmpty(programs);
        }
    }

    private static void Require((int ExitCode, string Output, string Error) run) => Assert.True(run.ExitCode == 0, run.Error);

    /// <summary>Loads a file; gives the translated code of its programs by name, or why it was refused.</summary>
    private static (Dictionary<string, string>? Programs, string Problem) LoadWithBpftool(PrivateBpffs bpffs, string file)
    {
        string pins = Path.Combine(bpffs.Path, "programs"), maps = Path.Combine(bpffs.Path, "maps");
        Directory.CreateDirectory(maps);
        try
        {
            (int code, _, string errors) = TestEnvironment.Run(TestEnvironment.FindTool("bpftool")!, "prog", "loadall", file, pins, "pinmaps", maps);
            if (code != 0) return (null, errors);
            Dictionary<string, string> programs = [];
            foreach (string pin in Directory.GetFiles(pins).Order(StringComparer.Ordinal))
            {
                (code, string text, errors) = TestEnvironment.Run(TestEnvironment.FindTool("bpftool")!, "prog", "dump", "xlated", "pinned", pin);
                Assert.True(code == 0, errors);
                // identities of maps and tags of functions are new with every load
                programs.Add(Path.GetFileName(pin), Regex.Replace(text, @"map\[id:\d+\]|bpf_prog_[0-9a-f]+_|map:0x[0-9a-f]+", ""));
            }

            return (programs, "");
        }
        finally
        {
            foreach (string folder in (string[])[pins, maps])
            {
                if (Directory.Exists(folder)) Directory.Delete(folder, true);
            }
        }
    }
}
