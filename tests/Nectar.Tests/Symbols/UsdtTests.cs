// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Usdt;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Symbols;

public sealed class UsdtTests
{
    [Theory]
    [InlineData("-4@%edi", "Register 4 signed base=edi/112")]
    [InlineData("8@%rax", "Register 8 base=rax/80")]
    [InlineData("1@%ah", "Register 1 base=ah/80>>8")]
    [InlineData("2@%r9w", "Register 2 base=r9w/64")]
    [InlineData("1@%sil", "Register 1 base=sil/104")]
    [InlineData("8@-8(%rbp)", "Memory 8 base=rbp/32 -8")]
    [InlineData("4@$5", "Constant 4 5")]
    [InlineData("-4@$-9", "Constant 4 signed -9")]
    [InlineData("8@$0xffffffffffffffff", "Constant 8 -1")]
    [InlineData("8@$18446744073709551615", "Constant 8 -1")]
    [InlineData("8@sym(%rip)", "Memory 8 symbol=sym 0")]
    [InlineData("8@sym+16(%rip)", "Memory 8 symbol=sym 16")]
    [InlineData("-4@16+sym(%rip)", "Memory 4 signed symbol=sym 16")]
    [InlineData("8@-8+_ZN3foo3barE(%rip)", "Memory 8 symbol=_ZN3foo3barE -8")]
    [InlineData("4@counter", "Memory 4 symbol=counter 0")]
    [InlineData("4@0x601040", "Memory 4 6295616")]
    [InlineData("8@(%rax,%rbx,8)", "Memory 8 base=rax/80 index=rbx/40*8 0")]
    [InlineData("8@24(%rax,%rbx)", "Memory 8 base=rax/80 index=rbx/40*1 24")]
    [InlineData("8@(,%r12,4)", "Memory 8 index=r12/24*4 0")]
    [InlineData("-4@16+8(%rsp)", "Memory 4 signed base=rsp/152 24")]
    [InlineData("8f@%xmm0", "Register 8 float base=xmm0/-1")]
    [InlineData("8@%fs:16", "Memory 8 segment=fs 16")]
    [InlineData("%rdi", "Register 8 base=rdi/112")]
    public void X86Argument_IsRead(string text, string expected) => Assert.Equal(expected, Describe(text, ElfMachine.X86_64));

    [Theory]
    [InlineData("-4@w0", "Register 4 signed base=w0/0")]
    [InlineData("8@x29", "Register 8 base=x29/232")]
    [InlineData("8@[sp, 16]", "Memory 8 base=sp/248 16")]
    [InlineData("-4@[sp, #-8]", "Memory 4 signed base=sp/248 -8")]
    [InlineData("8@[x19]", "Memory 8 base=x19/152 0")]
    [InlineData("4@5", "Constant 4 5")]
    [InlineData("-4@-1", "Constant 4 signed -1")]
    [InlineData("8@xzr", "Constant 8 0")]
    [InlineData("8@[x1,x2,lsl 3]", "Memory 8 base=x1/8 index=x2/16*8 0")]
    [InlineData("4@[x1, w2, sxtw 2]", "Memory 4 base=x1/8 index=w2/16*4 sxtw 0")]
    public void Arm64Argument_IsRead(string text, string expected) => Assert.Equal(expected, Describe(text, ElfMachine.Arm64));

    [Theory]
    [InlineData("8@")]
    [InlineData("3@%eax")]
    [InlineData("8@%foo")]
    [InlineData("8@(%rax")]
    [InlineData("8@(%rax,%rbx,3)")]
    [InlineData("8@8()")]
    [InlineData("8@a+b(%rip)")]
    [InlineData("@@@@")]
    [InlineData("8@$")]
    [InlineData("8@%xmm0 8@(%xmm0)")]
    public void BadArgument_IsReported(string text)
    {
        Assert.False(UsdtArgumentParser.TryParse(text, ElfMachine.X86_64, out ImmutableArray<UsdtArgument> arguments, out Diagnostic? problem));
        Assert.Empty(arguments);
        Assert.Equal(4405, problem.Code.Number);
    }

    [Fact]
    public void Arguments_OfOneText_AreSplitAtBlanksOutsideBrackets()
    {
        Assert.True(UsdtArgumentParser.TryParse("8@[sp, 8] -4@w1 8@[x0, x1, lsl 3]", ElfMachine.Arm64, out ImmutableArray<UsdtArgument> arm, out _));
        Assert.Equal(3, arm.Length);
        Assert.True(UsdtArgumentParser.TryParse("-4@%edi 8@-8(%rbp) 4@$5 8@sym(%rip) 8@(%rax,%rbx,8)", ElfMachine.X86_64, out ImmutableArray<UsdtArgument> x86, out _));
        Assert.Equal(5, x86.Length);
        Assert.True(UsdtArgumentParser.TryParse("", ElfMachine.X86_64, out ImmutableArray<UsdtArgument> none, out _));
        Assert.Empty(none);
    }

    [ToolFact("gcc", "readelf")]
    public void Notes_AreThoseOfReadelf()
    {
        foreach (string path in new[] { NativeFixture.Probes("-no-pie"), NativeFixture.Probes("-pie -fPIE"), "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "/lib/x86_64-linux-gnu/libc.so.6" })
        {
            if (!File.Exists(path)) continue;
            string text = TestEnvironment.Run("readelf", "-nW", path).Output;
            Match[] expected = [.. Regex.Matches(text, @"Provider: (.*)\n\s+Name: (.*)\n\s+Location: 0x(\w+), Base: 0x\w+, Semaphore: 0x(\w+)\n\s+Arguments: ?(.*)\n").Cast<Match>()];
            IReadOnlyList<UsdtNote> notes = UsdtNotes.Read(path);
            Assert.Equal(expected.Select(m => (m.Groups[1].Value, m.Groups[2].Value, Hex(m.Groups[3].Value), Hex(m.Groups[4].Value), m.Groups[5].Value.Trim())), notes.Select(n => (n.Provider, n.Name, n.Address, n.SemaphoreAddress, n.ArgumentText)));
            Assert.All(notes, note => Assert.True(note.TryParseArguments(out _, out Diagnostic? problem), problem?.ToString()));
        }
    }

    [ToolFact("gcc")]
    public void FileOffsets_PointAtTheNopAndTheSemaphore()
    {
        string path = NativeFixture.Probes("-pie -fPIE");
        byte[] file = File.ReadAllBytes(path);
        IReadOnlyList<UsdtNote> ticks = UsdtNotes.Find(path, "demo", "tick");
        Assert.Equal(2, ticks.Count);
        Assert.All(ticks, note => Assert.Equal(0x90, file[note.FileOffset]));
        using ElfImage image = ElfImage.Open(path);
        ElfSymbols symbols = ElfSymbols.Read(image);
        Assert.Equal(symbols.Find("demo_tick_semaphore")[0].FileOffset, ticks[0].SemaphoreFileOffset);
        UsdtArgument global = ticks[0].Arguments[3];
        Assert.True(UsdtNote.TryAddressOf(global, symbols, out ulong address));
        Assert.Equal(symbols.Find("table")[0].Address + 8, address);
        Assert.Equal(0ul, UsdtNotes.Find(path, "", "start")[0].SemaphoreFileOffset);
        Assert.Equal(3, UsdtNotes.Find(path, "demo", "*t*").Count);
    }

    [ToolFact("gcc")]
    public void Find_OfAMistypedProbe_NamesTheNearest()
    {
        ObjectFormatException problem = Assert.Throws<ObjectFormatException>(() => UsdtNotes.Find(NativeFixture.Probes("-no-pie"), "demo", "tik"));
        Assert.Contains("did you mean 'demo:tick'", problem.Message, StringComparison.Ordinal);
    }

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Describe(string text, ElfMachine machine)
    {
        Assert.True(UsdtArgumentParser.TryParse(text, machine, out ImmutableArray<UsdtArgument> arguments, out Diagnostic? problem), problem?.ToString());
        UsdtArgument a = Assert.Single(arguments);
        string described = $"{a.Kind} {a.Size}";
        if (a.IsSigned) described += " signed";
        if (a.IsFloat) described += " float";
        if (a.Segment is not null) described += $" segment={a.Segment}";
        if (a.Base is { } b) described += $" base={b.Name}/{b.ContextOffset}{(b.Shift > 0 ? $">>{b.Shift}" : "")}";
        if (a.Index is { } i) described += $" index={i.Name}/{i.ContextOffset}*{a.Scale}{(a.IndexIsSigned32 ? " sxtw" : "")}";
        if (a.Symbol is not null) described += $" symbol={a.Symbol}";
        return a.Kind == UsdtArgumentKind.Register ? described : $"{described} {a.Offset}";
    }
}
