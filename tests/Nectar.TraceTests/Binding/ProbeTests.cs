// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.TraceTests.Binding;

/// <summary>Which hooks share a program.</summary>
public sealed class ProbeTests
{
    private static readonly BindOptions s_options = new() { Resolve = Hooks };

    // a and b have the field x at the same place, c has it elsewhere; all have y
    private static ImmutableArray<ProbeTarget> Hooks(AttachPoint point) =>
    [
        .. new[] { ("a", 8), ("b", 8), ("c", 16) }.Select(hook => new ProbeTarget(ProbeKind.Tracepoint)
        {
            Name = $"tracepoint:cat:{hook.Item1}", Group = "cat", Function = hook.Item1,
            Arguments = () => new StructType($"struct {hook.Item1}", 32, _ => [new StructField("x", TraceType.Int32, hook.Item2), new StructField("y", TraceType.UInt64, 24)]),
        }),
    ];

    [Theory]
    [InlineData("@ = count();", 1)]
    [InlineData("@ = sum(args.y);", 1)]
    [InlineData("@ = sum(args.x);", 2)]
    [InlineData("@[probe] = count();", 1)]
    [InlineData("if (probe == \"tracepoint:cat:b\") { @ = count(); }", 3)]
    public void Hooks_ShareAProgramWhereTheBodyMeansTheSame(string body, int programs)
    {
        BoundScript bound = Bind.Good($"t:cat:* {{ {body} }}", s_options);
        Assert.Equal(programs, bound.Probes.Length);
        Assert.Equal(3, bound.Probes.Sum(p => p.Targets.Length));
        Assert.Equal(programs, bound.Probes.Select(p => p.ProgramName).Distinct().Count());
        Assert.Equal(programs, bound.Probes.Select(p => p.Syntax).Distinct().Count());
    }

    [Fact]
    public void Clones_ShareTheirMaps() => Assert.Equal("sum_t", Bind.Good("t:cat:* { @ = sum(args.x); }", s_options).Maps.Single().ValueType.ToString());

    [Fact]
    public void AnUnknownField_NamesTheNearest()
    {
        DiagnosticBag diagnostics = new();
        Bind.Try("t:cat:* { print(args.xx); }", diagnostics, s_options);
        Diagnostic error = diagnostics.Items.First(d => d.Severity == Severity.Error);
        Assert.Contains("does not contain a field named 'xx'", error.Message, StringComparison.Ordinal);
        Assert.Contains(error.Notes, n => n.Contains("'x'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kprobe:f { retval }", "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes")]
    [InlineData("i:s:1 { arg0 }", "The arg0 builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes")]
    [InlineData("begin { args }", "The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, and uprobe probes (begin used here)")]
    [InlineData("begin { reg(\"ip\") }", "reg can not be used with \"begin\" probes")]
    [InlineData("kprobe:f { for ($i : 0..2) { print(retval); } }", "'retval' builtin is not allowed in a for-loop")]
    public void Builtins_AreRefusedWhereTheHookHasThemNot(string text, string message)
    {
        DiagnosticBag diagnostics = new();
        Bind.Try(text, diagnostics);
        Assert.Contains(diagnostics.Items, d => d.Severity == Severity.Error && d.Message == message);
    }
}
