// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Dwarf;
using Nectar.Linux.Symbols.Elf;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Symbols;

/// <summary>Sections are read as far as they are looked at.</summary>
public sealed class SectionBytesTests
{
    [Fact]
    public void Parts_AreThoseOfTheFile_AndTakeTheMemoryOfTheirPages()
    {
        const int Start = 100, Size = 50_000;
        byte[] content = new byte[Start + Size + 7];
        new Random(3).NextBytes(content);
        content.AsSpan(Start + 20_000, 300).Fill((byte)'a');
        content[Start + 20_300] = 0;
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, content);
            Assert.True(FileBytes.TryOpen(path, out FileBytes? file, out _));
            SectionBytes section = SectionBytes.TryOf(file, Start, Size)!;
            Assert.Null(SectionBytes.TryOf(file, Start, Size + 8));
            file.Dispose(); // it has a descriptor of its own
            Assert.Equal((0L, Size), (section.Bytes, section.Length));
            Random random = new(4);
            for (int i = 0; i < 50; i++)
            {
                int from = random.Next(Size), to = random.Next(from, Math.Min(Size, from + 6000));
                Assert.True(section.Between((ulong)from, (ulong)to)[from..].SequenceEqual(content.AsSpan(Start + from, to - from)));
                if (i == 0) Assert.InRange(section.Bytes, 0, 3 * 4096);
            }

            Assert.Equal(new string('a', 300), System.Text.Encoding.ASCII.GetString(section.Text(20_000, 1000)));
            Assert.True(section.Text(20_000, 299).IsEmpty);
            Assert.Equal(Size, section.Between(0, ulong.MaxValue).Length);
            Assert.True(section.Between(0, ulong.MaxValue).SequenceEqual(content.AsSpan(Start, Size)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void FileThatIsCut_IsZeroesFromThere()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, [.. Enumerable.Repeat((byte)7, 20_000)]);
            Assert.True(FileBytes.TryOpen(path, out FileBytes? file, out _));
            SectionBytes section = SectionBytes.TryOf(file, 0, 20_000)!;
            using (FileStream cut = File.OpenWrite(path)) cut.SetLength(5000);
            ReadOnlySpan<byte> all = section.Between(0, 20_000);
            Assert.Equal((7, 7, 0, 0), (all[0], all[4999], all[5000], all[19_999]));
            file.Dispose();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [ToolFact("gcc")]
    public void PlaceInOneUnit_IsFound_WithoutReadingTheOthers()
    {
        string types = string.Join("\n", Enumerable.Range(0, 4000).Select(i => $"struct s{i} {{ int a{i}; long b{i}; char c{i}[{i + 1}]; }} v{i};"));
        string program = NativeFixture.Build("large-debug", "gcc -g -gz=none -O1 a.c b.c -o large-debug", ("a.c", types), ("b.c", "int main(int c, char **v) { return c; }\n"));
        DwarfInfo info = DwarfInfo.Load(program);
        ElfSymbol main = Assert.Single(ElfSymbols.Load(program).Find("main"));
        Assert.Equal(1, info.FindPlace(main.Address)?.Line);
        using ElfImage image = ElfImage.Open(program);
        Assert.InRange(info.Bytes, 1, DwarfSections.SizeOf(image) / 2);
    }
}
