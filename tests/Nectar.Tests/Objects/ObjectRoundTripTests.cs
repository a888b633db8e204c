// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Objects;

public sealed class ObjectRoundTripTests
{
    [ClangTheory]
    [MemberData(nameof(ObjectReaderTests.Targets), MemberType = typeof(ObjectReaderTests))]
    public void Write_EverythingFixture_ReadsAsTheSame(string version, string target) =>
        AssertSame(Clang.Compile(Path.Combine(Clang.Fixtures, "everything.bpf.c"), version, $"-g -O2 -target {target} -mcpu=v3"), "everything", version == "19");

    [ClangFact]
    public void Write_WithoutDebugInformation_ReadsAsTheSame() =>
        AssertSame(Clang.Compile(Path.Combine(Clang.Fixtures, "plain.bpf.c"), "19", "-O2 -target bpf -mcpu=v2"), "plain", true);

    [SharedFact("bench")]
    public void Write_SharedSources_ReadAsTheSame()
    {
        string bench = TestEnvironment.SharedPath("bench")!;
        string headers = KernelHeader();
        List<string> problems = [];
        int same = 0;
        foreach (string folder in (string[])["vm", "compiler", "kernel-matrix", "libbpf"])
        {
            foreach (string source in Directory.GetFiles(Path.Combine(bench, folder), "*.c", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                byte[] file;
                BpfObject read;
                try
                {
                    file = Clang.Compile(source, "19", $"-g -O2 -target bpf -mcpu=v4 -w -D__TARGET_ARCH_x86 -I{headers}");
                    read = ObjectReader.Read(file, "x");
                }
                catch (Exception problem) when (problem is InvalidOperationException or ObjectFormatException)
                {
                    continue; // a program of the host, or not for our reader
                }

                try
                {
                    AssertSame(file, source, false);
                    same++;
                }
                catch (ObjectFormatException problem)
                {
                    problems.Add($"{source}: {problem.Message}");
                }
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.True(same >= (headers.Length > 0 ? 30 : 10), $"only {same} objects compared");
    }

    [Fact]
    public void Write_AssembledSamples_ReadAsTheSame()
    {
        foreach (string sample in Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.bpfasm")) AssertAssembled(File.ReadAllText(sample), sample);
    }

    [Fact]
    public void Write_AssembledParts_ReadAsTheSame()
    {
        AssertAssembled("""
            .license "GPL"
            .version 0x60c00
            .struct pair { u32 a; u32 b; }
            .map counts type=hash key=pair value=u64 max=100 flags=no_prealloc pin=name
            .map plain type=array key=4 value=16 max=3
            .map inner type=array key=4 value=8 max=2
            .map outer type=array_of_maps key=4 value=4 max=4 inner=inner slots=0:inner,2:inner
            .map jumps type=prog_array key=4 value=4 max=2 slots=1:second
            .map ring type=ringbuf max=4096 record=pair
            .rodata
            zero: .quad 0
            step: .quad 5
            .data
            total: .quad 7
            .bss
            count: .zero 16
            .program first type=xdp
                r1 = step ll
                r6 = *(u64 *)(r1 + 0)
                r1 = total ll
                *(u64 *)(r1 + 0) = r6
                r2 = count ll
                r4 = counts ll
                call assist
                r1 = 10
                r2 = each ll
                r3 = 0
                r4 = 0
                call bpf_loop
                r0 = 2
                exit
            .program second type=xdp
                r1 = plain ll
                r2 = outer ll
                r3 = jumps ll
                r0 = 1
                exit
            .function assist
                call leaf
                r0 = 0
                exit
            .function each
                r0 = 0
                exit
            .function leaf global
                r0 = 3
                exit
            """, "parts.bpfasm");
    }

    [Fact]
    public void Write_Twice_SameBytes()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "samples", "block_http.bpfasm"));
        Assert.Equal(ObjectWriter.ToArray(Assembler.Assemble(text, "x.bpfasm")), ObjectWriter.ToArray(Assembler.Assemble(text, "x.bpfasm")));
    }

    [ClangFact]
    public void Write_MapChangedAfterReading_SaysWhatItIsNow()
    {
        BpfObject read = ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, "everything.bpf.c")), "everything");
        read.Maps["flows"].MaxEntries = 77;
        read.Globals["limit"].Set(99u);
        BpfObject again = ObjectReader.Read(ObjectWriter.ToArray(read), "everything");
        Assert.Equal(77u, again.Maps["flows"].MaxEntries);
        Assert.Equal(99u, again.Globals["limit"].Get<uint>());
        Assert.Equal(ObjectDump.Of(read, withTypes: false), ObjectDump.Of(again, withTypes: false));
    }

    [Theory]
    [InlineData(".map m type=array key=4 value=8 max=1\n.program p type=xdp\nr1 = map[name:m][0]+4\nr0 = 0\nexit", "'m'")]
    public void Write_WhatNoFileCanSay_IsRefusedWithTheReason(string text, string reason)
    {
        ObjectFormatException problem = Assert.Throws<ObjectFormatException>(() => ObjectWriter.ToArray(Assembler.Assemble(text)));
        Assert.Equal(ObjectCodes.CannotWrite, problem.Diagnostics[0].Code);
        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SectionNames_EveryRow_ParsesToItself()
    {
        foreach (SectionDefinition row in SectionNames.All)
        {
            Assert.True(SectionNames.TryParse(row.Name, out SectionDefinition? found, out string? target, out bool autoLoad), row.Name);
            Assert.Equal((row, null, true), (found, target, autoLoad));
            if ((row.Traits & SectionTraits.Target) == 0) continue;
            Assert.True(SectionNames.TryParse($"?{row.Name}/some_target", out found, out target, out autoLoad), row.Name);
            Assert.Equal((row, "some_target", false), (found, target, autoLoad));
        }
    }

    /// <summary>A folder with a <c>vmlinux.h</c> of the running kernel; a folder without one where that cannot be made.</summary>
    private static string KernelHeader()
    {
        string folder = Path.Combine(Repository.Root, "artifacts", "fixtures", "vmlinux");
        string file = Path.Combine(folder, "vmlinux.h");
        if (File.Exists(file)) return folder;
        if (TestEnvironment.FindTool("bpftool") is not { } bpftool || !File.Exists("/sys/kernel/btf/vmlinux")) return "";
        Directory.CreateDirectory(folder);
        (int code, string text, _) = TestEnvironment.Run(bpftool, "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c");
        if (code != 0) return "";
        File.WriteAllText(file, text);
        return folder;
    }

    private static void AssertAssembled(string text, string name)
    {
        BpfObject assembled = Assembler.Assemble(text, Path.GetFileName(name));
        BpfObject read = ObjectReader.Read(ObjectWriter.ToArray(assembled), assembled.Name);
        Assert.Equal(Comparable(assembled), Comparable(read));
        AssertSame(ObjectWriter.ToArray(assembled), name, false);

        // sections and the order of functions and maps are those of the file
        static string Comparable(BpfObject o) => string.Join('\n', ObjectDump.Of(o, withTypes: false).Split('\n')
            .Where(line => !line.StartsWith("map .kconfig", StringComparison.Ordinal) && !line.StartsWith("extern", StringComparison.Ordinal))
            .Where(line => line.StartsWith("map", StringComparison.Ordinal) || line.StartsWith("program", StringComparison.Ordinal) || line.Contains("Relocation", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal));
    }

    private static void AssertSame(byte[] file, string name, bool compareText)
    {
        BpfObject read = ObjectReader.Read(file, name);
        byte[] written = ObjectWriter.ToArray(read);
        BpfObject again = ObjectReader.Read(written, name);
        Assert.Equal(ObjectDump.Of(read, withTypes: false), ObjectDump.Of(again, withTypes: false));
        if (compareText && TestEnvironment.FindTool("llvm-objdump-19") is { } tool) Assert.Equal(Listing(tool, file), Listing(tool, written));
    }

    private static string Listing(string tool, byte[] file)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, file);
            (int code, string text, string errors) = TestEnvironment.Run(tool, "-d", "--no-show-raw-insn", path);
            Assert.True(code == 0 && errors.Length == 0, errors);
            return string.Join('\n', text.Split('\n').Where(line => line.Contains(":\t", StringComparison.Ordinal) || line.EndsWith("section", StringComparison.Ordinal))
                .Select(line => Regex.Replace(line[(line.IndexOf('\t') + 1)..], "<.*>", ""))); // labels of the assembler are not kept
        }
        finally
        {
            File.Delete(path);
        }
    }
}
