// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Probes;

namespace Nectar.TraceTests.Faults;

/// <summary>Scripts that are cut off, changed, or too large: there are diagnostics with places, and nothing else.</summary>
public class TextFaultTests
{
    private static readonly string[] s_names =
    [
        "execsnoop", "opensnoop", "biolatency", "biosnoop", "runqlat", "offcputime", "profile", "syscount", "gethostlatency", "killsnoop",
        "tcplife", "statsnoop", "threadsnoop", "bashreadline", "cpuwalk", "writeback", "swapin", "oomkill", "capable", "mdflush",
    ];

    private static string[] Tools => [.. s_names.Select(name => Path.Combine(Repository.Root, "tools", name + ".bt")).Where(File.Exists).Select(File.ReadAllText)];

    [Fact]
    public void Tools_CutOffAnywhere_AreReadOrRefused()
    {
        Assert.True(Tools.Length >= 15);
        foreach (string tool in Tools)
        {
            for (int length = 0; length < tool.Length; length++)
            {
                DiagnosticBag bag = new();
                Parser.Parse(new SourceText("stdin", tool[..length]), ParseOptions.Default, bag);
                Assert.All(bag.Items, AssertPlace);
            }
        }
    }

    /// <summary>Names, numbers and signs change places: the parser takes much of it, so that types and code are reached.</summary>
    [KernelFact]
    public void Tools_WithWordsExchanged_CompileOrAreRefused()
    {
        Random random = new(5300);
        int compiled = 0, refused = 0;
        foreach (string tool in Tools)
        {
            List<string> words = [.. System.Text.RegularExpressions.Regex.Matches(tool, @"[@$]?\w+|""[^""\n]*""|\s+|.").Select(match => match.Value)];
            int[] places = [.. Enumerable.Range(0, words.Count).Where(i => words[i].Length > 1 && !char.IsWhiteSpace(words[i][0]) && words[i][0] != '/')];
            for (int i = 0; i < 12; i++)
            {
                List<string> changed = [.. words];
                for (int k = random.Next(1, 4); k > 0; k--) changed[places[random.Next(places.Length)]] = words[places[random.Next(places.Length)]];
                DiagnosticBag bag = new();
                SourceText text = new("stdin", string.Concat(changed));
                bool isMade = TraceCompiler.Compile(text, new ParseOptions { IsUnsafe = true }, new BindOptions { IsUnsafe = true, Attach = new AttachOptions { IsUnsafe = true } }, new LoweringOptions(), bag) is not null;
                Assert.True(isMade || bag.HasErrors, text.Text);
                Assert.All(bag.Items, AssertPlace);
                if (isMade) compiled++;
                else refused++;
            }
        }

        Assert.True(compiled > 0 && refused > compiled, $"{compiled} compiled, {refused} refused");
    }

    public static TheoryData<string, string> TooMuch => new()
    {
        { string.Concat(Enumerable.Range(0, 10_000).Select(i => $"test:t{i} {{ @a[{i}] = count(); }}\n")), "exceeds the current limit of 1024 probes" },
        { "begin { " + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"@x[{i}] = {i};\n")) + "}", "more than the kernel takes" },
        { "begin { $x = (uint64 " + new string('*', 50_000) + ")1; }", "more than 64 pointers" },
        { "struct s { int " + new string('*', 50_000) + "x; };\nbegin { }", "too many pointers" },
        { $"begin {{ $x = {Nested("(", "1", ")", 10_000)}; }}", "nested more than 400 deep" },
        { "begin " + Nested("{", "", "}", 10_000), "nested more than 400 deep" },
        { $"begin {{ {Nested("if (pid) {", "", "}", 10_000)} }}", "nested more than 400 deep" },
        { $"begin {{ $x = {Nested("pid ? 1 : ", "2", "", 10_000)}; }}", "nested more than 400 deep" },
        { $"begin {{ let $x : {Nested("typeof(", "1", ")", 100_000)}; }}", "nested more than 400 deep" },
        { $"begin {{ $x = 1{Nested(" + 1", "", "", 10_000)}; }}", "more than 2000 operators" },
        // each level is within its bound; all of them together are not
        { $"begin {{ $x = {Nested("(", "pid", Nested(" + pid", "", "", 1900) + ")", 390)}; }}", "too many expressions in one another" },
        { $"begin {{ $x = {Nested("(", "curtask", Nested(".parent", "", "", 1900) + ")", 390)}; }}", "too many expressions in one another" },
        { $"macro m(x) {{ x{Nested(" + 1", "", "", 1900)} }}\nbegin {{ $z = {Nested("m(", "pid", ")", 150)}; }}", "too many expressions in one another" },
        { "begin { print(kstack(0)); }", "kstack: invalid limit value" },
        // what grows by a factor at each step
        { "#define A0 1\n" + Steps(40, i => $"#define A{i + 1} (A{i} + A{i})\n") + "begin { print(A40); }", "macros are used more than 100000 times" },
        { "struct s0 { int x; };\n" + Steps(70, i => $"struct s{i + 1} {{ struct s{i} a; struct s{i} b; }};\n") + "begin { print(sizeof(struct s70)); }", "Cannot resolve unknown type" },
        { $"begin {{ {Nested("unroll(100) { ", "@++;", "}", 8)} }}", "more than the kernel takes" },
        { "fn f0($x : int64) : int64 { return $x; }\n" + Steps(30, i => $"fn f{i + 1}($x : int64) : int64 {{ return f{i}($x) + f{i}($x); }}\n") + "begin { print(f30(1)); }", "more than the kernel takes" },
        // what the kernel allows a program
        { $"begin {{ {Steps(100_000, i => $"@m{i} = 1;")} }}", "the kernel lets a program use 64" },
        { $"begin {{ {Steps(8, i => $"for ($i{i} : 0..2) {{ ")} @++; {Nested("}", "", "", 8)} }}", "more than 7 loops" },
        { $"begin {{ {Steps(300, i => $"for ($i{i} : 0..2) {{ @++; }}")} }}", "of which the kernel takes 256" },
    };

    private static string Nested(string open, string inner, string close, int count) => string.Concat(Enumerable.Repeat(open, count)) + inner + string.Concat(Enumerable.Repeat(close, count));

    private static string Steps(int count, Func<int, string> step) => string.Concat(Enumerable.Range(0, count).Select(step));

    [KernelTheory]
    [MemberData(nameof(TooMuch))]
    public void Scripts_TooLargeForAnyKernel_SaySo(string text, string expected)
    {
        DiagnosticBag bag = new();
        Assert.Null(TraceCompiler.Compile(new SourceText("stdin", text), new ParseOptions(), new BindOptions { Attach = new AttachOptions() }, new LoweringOptions(), bag));
        Assert.Contains(bag.Items, item => item.Message.Contains(expected, StringComparison.Ordinal));
        Assert.All(bag.Items, AssertPlace);
        using StringWriter printed = new();
        ScriptDiagnostics.Print(bag.Items, printed);
        Assert.True(printed.GetStringBuilder().Length < 400_000);
    }

    /// <summary>What is nothing at all: loops without turns around loops, structs without members.</summary>
    [KernelTheory]
    [InlineData("begin { for ($i : 0..10) { for ($j : 0..0) { for ($k : 0..10) { @++; if ($k == 5) { break; } } } } @ = 7; }", "@: 7")]
    [InlineData("begin { $n = 0; for ($i : 0..10) { for ($j : 5..$n) { @++; } @n++; } }", "@n: 10")]
    [InlineData("begin { for ($j : 0..0) { return; } @ = 7; }", "@: 7")]
    [InlineData("struct e { }; begin { $x = *(struct e *)0; $y = $x; @ = sizeof($y); }", "@: 0")]
    public void Scripts_OfNothing_Run(string text, string expected)
    {
        using TraceTests.Lowering.ScriptRun run = TraceTests.Lowering.ScriptRun.Load(text);
        run.Begin();
        Assert.Equal(expected, run.Maps());
    }

    /// <summary>Code that jumps do not reach across: blocks that are seldom run stay near.</summary>
    [KernelFact]
    public void Scripts_WithLongProbes_Run()
    {
        StringBuilder text = new("begin { ");
        for (int i = 0; i < 2000; i++) text.Append($"@x[{i}] = {i}; ");
        using TraceTests.Lowering.ScriptRun run = TraceTests.Lowering.ScriptRun.Load(text.Append('}').ToString());
        run.Begin();
        Assert.Contains("@x[1999]: 1999", run.Maps(), StringComparison.Ordinal);
    }

    private static void AssertPlace(Diagnostic item)
    {
        Assert.NotEqual("", item.Message);
        Assert.True(item.Span is null or { Line: > 0, Column: > 0 }, item.Message);
    }
}
