// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Declarations;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.TraceTests.Syntax;

public sealed class CDeclarationsTests
{
    private static CDeclarations Read(string c) => ParserTests.Parse(c + "\nbegin { }").Declarations;

    private static string Layout(TraceType type) => $"{type.Size}: " + string.Join(' ', type.Struct!.Fields.Select(f => f.Bits is { } b ? $"{f.Name}@{b.ByteOffset}.{b.Shift}+{b.Bits}/{b.Bytes}" : $"{f.Name}@{f.Offset}"));

    // Sizes and offsets as gcc and clang lay these out for x86-64.
    [Theory]
    [InlineData("struct s { char a; int b; char c; long d; }", "24: a@0 b@4 c@8 d@16")]
    [InlineData("struct s { char a; int b; } __attribute__((packed));", "5: a@0 b@1")]
    [InlineData("struct __attribute__((packed)) s { char a; int b; char c; };", "6: a@0 b@1 c@5")]
    [InlineData("struct s { char a; } __attribute__((aligned(16)));", "16: a@0")]
    [InlineData("struct s { char a; short b __attribute__((aligned(8))); };", "16: a@0 b@8")]
    [InlineData("struct s { unsigned a:3; unsigned b:30; int c:4; char d; };", "12: a@0.0+3/1 b@4.0+30/4 c@8.0+4/1 d@9")]
    [InlineData("struct s { unsigned a:3; unsigned :0; unsigned b:5; };", "8: a@0.0+3/1 b@4.0+5/1")]
    [InlineData("struct s { unsigned long a:33, b:20; };", "8: a@0.0+33/8 b@4.1+20/4")]
    [InlineData("struct s { union { int x; char y[8]; }; struct { short p, q; } in; void *next; };", "24: @0 in@8 next@16")]
    [InlineData("#define N 4\nenum { M = N * 2, K };\nstruct s { char a[M + 1]; int b[N][K]; };", "156: a@0 b@12")]
    [InlineData("typedef unsigned long long u; struct s { u8 a; u b; struct s *next; int (*call)(int, char *); };", "32: a@0 b@8 next@16 call@24")]
    [InlineData("struct t { short a; };\nstruct s { struct t x[3]; char b; struct t *p; long l[]; };", "16: x@0 b@6 p@8 l@16")]
    public void Struct_OfC_IsLaidOutAsCompilersDo(string c, string expected) => Assert.Equal(expected, Layout(Read(c).Find("struct s")!));

    [Fact]
    public void Types_OfMembers_AreThoseOfTheLanguage()
    {
        CDeclarations c = Read("typedef struct { int n; } pair_t;\nenum color { Red = 3, Green, Blue = -1 };\nstruct s { char name[16]; unsigned char raw[4]; enum color c; pair_t p; const char *text; _Bool on; };");
        IReadOnlyList<StructField> fields = c.Find("struct s")!.Struct!.Fields;
        Assert.Equal(TypeKind.String, fields[0].Type.Kind);
        Assert.Equal(TypeKind.Array, fields[1].Type.Kind);
        Assert.True(fields[2].Type is { Kind: TypeKind.Integer, Size: 4, IsSigned: true, Enum.Name: "color" });
        Assert.Equal("pair_t", fields[3].Type.Struct!.Name);
        Assert.Equal(TraceType.Int8, fields[4].Type.Element);
        Assert.Equal(TypeKind.Boolean, fields[5].Type.Kind);
        Assert.Equal(4, c.FindEnumerator("Green")!.Value.Value);
    }

    [Theory]
    [InlineData("struct s { int m, n; };", 12)]
    [InlineData("struct s { char c; long l; } __attribute__((packed));", 16)]
    [InlineData("struct s { char c; long l; };", 24)]
    public void Struct_InATuple_IsAlignedAsInC(string c, int size) => Assert.Equal(size, TraceType.Tuple([("", TraceType.Int32), ("", Read(c).Find("struct s")!)]).Size);

    [Fact]
    public void UnknownTypes_AreAskedOutside()
    {
        CDeclarations c = Read("struct s { int a; struct list_head l; };");
        c.Outside = name => name == "struct list_head" ? TraceType.Of(new StructType(name, 16, _ => [new StructField("next", TraceType.Pointer(TraceType.Void), 0)])) : null;
        Assert.Equal("24: a@0 l@8", Layout(c.Find("struct s")!));
        Assert.Null(Read("struct s { struct nobody x; };").Find("struct s"));
    }

    [Theory]
    [InlineData("#if defined(A) && N > 2\nstruct s { int a; };\n#elif 1\nstruct s { long b; };\n#else\nstruct s { char c; };\n#endif", "8: b@0")]
    [InlineData("#define A\n#define N (1 << 2)\n#if defined(A) && N > 2\nstruct s { int a; };\n#elif 1\nstruct s { long b; };\n#endif", "4: a@0")]
    [InlineData("#ifndef BPFTRACE_HAVE_BTF\n#error no\n#endif\n#ifdef __linux__\n#define T short\n#endif\nstruct s { T a; };", "2: a@0")]
    [InlineData("#define F(x, y) x y\nstruct s { F(int, a); F(char, b); };", "8: a@0 b@4")]
    public void Directives_ChooseWhatIsRead(string c, string expected) => Assert.Equal(expected, Layout(Read(c).Find("struct s")!));

    [Theory]
    [InlineData("#define A (1 + 2)\nbegin { print(A * 2); }", "(1+2)*2")]
    [InlineData("#define TWICE(x) ((x) + (x))\nbegin { print(TWICE(pid)); }", "((pid)+(pid))")]
    [InlineData("#include <linux/fs.h>\nbegin { print(AF_INET6); }", "10")]
    public void Define_InExpressions_IsItsValue(string text, string expected)
    {
        Call print = (Call)((ExpressionStatement)ParserTests.Parse(text).Probes[0].Body.Statements[0]).Value;
        Assert.Equal(Shape(((ExpressionStatement)ParserTests.Parse($"begin {{ print({expected}); }}").Probes[0].Body.Statements[0]).Value), Shape(print));
    }

    private static string Shape(Expression e) => e switch
    {
        Call c => $"{c.Name}[{string.Join(',', c.Arguments.Select(Shape))}]",
        Binary b => $"({Shape(b.Left)} {b.Operator} {Shape(b.Right)})",
        IntegerLiteral i => $"{i.Value}",
        Identifier i => i.Name,
        _ => e.GetType().Name,
    };

    [Theory]
    [InlineData("struct s { int a[; };\nbegin { }", "stdin:1:18-19: ERROR: expected a constant, found ';'")]
    [InlineData("#include \"nowhere.h\"\nbegin { }", "stdin:1:10-21: ERROR: 'nowhere.h' file not found")]
    [InlineData("#include <lol/no.h>\nbegin { }", "stdin:1:10-20: ERROR: 'lol/no.h' file not found")]
    [InlineData("#define M M+1\nbegin { M; }", "M:1:1-2: ERROR: Macro recursion: M")]
    [InlineData("#define M \"a\" \"b\"\nbegin { M; }", "stdin:2:9-10: ERROR: unable to expand macro as an expression: \"a\"\"b\"")]
    [InlineData("#frobnicate\nbegin { }", "unknown directive #frobnicate")]
    public void Errors_OfC_HaveTheirPlace(string text, string expected) => Assert.Contains(expected, ParserTests.Errors(text), StringComparison.Ordinal);

    [Fact]
    public void Include_OfLocalHeaders_ReadsThem()
    {
        using TemporaryFolder folder = new();
        folder.Write("a.h", "#pragma once\n#include \"b.h\"\nstruct s { b_t x; };");
        folder.Write("b.h", "typedef short b_t;\n#include \"a.h\"\nstatic inline int f(int x) { return x; }\nextern int g(void);");
        Script script = ParserTests.Parse("#include \"a.h\"\nbegin { }", new ParseOptions { Folder = folder.Path });
        Assert.Equal("2: x@0", Layout(script.Declarations.Find("struct s")!));
    }
}
