// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;

namespace Nectar.TraceTests.Binding;

/// <summary>What is known before a program runs.</summary>
public sealed class ConstantTests
{
    [Theory]
    [InlineData("1 + 2", 3, "int8")]
    [InlineData("-7 / 2", -3, "int8")]
    [InlineData("-1 >> 1", -1, "int8")]
    [InlineData("~0", -1, "uint64")]
    [InlineData("1 << 40", 1L << 40, "int64")]
    [InlineData("9223372036854775807 + 1", long.MinValue, "uint64")]
    [InlineData("0 - 5", -5, "int8")]
    [InlineData("sizeof(uint32)", 4, "int8")]
    [InlineData("sizeof(umode_t)", 2, "int8")]
    [InlineData("sizeof(pid)", 4, "int8")]
    [InlineData("(1, \"a\") == (1, \"a\")", 1, "bool")]
    [InlineData("\"abc\" != \"abd\"", 1, "bool")]
    [InlineData("$1 + 1", 42, "int8")]
    [InlineData("$#", 2, "int8")]
    [InlineData("getopt(\"rate\", 5)", 9, "uint64")]
    [InlineData("is_str(\"x\")", 1, "bool")]
    [InlineData("typeinfo((uint8)1).full_type == \"uint8\"", 1, "bool")]
    [InlineData("config.max_strlen", 64, "int8")]
    [InlineData("field_exists(struct task_struct, pid)", 1, "bool")]
    [InlineData("field_exists(struct task_struct, se.cfs_rq)", 1, "bool")]
    [InlineData("field_exists(struct task_struct, no_such)", 0, "bool")]
    public void AnExpressionOfLiterals_IsFolded(string text, long value, string type)
    {
        BindOptions options = new()
        {
            PositionalParameters = ["41", "text"],
            NamedParameters = new Dictionary<string, string?> { ["rate"] = "9" },
            Environment = new Dictionary<string, string> { ["max_strlen"] = "64" },
        };
        BoundScript bound = Bind.Good($"begin {{ $x = {text}; print($x); }}", options);
        Expression given = ((Assignment)bound.Probes[0].Syntax.Body.Statements[0]).Value;
        Assert.Equal(new IntegerConstant(value), given.Constant);
        Assert.Equal(type, given.Type.ToString());
    }

    [Theory]
    [InlineData("9223372036854775807 * 3")]
    [InlineData("1 / 0")]
    [InlineData("1 << 64")]
    [InlineData("18446744073709551615 + 1")]
    public void WhatDoesNotFit_IsAnError(string text) => Assert.Equal("unable to fold literals due to overflow or underflow", Bind.Error($"begin {{ $x = {text}; }}").Message);

    [Fact]
    public void Str_OfAParameter_IsItsText()
    {
        BoundScript bound = Bind.Good("begin { print(str($1, 2)); }", new BindOptions { PositionalParameters = ["1234"] });
        Call print = (Call)((ExpressionStatement)bound.Probes[0].Syntax.Body.Statements[0]).Value;
        Assert.Equal(new StringConstant("12"), print.Arguments[0].Constant);
    }

    [Fact]
    public void Variables_AreNotFolded() => Assert.Null(((Assignment)Bind.Good("begin { $a = -7; $b = $a / 2; print($b); }").Probes[0].Syntax.Body.Statements[1]).Value.Constant);

    [Theory]
    [InlineData("if comptime (probetype == \"kprobe\") { @[arg0] = count(); } else { @ = 1; }", "int8")]
    [InlineData("$x = 1; if comptime (typeinfo($x).full_type == \"uint32\") { @ = \"a\"; } else { @ = 2; } $x = (uint32)2;", "string[2]")]
    [InlineData("if comptime (sizeof(uint64) == 8) { @ = \"eight\"; } else { @ = 1; }", "string[6]")]
    public void ComptimeBranches_OnlyTheTakenOneCounts(string body, string type) => Assert.Equal(type, Bind.ValueOf($"begin {{ {body} }}"));

    [Fact]
    public void WhatComptimeAskedAbout_CannotChangeAfterwards() =>
        Assert.StartsWith("Type mismatch for $a: this type has been locked", Bind.Error("begin { $a = 1; if comptime (typeinfo($a).full_type == \"uint32\") { $a = (uint64)3; } $a = (uint32)2; }").Message, StringComparison.Ordinal);

    [Fact]
    public void Sizeof_TakesTheScriptsOwnNames() => Assert.Equal("int8", Bind.Good("typedef unsigned short mine; begin { @ = sizeof(mine); static_assert(sizeof(mine) == 2, \"size\"); static_assert(sizeof((mine)5) == 2, \"cast\"); }").Maps.Single().ValueType.ToString());

    [Fact]
    public void StaticAssert_SaysItsMessage() => Assert.Equal("too short", Bind.Error("begin { static_assert(sizeof(uint8) > 1, \"too short\"); }").Message);
}
