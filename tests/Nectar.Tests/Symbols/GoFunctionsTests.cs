// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Text;
using Nectar.Linux.Symbols.Elf;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Symbols;

public sealed class GoFunctionsTests
{
    private static readonly string[] s_programs = ["/usr/bin/gcloud-crc32c", "/usr/bin/cbt", "/usr/bin/kubectl", "/usr/local/bin/terraform", "/usr/lib/google-cloud-sdk/bin/gcloud-crc32c"];

    /// <summary>The first Go program of this machine that has the runtime's table.</summary>
    private static string? Program { get; } = s_programs.FirstOrDefault(IsGo);

    private static bool IsGo(string path)
    {
        if (!File.Exists(path) || !ElfImage.TryOpen(path, out ElfImage? image, out _)) return false;
        using (image) return image.TrySection(".gopclntab"u8, out _);
    }

    [GoFact]
    public void StrippedProgram_HasItsFunctions()
    {
        string stripped = Path.Combine(Path.GetDirectoryName(NativeFixture.Build("done", $"strip -o stripped '{Program}' && touch done"))!, "stripped");
        ElfSymbols symbols = ElfSymbols.Load(stripped);
        Assert.True(symbols.Count > 1000, $"{symbols.Count}");
        ElfSymbol main = Assert.Single(symbols.FindFunctions("main.main"));
        Assert.True(symbols.TryFind(main.Address + (main.Size / 2), out ElfSymbol found, out _));
        Assert.Equal("main.main", found.Name);
        Assert.NotEmpty(symbols.Match("runtime.mallocgc*"));

        // what the linker's own table says, where the program has one
        using ElfImage image = ElfImage.Open(Program!);
        ElfSymbols full = ElfSymbols.Read(image);
        if (full.Find("runtime.main") is not [var expected, ..]) return;
        Assert.Equal(expected.Address, symbols.Find("runtime.main")[0].Address);
        int compared = 0;
        foreach (ElfSymbol symbol in full.Match("runtime.g*").Where(s => s.Kind == ElfSymbolKind.Function && s.Size > 0))
        {
            Assert.Contains(symbols.Find(symbol.Name), s => s.Address == symbol.Address);
            compared++;
        }

        Assert.True(compared > 20);
    }

    [ToolTheory("gcc", "objcopy")]
    [InlineData(0xfffffffbu)]
    [InlineData(0xfffffffau)]
    [InlineData(0xfffffff0u)]
    [InlineData(0xfffffff1u)]
    public void TablesOfAllForms_AreRead(uint magic)
    {
        string path = WithTable($"go-{magic:x}", Table(magic));
        ElfSymbols symbols = ElfSymbols.Load(path);
        using ElfImage image = ElfImage.Open(path);
        Assert.True(image.TrySection(".text"u8, out ElfSection text));
        ulong start = magic < 0xfffffff2 ? text.Address : 0; // the newer forms count from the start of the code
        Assert.Equal([(start + 0x10, 0x20ul), (start + 0x30, 0x50ul)], new[] { "main.first", "main.(*T).second" }.Select(name => symbols.Find(name)[0]).Select(s => (s.Address, s.Size)));
    }

    [ToolFact("gcc", "objcopy")]
    public void DamagedTables_AreReadWithoutFailure()
    {
        Mutator mutator = new([Table(0xfffffffb), Table(0xfffffffa), Table(0xfffffff1)], seed: 11);
        byte[] file = File.ReadAllBytes(WithTable("go-fuzz", Table(0xfffffff1)));
        int at = file.AsSpan().IndexOf(Table(0xfffffff1));
        Assert.True(at > 0);
        FuzzRun run = new();
        run.Run(
            () =>
            {
                byte[] input = (byte[])file.Clone(), table = mutator.Next();
                table.AsSpan(0, Math.Min(table.Length, Table(0xfffffff1).Length)).CopyTo(input.AsSpan(at));
                return input;
            },
            input =>
            {
                if (!ElfImage.TryRead(input, "fuzz", out ElfImage? image, out _)) return false;
                using (image) return ElfSymbols.Load(image, "").Count > 0;
            },
            2000,
            TimeSpan.FromSeconds(10));
        Assert.Empty(run.Failures.Select(failure => failure.Problem));
    }

    private static string WithTable(string name, byte[] table)
    {
        string folder = Path.GetDirectoryName(NativeFixture.Build("bare", "gcc -O1 a.c -o bare && strip bare", ("a.c", "int main(void) { return 0; }")))!;
        string input = Path.Combine(folder, name + ".tab"), output = Path.Combine(folder, name);
        File.WriteAllBytes(input, table);
        (int code, _, string error) = TestEnvironment.Run("objcopy", "--add-section", $".gopclntab={input}", Path.Combine(folder, "bare"), output);
        Assert.True(code == 0, error);
        return output;
    }

    /// <summary>Two functions at 0x10 and 0x30, the end at 0x80, as the linkers of Go write them.</summary>
    private static byte[] Table(uint magic)
    {
        byte[] names = "\0main.first\0main.(*T).second\0"u8.ToArray();
        bool isShort = magic is 0xfffffff0 or 0xfffffff1;
        int header = magic switch { 0xfffffffb => 16, 0xfffffffa => 64, _ => 72 }, size = isShort ? 4 : 8;
        int list = magic == 0xfffffffb ? 16 : header + 32, records = list + (5 * size), namesAt = magic == 0xfffffffb ? records + 64 : header;
        byte[] table = new byte[records + 128];
        BinaryPrimitives.WriteUInt32LittleEndian(table, magic);
        (table[6], table[7], table[8]) = (1, 8, 2);
        if (magic == 0xfffffffa) (table[24], table[56]) = ((byte)namesAt, (byte)list);
        if (isShort) (table[32], table[64]) = ((byte)namesAt, (byte)list);
        names.CopyTo(table, namesAt);
        int records0 = magic == 0xfffffffb ? records : records - list;
        int[] values = [0x10, records0, 0x30, records0 + 24, 0x80];
        for (int i = 0; i < values.Length; i++) table[list + (i * size)] = (byte)values[i];
        int nameBase = magic == 0xfffffffb ? namesAt : 0;
        table[records + size] = (byte)(nameBase + 1);
        table[records + 24 + size] = (byte)(nameBase + 12);
        return table;
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class GoFactAttribute : FactAttribute
    {
        public GoFactAttribute()
        {
            if (Program is null) Skip = "no program written in Go is installed";
            else if (TestEnvironment.FindTool("strip") is null) Skip = "'strip' is not installed";
        }
    }
}
