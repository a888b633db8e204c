// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.TraceTests.Syntax;

public sealed class MacroTests
{
    [Fact]
    public void Use_AsStatement_IsABlockWithItsOwnVariables()
    {
        Script script = ParserTests.Parse("macro twice($x, n) { $t = n; $x += $t; } begin { $a = 1; $t = 5; twice($a, 7); }");
        Block body = (Block)script.Probes[0].Body.Statements[2];
        Assert.Equal("$$twice_$t", ((VariableReference)((Assignment)body.Statements[0]).Target).Name);
        Assert.Equal("$a", ((VariableReference)((Assignment)body.Statements[1]).Target).Name);
        Assert.Empty(script.Macros);
    }

    [Fact]
    public void Use_AsValue_IsABlockExpression()
    {
        Script script = ParserTests.Parse("macro add(@m, b) { @m[b] } macro add(a, b) { a + b } begin { $x = add(1, 2); $y = add(@c, 3); }");
        Assert.IsType<Binary>(((BlockExpression)((Assignment)script.Probes[0].Body.Statements[0]).Value).Value);
        MapAccess access = Assert.IsType<MapAccess>(((BlockExpression)((Assignment)script.Probes[0].Body.Statements[1]).Value).Value);
        Assert.Equal("@c", access.Target.Name);
    }

    [Fact]
    public void Forms_OfTheDocumentation_AreRead()
    {
        Script script = ParserTests.Parse("macro one { 1 } macro next(x) { x + 1 } begin { @ = next!(one!()); @n = 1 !=(2); }");
        Assert.IsType<Binary>(((BlockExpression)((Assignment)script.Probes[0].Body.Statements[0]).Value).Value);
        Assert.Empty(script.Macros);
    }

    [Fact]
    public void LoopVariables_AreOwn()
    {
        Script script = ParserTests.Parse("macro m() { for ($i : 0..3) { print($i); } } begin { $i = 1; m(); }");
        ForRange loop = (ForRange)((Block)script.Probes[0].Body.Statements[1]).Statements[0];
        Assert.Equal("$$m_$i", loop.Variable.Name);
    }

    [Theory]
    [InlineData("macro m(t) { sizeof(t) } begin { print(m(typeof(struct x *))); }", "struct x*")]
    [InlineData("macro m(t) { sizeof(struct t) } begin { print(m(typeof(x))); }", "struct x")]
    [InlineData("macro m(t) { sizeof(t[2]) } macro n(u) { m(u) } begin { print(n(typeof(uint8))); }", "uint8[2]")]
    public void Types_AsArguments_StandWhereTypesStand(string text, string expected)
    {
        Expression value = ((Call)((ExpressionStatement)ParserTests.Parse(text).Probes[0].Body.Statements[0]).Value).Arguments[0];
        while (value is BlockExpression block) value = block.Value;
        Assert.Equal(expected, AstPrinter.Describe(((SizeOf)value).OfType!));
    }

    [Theory]
    [InlineData("macro a(x) { b(x) } macro b(x) { a(x) } begin { print(a(1)); }", "Recursive macro call detected. Call chain: a > b > a")]
    [InlineData("macro a() { @m[1] } begin { print(a()); }", "Unhygienic access to map: @m")]
    [InlineData("macro a($x) { $x } begin { print(a(1)); }", "expects a variable for arg $x but got an expression")]
    [InlineData("macro a($x) { let $x = 1; } begin { $y = 1; a($y); }", "Variable declaration shadows macro arg $x")]
    [InlineData("macro a() { 1; } begin { $y = a(); }", "macro a() has no value")]
    [InlineData("macro a() { 1 } macro a() { 2 } begin { }", "Redefinition of macro: a")]
    public void WrongUse_IsRefused(string text, string expected) => Assert.Contains(expected, ParserTests.Errors(text), StringComparison.Ordinal);

    [Fact]
    public void ExplosiveMacros_AreStopped()
    {
        System.Text.StringBuilder text = new("macro m0(x) { x }\n");
        for (int i = 1; i < 40; i++) text.Append($"macro m{i}(x) {{ m{i - 1}(1) + m{i - 1}(2) }}\n");
        text.Append("begin { print(m39(1)); }");
        Assert.Contains("macros are used more than", ParserTests.Errors(text.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_OfScripts_MergesThemOnce()
    {
        using TemporaryFolder folder = new();
        folder.Write("lib/a.bt", "import \"b.bt\"; macro one() { 1 } begin { print(\"a\"); }");
        folder.Write("lib/b.bt", "macro two() { one() + one() }");
        folder.Write("lib/types.h", "struct pair { int a; long b; };");
        Script script = ParserTests.Parse("import \"lib\"; begin { print(two()); }", new ParseOptions { Folder = folder.Path });
        Assert.Equal(2, script.Probes.Count);
        Assert.Equal(16, script.Declarations.Find("struct pair")!.Size);
    }

    [Fact]
    public void Import_OfWhatCannotBe_IsRefused()
    {
        using TemporaryFolder folder = new();
        folder.Write("x.bpf.c", "int x;");
        folder.Write("c.bt", "config = { max_strlen = 10 }");
        ParseOptions options = new() { Folder = folder.Path };
        Assert.Contains("programs in C are not linked into scripts", ParserTests.Errors("import \"x.bpf.c\"; begin { }", options), StringComparison.Ordinal);
        Assert.Contains("invalid `config` within import", ParserTests.Errors("import \"c.bt\"; begin { }", options), StringComparison.Ordinal);
        Assert.Contains("Unable to find suitable path for import", ParserTests.Errors("import \"nothing\"; begin { }", options), StringComparison.Ordinal);
    }
}
