// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Planning;

namespace Nectar.TraceTests.Lowering;

/// <summary>What is missing in the results is counted, one for one.</summary>
public class LossTests
{
    [KernelFact]
    public void Maps_MoreKeysThanRoom_AreCounted()
    {
        using ScriptRun run = ScriptRun.Load("config = { max_map_keys = 4 } begin { for ($i : 0..10) { @[$i] = 1; @c[$i] = count(); } }");
        run.Begin();
        Assert.Equal(12u, run.Lost(LossCause.MapFull));
    }

    [KernelFact]
    public void Reads_OfNothing_AreCountedAndZero()
    {
        using ScriptRun run = ScriptRun.Load("begin { $p = (uint64 *)8; @ = *$p; @b = *($p + 1); }");
        run.Begin();
        Assert.Equal(2u, run.Lost(LossCause.ReadFailed));
        Assert.Equal("@: 0\n@b: 0", run.Maps().Replace("\n\n", "\n", StringComparison.Ordinal));
    }

    [KernelFact]
    public void Scripts_ThatLoseNothing_CountNothing()
    {
        using ScriptRun run = ScriptRun.Load("begin { for ($i : 0..100) { @[$i] = count(); } }");
        run.Begin();
        Assert.All(Enum.GetValues<LossCause>(), cause => Assert.Equal(0u, run.Lost(cause)));
    }

    /// <summary>Texts of this process, read by its own programs: 16 characters fit with the mark that says so, longer ones do not.</summary>
    [KernelTheory]
    [InlineData(14, 16, 0, 0)]
    [InlineData(15, 16, 0, 0)]
    [InlineData(16, 16, 0, 0)]
    [InlineData(17, 16, 0, 1)]
    [InlineData(100, 16, 0, 1)]
    [InlineData(1022, 1024, 0, 0)]
    [InlineData(1023, 1024, 0, 0)]
    [InlineData(1024, 1024, 1, 0)]
    [InlineData(5000, 1024, 1, 0)]
    public void Texts_LongerThanTheRoom_AreCountedByWhetherTheyShowIt(int length, int most, ulong cut, ulong marked)
    {
        using NativeText text = new(length);
        foreach (string use in (string[])["@ = str(TEXT)", "printf(\"%s\", str(TEXT))", "printf(\"%s %d\", str(TEXT), 1)", "if (str(TEXT) == \"x\") { @ = 1 }", "@ = str(TEXT, 60000)"])
        {
            using ScriptRun run = ScriptRun.Load($"config = {{ max_strlen = {most} }} begin {{ {use.Replace("TEXT", text.Pointer, StringComparison.Ordinal)} }}");
            run.Begin();
            Assert.Equal((cut, marked), (run.Lost(LossCause.TextCut), run.Lost(LossCause.TextMarked)));
            Assert.Equal(0u, run.Lost(LossCause.ReadFailed));
        }
    }

    [KernelFact]
    public void Texts_CutOnRequest_AreNoLoss()
    {
        using NativeText text = new(100);
        using ScriptRun run = ScriptRun.Load($"begin {{ @ = str({text.Pointer}, 10); @b = buf({text.Pointer}, 10); }}");
        run.Begin();
        Assert.Equal((0u, 0u), (run.Lost(LossCause.TextCut), run.Lost(LossCause.TextMarked)));
    }

    [KernelTheory]
    [InlineData("@ = buf(TEXT, 60)", 0)]
    [InlineData("@ = buf(TEXT, 61)", 1)]
    [InlineData("$n = (uint64)60; @ = buf(TEXT, $n)", 0)]
    [InlineData("$n = (uint64)61; @ = buf(TEXT, $n)", 1)]
    [InlineData("@ = str_concat(\"0123456789\", str(TEXT))", 0)]
    [InlineData("@ = str_concat(\"01234567890123456789012345678\", str(TEXT))", 1)]
    [InlineData("@ = strlen((char *)TEXT)", 0)]
    public void Bytes_LongerThanTheRoom_AreCounted(string use, ulong expected)
    {
        using NativeText text = new(40, zeros: 100);
        using ScriptRun run = ScriptRun.Load($"config = {{ max_strlen = 64 }} begin {{ {use.Replace("TEXT", text.Pointer, StringComparison.Ordinal)} }}");
        run.Begin();
        Assert.Equal(expected, run.Lost(LossCause.TextCut));
    }

    [KernelTheory]
    [InlineData(16, 10, 0)]
    [InlineData(17, 10, 1)]
    [InlineData(3, 70, 3)]
    [InlineData(16, 63, 0)]
    public void Join_MoreOrLongerTextsThanFit_AreCounted(int texts, int length, ulong expected)
    {
        using NativeText text = new(length);
        using NativePointers list = new(Enumerable.Repeat(text.Address, texts));
        using ScriptRun run = ScriptRun.Load($"config = {{ max_strlen = 64 }} begin {{ join({list.Pointer}); }}");
        run.Begin();
        Assert.Equal(expected, run.Lost(LossCause.TextCut));
    }

    /// <summary>A kernel that makes elements as they come finds no memory for many at once.</summary>
    [KernelFact]
    public void Bursts_OfNewKeys_AreKept()
    {
        using ScriptRun run = ScriptRun.Load("config = { max_map_keys = 20000 } begin { for ($i : 0..20000) { @[$i] = hist($i); @n[$i, 1] = $i; } }");
        run.Begin();
        Assert.All(Enum.GetValues<LossCause>(), cause => Assert.Equal(0u, run.Lost(cause)));
    }

    /// <summary>Elements are made before the first event, unless that would take a lot of memory that may never be used.</summary>
    [KernelTheory]
    [InlineData("tracepoint:sched:sched_switch { @[pid] = 1; }", true)]
    [InlineData("tracepoint:syscalls:sys_enter_read { @[pid] = hist(args.count); }", true)]
    [InlineData("config = { max_map_keys = 10000000 } profile:hz:99 { @[comm] = hist(1); }", false)]
    public void Elements_AreThereFromTheStart_UnlessTheyAreTooMany(string script, bool expected) =>
        Assert.Equal(expected, !ScriptRun.Compile(script).Object.Maps["at_"].Flags.HasFlag(MapFlags.NoPrealloc));
}
