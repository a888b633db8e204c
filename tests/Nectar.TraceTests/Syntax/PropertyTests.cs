// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Trace.Language.Syntax;

namespace Nectar.TraceTests.Syntax;

/// <summary>What holds for every script.</summary>
public sealed class PropertyTests
{
    // The language from end to end; the tools of the repository are checked as well.
    private static readonly string[] s_scripts =
    [
        "#!/usr/bin/env x\n#include <linux/fs.h>\n#define N 3 // three\nstruct s { int a; /* b */ char b[N]; }\nconfig = { max_strlen = 64; stack_mode = perf }\nlet @m = lruhash(100);\n// before\nbegin,end /pid == $1 && comm != \"x\\\"\\n\"/ { @ = 1; } // behind",
        "macro add($x, @m, e) { $x += e; @m[$x, e] = count(); $x } fn f($a : struct x *, $b : uint64[4]) : void { return; }\nk:f { $v = add($y, @z, 1 + 2); if comptime (is_str($v)) { print(1) } else if $v { print(2); } else { 3 } }",
        "i:1s { for $i : (0)..len(@x) { continue; } for ($kv : @x) { print(($kv.0, $kv.1)); } while ($n > 0) { $n--; --$n } unroll(5) { @x[$n, 1]++ } }",
        "k:f { $a = (uint64)$b - (int8[4])$c; $d = -(-$e) + !~*$f; $g = a ? b : c ?: d; $h = ((struct x *)arg0)->y.z[3].1; let $t : string[16] = \"\\xff\\303\\251\"; _ = (1, (2,), (), (a = 1, b = 2)); }",
        "uprobe:/bin/bash:\"f(int, char)\",p=usdt:*:x /@a[1, 2] == 0x1f || 1e6 < 5ms / 2/ { @a[(1, 2)] = { $x = 1; $x * (2 + 3) << 1 }; @b = sizeof(struct x) + sizeof((x[3])) + offsetof(struct y, a.b) + typeinfo(int32); delete(@a[1]); &$x; }",
    ];

    public static TheoryData<string> Scripts => [.. s_scripts, .. Directory.GetFiles(Path.Combine(Repository.Root, "tools"), "*.bt").Order().Select(f => File.ReadAllText(f))];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Formatted_ReadAgain_IsTheSameTree(string text)
    {
        ParseOptions options = new() { Expand = false };
        Script script = ParserTests.Parse(text, options);
        string formatted = AstPrinter.Format(script);
        Script again = ParserTests.Parse(formatted, options);
        Assert.Equal(AstDump.Dump(script), AstDump.Dump(again));
        Assert.Equal(formatted, AstPrinter.Format(again));
        foreach (TextSpan comment in script.Comments) Assert.Contains(comment.Text.TrimEnd(), formatted, StringComparison.Ordinal);
    }

    [Fact]
    public void MutatedScripts_AreReadOrRefused()
    {
        string[] pieces = ["{", "}", "(", ")", ";", "\"", "/", "/*", "@", "$", "[", "if ", "macro ", "#define X ", "struct s {", "\0", "\uffff", "0x", "..", "->", "import \"x\";", "typeof(", "&", "config = {", "\\", "#if "];
        Random random = new(20260);
        for (int i = 0; i < 3000; i++)
        {
            StringBuilder text = new(s_scripts[random.Next(s_scripts.Length)]);
            for (int changes = random.Next(1, 8); changes > 0; changes--)
            {
                int at = random.Next(text.Length + 1);
                if (random.Next(2) == 0) text.Insert(at, pieces[random.Next(pieces.Length)]);
                else text.Remove(Math.Min(at, text.Length - 1), Math.Min(random.Next(1, 12), text.Length - Math.Min(at, text.Length - 1)));
                if (text.Length == 0) text.Append('x');
            }

            DiagnosticBag bag = new();
            Parser.Parse(new SourceText("stdin", text.ToString()), ParseOptions.Default, bag);
            ScriptDiagnostics.Print(bag.Items, TextWriter.Null);
            Assert.All(bag.Items, d => Assert.True(d.Span is null or { Line: > 0, Column: > 0 }));
        }
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "begin { $x = " + new string('(', 100_000), "nested more than" },
        { "begin { $x = " + new string('(', 100_000) + "1" + new string(')', 100_000) + "; }", "nested more than" },
        { "begin " + string.Concat(Enumerable.Repeat("{ if (1) ", 100_000)), "nested more than" },
        { "begin { $x = " + string.Concat(Enumerable.Repeat("- ", 100_000)) + "1; }", "nested more than" },
        { "begin { $x = 1" + string.Concat(Enumerable.Repeat(" + 1", 500_000)) + "; }", "one after another" },
        { "begin { $x = $y" + string.Concat(Enumerable.Repeat(".a", 500_000)) + "; }", "one after another" },
        { "begin { if (1) { } " + string.Concat(Enumerable.Repeat("else if (1) { } ", 50_000)) + "}", "nested more than" },
        { string.Concat(Enumerable.Repeat("struct s { ", 50_000)), "expected" },
        { new string('\0', 1_000_000), "expected" },
        { "begin { \"" + new string('x', 1_000_000), "unterminated string" },
        { "#define A B B B B B B B B\n#define B C C C C C C C C\n#define C D D D D D D D D\n#define D E E E E E E E E\n#define E F F F F F F F F\n#define F G G G G G G G G\n#define G 1\nstruct s { int x[A]; };\nbegin { }", "" },
        { string.Concat(Enumerable.Repeat("begin { $x = ; }\n", 20_000)), "expected expression" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void HostileText_EndsInAnError(string text, string expected) => Assert.Contains(expected, ParserTests.Errors(text), StringComparison.Ordinal);

    [Fact]
    public void RandomBytes_EndInErrors()
    {
        Random random = new(5);
        for (int i = 0; i < 200; i++)
        {
            char[] text = new char[random.Next(1, 4000)];
            for (int k = 0; k < text.Length; k++) text[k] = (char)random.Next(256);
            DiagnosticBag bag = new();
            Parser.Parse(new SourceText("stdin", new string(text)), ParseOptions.Default, bag);
            Assert.True(bag.HasErrors);
        }
    }

    [Fact]
    public void NamedParameters_AreCheckedAndListed()
    {
        string script = "begin { print((getopt(\"aa\", 10, \"how many\"), getopt(\"bb\"))); }";
        Script parsed = ParserTests.Parse(script, new ParseOptions { NamedParameters = [new("aa", "5"), new("bb", null)] });
        Assert.Equal([new NamedParameter("aa", "10", "how many"), new NamedParameter("bb", "false", "")], NamedParameters.Find(parsed));
        Assert.Equal("ERROR: unexpected program command line options: --cc\nHINT: expected program options: --aa, --bb\n", ParserTests.Errors(script, new ParseOptions { NamedParameters = [new("cc", null)] }));
        Assert.Equal("HINT: expected program options:\n--aa: how many\n--bb\n", ParserTests.Errors(script, new ParseOptions { NamedParameters = [new("help", null)] }));
        Assert.Contains("needs to have the same default value in all places", ParserTests.Errors("begin { print((getopt(\"a\", 1), getopt(\"a\", 2))); }"), StringComparison.Ordinal);
    }
}
