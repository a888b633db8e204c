// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Elf;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Symbols;

public sealed class ElfSymbolsTests
{
    private const string Libc = "/lib/x86_64-linux-gnu/libc.so.6";

    [ToolFact("gcc", "nm")]
    public void Find_GivesVersions_AsNmDoes()
    {
        using ElfImage image = ElfImage.Open(NativeFixture.Versions());
        ElfSymbols symbols = ElfSymbols.Read(image);
        Assert.Equal(["f@@VER_2", "f@VER_1"], symbols.Find("f").Where(s => s.Version is not null).Select(s => s.ToString()).Order());
        Assert.Equal("VER_1", Assert.Single(symbols.Find("f@VER_1")).Version);
        Assert.Empty(symbols.Find("f@@VER_1"));
        Assert.Equal("f@@VER_2", Assert.Single(symbols.Find("f@@VER_2")).ToString());
        Assert.Equal(ElfSymbolKind.Function, Assert.Single(symbols.Find("hidden_helper")).Kind);
        Assert.Null(Assert.Single(symbols.Find("zeroed")).FileOffset);
        Assert.Equal(ElfSymbolKind.Object, Assert.Single(symbols.Find("counter")).Kind);
    }

    [ToolFact("gcc")]
    public void FindFunctions_OfAnIndirectOne_ExplainsWhatItIs()
    {
        using ElfImage image = ElfImage.Open(NativeFixture.Versions());
        ObjectFormatException problem = Assert.Throws<ObjectFormatException>(() => ElfSymbols.Read(image).FindFunctions("picked"));
        Assert.Contains("stands for one of several functions", problem.Message, StringComparison.Ordinal);
    }

    [FileFact(Libc)]
    public void FindFunctions_OfAMistypedName_NamesTheNearest()
    {
        using ElfImage image = ElfImage.Open(Libc);
        ObjectFormatException problem = Assert.Throws<ObjectFormatException>(() => ElfSymbols.Read(image).FindFunctions("mallocc"));
        Assert.Equal(4403, problem.Diagnostics[0].Code.Number);
        Assert.Contains("did you mean 'malloc'", problem.Message, StringComparison.Ordinal);
    }

    [ToolFact("nm")]
    public void Symbols_OfRealFiles_AreThoseOfNm()
    {
        string[] files = [.. new[] { Libc, "/bin/bash", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", typeof(object).Assembly.Location.Replace("System.Private.CoreLib.dll", "libcoreclr.so", StringComparison.Ordinal) }.Where(File.Exists)];
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            using ElfImage image = ElfImage.Open(file);
            ElfSymbols symbols = ElfSymbols.Read(image);
            int compared = 0;
            foreach (string line in TestEnvironment.Run("nm", "-D", "--defined-only", file).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] parts = line.Split(' ', 3);
                if (parts.Length < 3 || parts[1] is "A" or "B" or "b" || parts[0].All(c => c == '0')) continue; // absolute; thread-local ones look like B or D
                ulong address = Convert.ToUInt64(parts[0], 16);
                if (!symbols.Find(parts[2]).Any(s => s.Address == address) && parts[1] is "D" or "d") continue; // thread-local data has no address
                Assert.True(symbols.Find(parts[2]).Any(s => s.Address == address), $"{file}: {line}");
                compared++;
            }

            Assert.True(compared > 5, $"{file}: {compared}");
        }
    }

    [ToolFact("gcc", "nm")]
    public void TryFind_AtEveryByteOfAFunction_GivesItAndTheOffset()
    {
        using ElfImage image = ElfImage.Open(NativeFixture.Versions());
        ElfSymbols symbols = ElfSymbols.Read(image);
        foreach (string name in new[] { "hidden_helper", "pick_a", "resolve" })
        {
            ElfSymbol symbol = symbols.Find(name)[0];
            Assert.True(symbol.Size > 0);
            for (ulong i = 0; i < symbol.Size; i++)
            {
                Assert.True(symbols.TryFind(symbol.Address + i, out ElfSymbol found, out ulong offset));
                Assert.Equal((symbol.Address, i), (found.Address, offset));
            }
        }

        Assert.False(symbols.TryFind(ulong.MaxValue, out _, out _));
        Assert.False(symbols.TryFind(0, out _, out _));
    }

    [ToolFact("gcc")]
    public void FileOffset_PointsAtTheInstructions()
    {
        string path = NativeFixture.Build("offsets", "gcc -O1 -no-pie a.c -o offsets", ("a.c", "__attribute__((noinline)) int probe_me(int a) { __asm__(\".byte 0x0f,0x1f,0x44,0x77,0x11\"); return a; } int main(int c, char**v) { return probe_me(c); }"));
        using ElfImage image = ElfImage.Open(path);
        ElfSymbol symbol = Assert.Single(ElfSymbols.Read(image).FindFunctions("probe_*"));
        byte[] file = File.ReadAllBytes(path);
        Assert.True(file.AsSpan((int)symbol.FileOffset!.Value, (int)symbol.Size).IndexOf((byte[])[0x0f, 0x1f, 0x44, 0x77, 0x11]) >= 0);
        Assert.True(image.TryAddress(symbol.FileOffset.Value, out ulong address));
        Assert.Equal(symbol.Address, address);
        Assert.True(image.IsCode(address));
    }

    [FileFact("/bin/bash", "readelf")]
    public void BuildId_IsThatOfReadelf()
    {
        const string path = "/bin/bash";
        using ElfImage image = ElfImage.Open(path);
        Assert.Contains("Build ID: " + Convert.ToHexStringLower(image.BuildId.Span), TestEnvironment.Run("readelf", "-n", path).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfWhatIsNoElfFile_SaysSo()
    {
        Assert.Equal(4400, Assert.Throws<ObjectFormatException>(() => ElfImage.Open("/no/such/file")).Diagnostics[0].Code.Number);
        Assert.Equal(4400, Assert.Throws<ObjectFormatException>(() => ElfImage.Open("/tmp")).Diagnostics[0].Code.Number);
        Assert.Equal(4400, Assert.Throws<ObjectFormatException>(() => ElfImage.Open("/dev/null")).Diagnostics[0].Code.Number);
        Assert.Equal(4401, Assert.Throws<ObjectFormatException>(() => ElfImage.Open("/etc/passwd")).Diagnostics[0].Code.Number);
    }
}
