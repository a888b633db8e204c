// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Xunit;

namespace Nectar.Tests.Btf;

/// <summary>Sets that are well-formed, but that no compiler makes: short files that ask for endless work.</summary>
public sealed class BtfHostileTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20); // minutes to years without the limits

    [Theory]
    [InlineData(BtfKind.Struct)]
    [InlineData(BtfKind.Union)]
    public void Print_TreeOfAnonymousTypes_EndsInADiagnostic(BtfKind kind)
    {
        BtfTypes types = MakeTree(kind, "");
        Stopwatch watch = Stopwatch.StartNew();
        ObjectFormatException problem = Assert.Throws<ObjectFormatException>(() => new BtfCPrinter(types, Stream.Null).Print((uint)types.Count - 1));
        Assert.Equal(BtfCodes.Cycle, problem.Diagnostics[0].Code);
        Assert.True(watch.Elapsed < s_patience);
    }

    [Fact]
    public void AlignOf_TreeOfUnions_Ends()
    {
        BtfTypes types = MakeTree(BtfKind.Union, "");
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Equal(1, types.AlignOf((uint)types.Count - 1));
        Assert.True(watch.Elapsed < s_patience);
    }

    [Theory]
    [InlineData("")]
    [InlineData("u")]
    public void Format_TreeOfUnions_Ends(string name)
    {
        BtfTypes types = MakeTree(BtfKind.Union, name, levels: 30);
        Stopwatch watch = Stopwatch.StartNew();
        Assert.StartsWith("{", BtfValueFormatter.ToText(types, (uint)types.Count - 1, [7]));
        Assert.True(watch.Elapsed < s_patience);
    }

    [Fact]
    public void Print_StructOf4GiBWithoutMembers_IsShort()
    {
        BtfBuilder builder = new();
        builder.AddComposite(BtfKind.Struct, "large", uint.MaxValue, []);
        MemoryStream stream = new();
        new BtfCPrinter(builder.Build(), stream).Print(1);
        string text = Encoding.UTF8.GetString(stream.ToArray());
        Assert.StartsWith("struct large {\n\tunsigned char __padding_0[4294967295];\n}", text);
        Assert.True(text.Length < 100);
    }

    [Fact]
    public void Format_SectionOfThingsThatAreNoVariables_SaysSo()
    {
        BtfBuilder builder = new();
        builder.AddComposite(BtfKind.Struct, "s", 0xfffffff0, []);
        builder.AddFuncProto(0, []);
        builder.AddFunc("f", 2, 1);
        builder.AddDataSection(".data", 16, [new(1, 0, 4), new(3, 4, 4), new(0, 8, 4)]);
        BtfTypes types = builder.Build();
        Assert.Equal(0u, types[1].TypeId);
        Assert.Equal(0u, types[1].ElementTypeId);
        Assert.Contains("f: <? bytes", BtfValueFormatter.ToText(types, 4, new byte[16]));
    }

    [Fact]
    public void TryParse_ManyPartsOfOneSection_TakesLinearTime()
    {
        BtfBuilder builder = new();
        uint name = builder.String(".text");
        BtfTypes types = builder.Build();
        const int parts = 100_000;
        List<uint> words = [0x0001eb9f, 24, 0, 4 + (parts * 16), 4 + (parts * 16), 0, 8];
        for (int i = 0; i < parts; i++) words.AddRange([name, 1, (uint)i * 8, 0]);
        byte[] data = new byte[words.Count * 4];
        Buffer.BlockCopy(words.ToArray(), 0, data, 0, data.Length);

        Stopwatch watch = Stopwatch.StartNew();
        DiagnosticBag diagnostics = new();
        Assert.True(BtfExtension.TryParse(data, types, diagnostics, out BtfExtension? extension), string.Join('\n', diagnostics.Items));
        Assert.Equal(parts, extension.Functions[".text"].Length);
        Assert.True(watch.Elapsed < s_patience);
    }

    /// <summary>Types that hold two of the one before them.</summary>
    private static BtfTypes MakeTree(BtfKind kind, string name, int levels = 60)
    {
        BtfBuilder builder = new();
        uint last = builder.AddInt("char", 1);
        for (int i = 0; i < levels; i++)
        {
            uint size = kind == BtfKind.Union ? 1 : (uint)Math.Min(uint.MaxValue, 1L << Math.Min(i + 1, 32));
            last = builder.AddComposite(kind, name, size, [new(i == 0 ? "a" : name, last, 0, 0), new(i == 0 ? "b" : name, last, 0, 0)]);
        }

        return builder.Build();
    }
}
