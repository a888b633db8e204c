// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.BuildTests.Support;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.BuildTests.Analyzers;

/// <summary>Bodies: what a program cannot do, where it is written.</summary>
public sealed class ProgramBodyAnalyzerTests
{
    private static string Probe(string body, string members = "") => $$"""
        using System;
        using System.Collections.Generic;
        using Nectar.Probes;
        public sealed unsafe class P : Probe
        {
            private readonly HashMap<uint, ulong> _counts = new(16);
            private readonly RingBuffer<ulong> _events = new(4096);
            {{members}}
            [Xdp] public XdpAction Filter(XdpContext context)
            {
                {{body}}
                return XdpAction.Pass;
            }
        }
        """;

    [Theory]
    [InlineData("var x = new List<int>();", "NEC2353 11:17 a program has no heap: 'new List' is an object on it; use a struct")]
    [InlineData("int[] x = new int[4];", "NEC2353 11:19 a program has no heap: an array is an object on it; use stackalloc, an inline array or a map")]
    [InlineData("int y = 1; Func<int> f = () => y;", "NEC2353 11:34 a program has no heap: a function that captures is an object on it; make it static and pass what it needs")]
    [InlineData("string s = \"a\";", "NEC2354 11:16 a program has no strings: 's' is one; use bytes (\"…\"u8, Span<byte>)")]
    [InlineData("try { _counts.Remove(1); } catch (Exception) { }", "NEC2355 11:36 a program catches nothing: an index out of range or a 'throw' ends it, after its 'finally' blocks, with the result of its kind")]
    [InlineData("foreach (int i in Numbers) { }", "NEC2356 11:27 'foreach' over 'IEnumerable<int>' calls an enumerator on the heap; use 'foreach (int i in Bpf.Range(n))' or a span")]
    [InlineData("double d = 1;", "NEC2357 11:16 'double' does not exist in a program; compute with integers (nanoseconds, thousandths)")]
    [InlineData("Again(3);", "NEC2358 8:107 'Again' calls itself; a program's calls are bounded: use a loop")]
    [InlineData("Other.GetHashCode();", "NEC2359 11:9 'GetHashCode' is called virtually, which a program cannot do; call a method that is known when the program is compiled")]
    [InlineData("Call(1);", "NEC2359 11:9 'Func' is called through a delegate, which a program cannot do; call a method that is known when the program is compiled")]
    [InlineData("lock (this) { }", "NEC2360 11:15 'lock' in a program: it runs to its end, and others run beside it; use Interlocked or a spin lock in a map value")]
    [InlineData("Span<long> s = stackalloc long[65]; s[0] = 1;", "NEC2361 11:24 520 bytes do not fit the 512 bytes of a program's stack; use a map with one element (PerCpuArray) instead")]
    [InlineData("Reservation<ulong> e = _events.Reserve(); if (e) e.Submit();", "NEC2362 11:28 reservation 'e' is not discarded where it is not submitted, which the verifier refuses; declare it with 'using'")]
    [InlineData("using Reservation<ulong> e = _events.Reserve(); if (e) e.Value = 1;", "NEC2362 11:34 reservation 'e' is never submitted, so that nobody sees it; call Submit()")]
    [InlineData("if (!_counts.TryFind(1, out Ref<ulong> r)) return 0; _counts.Remove(1); r.Value++;", "NEC2363 11:81 'r' refers to an element of '_counts', from which its key was removed above")]
    [InlineData("_counts.TryFind(1, out Ref<ulong> r); r.Value++;", "NEC2364 11:47 'r' is used before it is asked whether it refers to anything; the verifier refuses that: 'if (r) …'")]
    [InlineData("Ref<ulong> r = _counts.Find(1); r.Value++; if (r) r.Value++;", "NEC2364 11:41 'r' is used before it is asked whether it refers to anything; the verifier refuses that: 'if (r) …'")]
    [InlineData("_counts.Find(1).Value++;", "NEC2364 11:9 '_counts.Find(1)' is used before it is asked whether it refers to anything; the verifier refuses that: 'if (_counts.Find(1)) …'")]
    public async Task Mistake_IsFoundOnce(string body, string finding) =>
        Assert.Equal([finding], await Analysis.Findings(Probe(body, "private IEnumerable<int> Numbers => null!; private object Other => null!; private int Again(int n) => Again(n - 1); private Func<int, int> Call => null!;")));

    [Theory]
    [InlineData("if (_counts.TryFind(1, out Ref<ulong> r)) r.Value++;")]
    [InlineData("var r = _counts.Find(1); if (!r) return 0; r.Value++;")]
    [InlineData("if (!_counts.TryFind(1, out var r) || r.Value == 0) return 0; ulong x = r.Value; _counts.Remove(1); if (!_counts.TryFind(2, out r)) return 0; r.Value = x;")]
    [InlineData("using var e = _events.Reserve(); if (e) { e.Value = 1; e.Submit(); }")]
    [InlineData("foreach (int i in Bpf.Range(10)) _counts.Set((uint)i, 1);")]
    [InlineData("foreach (byte b in \"GET \"u8) if (b == 0) throw new InvalidOperationException();")]
    [InlineData("ReadOnlySpan<byte> bytes = new byte[] { 1, 2, 3 }; if (bytes[0] == 1) return 0;")]
    [InlineData("Span<byte> room = stackalloc byte[512]; room[0] = 1;")]
    [InlineData("Bpf.Print($\"pid {Bpf.Pid}\");")]
    [InlineData("try { _counts.Remove(1); } finally { _counts.Remove(2); }")]
    public async Task GoodCode_HasNoFindings(string body) => Assert.Empty(await Analysis.Findings(Probe(body)));

    [Fact]
    public async Task RecursionThroughOthers_NamesTheWay() => Assert.Equal(
        ["NEC2358 8:36 'A' calls itself through 'B'; a program's calls are bounded: use a loop", "NEC2358 8:73 'B' calls itself through 'A'; a program's calls are bounded: use a loop"],
        await Analysis.Findings(Probe("A(1);", "private static int A(int n) => B(n); private static int B(int n) => A(n);")));

    [Fact]
    public async Task MethodsOfUserSpace_MayDoWhatTheyLike() => Assert.Empty(await Analysis.Findings(Probe("", "public string Report(List<int> all) { try { return string.Join(\", \", all) + 1.5; } catch { return \"\"; } }")));

    public static TheoryData<string> Samples => new(Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.cs").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Samples_HaveNoFindings(string name)
    {
        const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;\n";
        Assert.Empty(await Analysis.Findings(Usings + File.ReadAllText(Path.Combine(Repository.Root, "samples", name))));
    }

    [Fact]
    public async Task Reservation_IsFixedWithUsing()
    {
        string source = Probe("// an event\n        Reservation<ulong> e = _events.Reserve();\n        if (e) e.Submit();");
        Assert.Equal(source.Replace("        Reservation<ulong> e", "        using Reservation<ulong> e", StringComparison.Ordinal), await Analysis.Fixed(source));
    }
}
