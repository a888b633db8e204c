// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Linux.Programs;
using Nectar.Linux.Symbols.Kernel;

namespace Nectar.KernelTests.Symbols;

public sealed class KernelSymbolsTests
{
    [BpfFact]
    public void Symbols_AreThoseOfTheFile()
    {
        KernelSymbols symbols = new();
        int compared = 0, random = 0;
        foreach (string line in File.ReadLines("/proc/kallsyms"))
        {
            if (++random % 97 != 0) continue;
            string[] parts = line.Split([' ', '\t']);
            ulong address = Convert.ToUInt64(parts[0], 16);
            KernelSymbol[] named = [.. symbols.Find(parts[2])];
            if (parts.Length > 3 && parts[3] == "[bpf]" && named.Length == 0) continue; // others load and unload programs meanwhile
            Assert.True(named.Any(symbol => symbol.Address == address && symbol.Type == parts[1][0]), line);
            Assert.True(address == 0 || (symbols.TryFind(address, out KernelSymbol found, out ulong offset) && offset == 0 && found.Address == address), line);
            compared++;
        }

        Assert.True(compared > 100);
        Assert.InRange(symbols.Count, 10_000, int.MaxValue);
    }

    [BpfFact]
    public void Address_WithinAFunction_GivesItAndTheOffset()
    {
        KernelSymbols symbols = KernelSymbols.Shared;
        KernelSymbol function = symbols.FindFunction("vfs_read");
        Assert.True(symbols.TryFind(function.Address + 4, out KernelSymbol found, out ulong offset));
        Assert.Equal(("vfs_read", 4ul), (found.Name, offset));
        Assert.False(symbols.TryFind(1, out _, out _));
        Assert.False(symbols.TryFind(0xffff_8000_0000_0000, out _, out _));
    }

    [BpfFact]
    public void NamesThatTheKernelTells_AreThoseOfItsList()
    {
        KernelSymbols list = new(), told = new();
        KernelSymbol[] functions = [.. list.Match("*").Where(symbol => symbol.IsFunction && symbol.Module != "bpf" && symbol.Address > long.MaxValue)];
        for (int i = 0; i < functions.Length; i += 97)
        {
            ulong address = functions[i].Address + 1;
            bool isKnown = list.TryFind(address, out KernelSymbol expected, out ulong distance);
            bool isTold = told.TryName(address, out string name, out string? module, out ulong offset);
            Assert.Equal((isKnown, expected.Name, expected.Module, distance), (isTold, name, module, offset));
        }

        Assert.InRange(functions.Length, 10_000, int.MaxValue);
        Assert.False(told.TryName(1, out _, out _, out _));
        Assert.False(told.TryName(0xffff_8000_0000_0000, out _, out _, out _));
        Assert.Equal(KernelNameQuery.TryOpen() is null ? 1 : 0, told.Loads);
    }

    [Theory]
    [InlineData("vfs_read+0x0/0x2a0", "vfs_read", null, 0ul)]
    [InlineData("nf_hook_slow+0x1f/0x80 [netfilter]", "nf_hook_slow", "netfilter", 0x1ful)]
    [InlineData("f.constprop.0+0xa/0x80 [mod 0123abcd]", "f.constprop.0", "mod", 10ul)]
    [InlineData("bpf_prog_6deef7357e7b4530_take+0x1c/0x20", "bpf_prog_6deef7357e7b4530_take", "bpf", 0x1cul)]
    [InlineData("bpf_prog_select_runtime+0x1/0x20", "bpf_prog_select_runtime", null, 1ul)]
    [InlineData("bpf_trampoline_6442547912+0x5/0xf0", "bpf_trampoline_6442547912", "bpf", 5ul)]
    public void TextOfTheKernel_IsTakenApart(string text, string name, string? module, ulong offset)
    {
        Assert.True(KernelNameQuery.TryParse(Encoding.ASCII.GetBytes(text), out string found, out string? home, out ulong distance));
        Assert.Equal((name, module, offset), (found, home, distance));
        Assert.False(KernelNameQuery.TryParse("0xffff800000000000"u8, out _, out _, out _));
    }

    [BpfFact]
    public void MistypedName_IsReported_WithTheNearest()
    {
        KernelException problem = Assert.Throws<KernelException>(() => KernelSymbols.Shared.FindFunction("tcp_sendmgs"));
        Assert.Equal(4407, problem.Diagnostics[0].Code.Number);
        Assert.Contains("'tcp_sendmsg'", problem.Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void Patterns_GiveAllThatFit()
    {
        Assert.Contains(KernelSymbols.Shared.Match("tcp_v?_connect"), symbol => symbol.Name == "tcp_v4_connect");
        Assert.All(KernelSymbols.Shared.Match("vfs_*"), symbol => Assert.StartsWith("vfs_", symbol.Name, StringComparison.Ordinal));
    }

    [BpfFact]
    public void ProgramLoadedLater_IsFound_ByNameAndByAddress()
    {
        KernelSymbols symbols = new();
        int before = symbols.Count;
        Instruction[] code = [new(0xb7, 0, 0, 0, 7), new(0x95, 0, 0, 0, 0)];
        using KernelProgram program = LoadFilter(code);
        KernelSymbol[] loaded = [.. symbols.Match("bpf_prog_*")];
        symbols.Refresh();
        KernelSymbol symbol = symbols.Match("bpf_prog_*").First(found => loaded.All(old => old.Address != found.Address) && found.IsBpfProgram);
        Assert.Equal(16, symbol.BpfTag.Length);
        Assert.Equal("bpf", symbol.Module);
        Assert.Contains("bpf", symbols.Modules);

        // an older view finds the address although it was filled before
        KernelSymbols other = new();
        Assert.True(other.Count > 0);
        using KernelProgram second = LoadFilter([new(0xb7, 0, 0, 0, 8), .. code]);
        KernelSymbols fresh = new();
        KernelSymbol added = fresh.Match("bpf_prog_*").First(found => symbols.Find(found.Name).Count == 0 || found.Address != symbols.Find(found.Name)[0].Address);
        Assert.True(other.TryFind(added.Address, out KernelSymbol hit, out ulong offset));
        Assert.Equal((added.Name, 0ul), (hit.Name, offset));
    }

    [Fact]
    public void HiddenAddresses_AreNoticed()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "0000000000000000 T _text\n0000000000000000 t vfs_read\n0000000000000000 t nf_hook\t[nf]\n");
        try
        {
            KernelSymbols symbols = new(path);
            Assert.True(symbols.AreAddressesHidden);
            Assert.Equal("nf", Assert.Single(symbols.Find("nf_hook")).Module);
            Assert.Equal(4406, Assert.Throws<KernelException>(() => symbols.FindFunction("vfs_read")).Diagnostics[0].Code.Number);
            Assert.False(symbols.TryFind(0, out _, out _));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void SymbolsOutOfOrder_AreSorted_AndAliasesKeepTheirOrder()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "ffffffff81000100 T second\nffffffff81000100 T alias\nffffffff81000000 T first\nffffffffc0000000 t mod_f\t[mod]\ngarbage\n\nffffffff8100 T\nffffffff81000200 D data\nffffffff81000000000 T toolong\n");
        try
        {
            KernelSymbols symbols = new(path);
            Assert.Equal(5, symbols.Count);
            Assert.True(symbols.TryFind(0xffffffff81000180, out KernelSymbol found, out ulong offset));
            Assert.Equal(("second", 0x80ul), (found.Name, offset));
            Assert.True(symbols.TryFind(0xffffffff810000ff, out found, out _));
            Assert.Equal("first", found.Name);
            Assert.True(symbols.TryFind(0xffffffffc0000010, out found, out _));
            Assert.Equal("mod_f [mod]", found.ToString());
            Assert.False(symbols.TryFind(0xffffffffb0000000, out _, out _));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void MutatedTexts_AreReadWithoutFailure()
    {
        byte[] seed = Encoding.ASCII.GetBytes("ffffffff81000100 T second\nffffffff81000000 T first\nffffffffc0000000 t mod_f\t[mod]\n0000000000000000 A percpu\n");
        Random random = new(5);
        Stopwatch watch = Stopwatch.StartNew();
        for (int i = 0; i < 3000; i++)
        {
            byte[] text = (byte[])seed.Clone();
            for (int edits = random.Next(1, 12); edits > 0; edits--) text[random.Next(text.Length)] = (byte)random.Next(256);
            KernelSymbolTable table = new(KallsymsParser.Read(new MemoryStream(text)));
            for (int j = 0; j < table.Count; j++) table.FindAddress(table[j].Address + 1, out _);
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    private static KernelProgram LoadFilter(Instruction[] code) => KernelProgram.Load(new ProgramLoad { Name = "", Type = ProgramType.SocketFilter, Instructions = code });
}
