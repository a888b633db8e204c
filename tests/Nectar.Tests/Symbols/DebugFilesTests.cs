// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Text;
using Nectar.Linux.Symbols.Compression;
using Nectar.Linux.Symbols.Elf;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Symbols;

public sealed class DebugFilesTests
{
    private const string Source = "static __attribute__((noinline)) int secret_helper(int a) { __asm__(\"\"); return a * 3; }\nint main(int c, char **v) { return secret_helper(c); }\n";

    private static ulong Address(string unstripped)
    {
        using ElfImage image = ElfImage.Open(unstripped);
        return Assert.Single(ElfSymbols.Read(image).Find("secret_helper")).Address;
    }

    [ToolFact("gcc", "objcopy", "strip")]
    public void Stripped_WithoutAnything_HasOnlyDynamicSymbols()
    {
        string path = NativeFixture.Build("bare", "gcc -O1 a.c -o full && strip full -o bare", ("a.c", Source));
        Assert.Empty(ElfSymbols.Load(path).Find("secret_helper"));
    }

    [ToolFact("gcc", "objcopy", "strip")]
    public void DebugLink_IsFollowed_IfTheChecksumFits()
    {
        const string Recipe = "gcc -g -O1 -Wl,--build-id=none a.c -o full && objcopy --only-keep-debug full full.debug && strip full -o linked && objcopy --add-gnu-debuglink=full.debug linked";
        string path = NativeFixture.Build("linked", Recipe, ("a.c", Source));
        ElfSymbol symbol = Assert.Single(ElfSymbols.Load(path).Find("secret_helper"));
        Assert.Equal(Address(Path.Combine(Path.GetDirectoryName(path)!, "full")), symbol.Address);
        Assert.NotNull(symbol.FileOffset);

        string wrong = NativeFixture.Build("linked", Recipe + " && printf x >> full.debug", ("a.c", Source));
        Assert.Empty(ElfSymbols.Load(wrong).Find("secret_helper"));
    }

    [ToolFact("gcc", "objcopy", "strip")]
    public void DebugLink_InTheDebugFolder_IsCheckedByBuildId()
    {
        string path = NativeFixture.Build("linked", "gcc -g -O1 -Wl,--build-id=sha1 a.c -o full && mkdir .debug && objcopy --only-keep-debug full .debug/full.debug && strip full -o linked && objcopy --add-gnu-debuglink=.debug/full.debug linked", ("a.c", Source));
        Assert.Single(ElfSymbols.Load(path).Find("secret_helper"));
    }

    [ToolFact("gcc", "objcopy", "strip", "xz")]
    public void EmbeddedSymbols_AreUnpacked()
    {
        string path = NativeFixture.Build("mini", "gcc -g -O1 a.c -o full && objcopy --only-keep-debug full part && objcopy -S --remove-section .comment --keep-symbol=secret_helper --keep-symbol=main part mini.part 2>/dev/null || cp part mini.part; xz -9 -k mini.part && strip full -o mini && objcopy --add-section .gnu_debugdata=mini.part.xz mini", ("a.c", Source));
        ElfSymbol symbol = Assert.Single(ElfSymbols.Load(path).Find("secret_helper"));
        Assert.Equal(Address(Path.Combine(Path.GetDirectoryName(path)!, "full")), symbol.Address);
    }

    [ToolFact("xz")]
    public void Xz_OfEveryKind_IsDecoded()
    {
        string folder = Path.GetDirectoryName(NativeFixture.Build("done", "head -c 300000 /dev/urandom > random; seq 1 60000 > text; : > empty; printf a > one; head -c 3000000 /dev/zero > zeros; cat text random zeros text > mixed; touch done"))!;
        foreach (string name in new[] { "random", "text", "empty", "one", "zeros", "mixed" })
        {
            foreach (string options in new[] { "-0", "-6", "-9e", "--check=crc32", "--check=none", "--check=sha256", "--block-size=65536", "--lzma2=lc=0,lp=2,pb=0", "--lzma2=lc=4,pb=4", "--lzma2=dict=4KiB" })
            {
                byte[] plain = File.ReadAllBytes(Path.Combine(folder, name)), packed = Pack(Path.Combine(folder, name), options);
                Assert.True(XzDecoder.TryDecode(packed, 1 << 24, out byte[] data), $"{name} {options}");
                Assert.True(plain.AsSpan().SequenceEqual(data), $"{name} {options}");
                if (plain.Length > 1) Assert.False(XzDecoder.TryDecode(packed, plain.Length - 1, out _));
            }
        }
    }

    [ToolFact("xz")]
    public void Xz_Damaged_NeverFails_ButSaysNo()
    {
        string folder = Path.GetDirectoryName(NativeFixture.Build("done", "seq 1 3000 > text; xz -k text; xz -k --check=none --stdout text > unchecked.xz; touch done"))!;
        Mutator mutator = new([File.ReadAllBytes(Path.Combine(folder, "text.xz")), File.ReadAllBytes(Path.Combine(folder, "unchecked.xz"))], seed: 7);
        FuzzRun run = new();
        run.Run(mutator.Next, input => XzDecoder.TryDecode(input, 1 << 18, out _), 3000, TimeSpan.FromSeconds(10));
        Assert.Empty(run.Failures.Select(failure => failure.Problem));
    }

    [ToolFact("gcc", "objcopy")]
    public void CompressedSections_AreExpanded()
    {
        string folder = Path.GetDirectoryName(NativeFixture.Build("done", "gcc -g -O1 a.c -o full && objcopy --compress-debug-sections=zlib full zlib && objcopy --compress-debug-sections=zlib-gnu full gnu && touch done", ("a.c", Source)))!;
        byte[] expected = Section(Path.Combine(folder, "full"));
        Assert.True(expected.Length > 100);
        Assert.Equal(expected, Section(Path.Combine(folder, "zlib")));
        Assert.Equal(expected, Section(Path.Combine(folder, "gnu")));
    }

    [Fact]
    public void Checksums_AreThoseOfTheStandards()
    {
        Assert.Equal(0xCBF43926u, Crc.Update32(0, "123456789"u8));
        Assert.Equal(0x995DC9BBDF1939FAul, Crc.Of64("123456789"u8));
        byte[] long1 = Encoding.ASCII.GetBytes(new string('x', 1001));
        Assert.Equal(Crc.Update32(0, long1), Crc.Update32(Crc.Update32(0, long1.AsSpan(0, 333)), long1.AsSpan(333)));
    }

    private static byte[] Section(string path)
    {
        using ElfImage image = ElfImage.Open(path);
        Assert.True(image.TrySection(".debug_str"u8, out ElfSection section) || image.TrySection(".zdebug_str"u8, out section));
        Assert.True(image.TryData(section, out ReadOnlyMemory<byte> data, out _));
        return data.ToArray();
    }

    private static byte[] Pack(string path, string options)
    {
        string output = $"{path}.{Environment.ProcessId}.xz";
        (int code, _, string error) = TestEnvironment.Run("/bin/sh", "-c", $"xz -k -c {options} '{path}' > '{output}'");
        Assert.True(code == 0, error);
        byte[] packed = File.ReadAllBytes(output);
        File.Delete(output);
        Assert.True(BinaryPrimitives.ReadUInt32BigEndian(packed) == 0xfd377a58);
        return packed;
    }
}
