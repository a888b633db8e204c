// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.TraceTests.Binding;

/// <summary>Types follow from the whole script.</summary>
public sealed class InferenceTests
{
    [Theory]
    [InlineData("begin { @ = 1 }", "int8")]
    [InlineData("begin { @ = 1; @ = 70000 }", "int32")]
    [InlineData("begin { @ = 70000 } end { @ = 1 }", "int32")]
    [InlineData("begin { @ = (uint16)7; @ = 1 }", "uint16")]
    [InlineData("begin { @ = (uint32)7; @ = (int8)-1 }", "int64")]
    [InlineData("begin { @ = pid + 1 }", "uint64")]
    [InlineData("begin { @ = pid - 1 }", "int64")]
    [InlineData("begin { @ = pid == 1 }", "bool")]
    [InlineData("begin { @++ }", "int64")]
    [InlineData("begin { @ = \"a\"; @ = \"longer\" }", "string[7]")]
    [InlineData("begin { @ = (1, \"a\"); @ = (300, \"bcd\") }", "(int16,string[4])")]
    [InlineData("begin { @ = (a=1, b=\"x\"); @ = (b=\"xyz\", a=(uint64)2) }", "record { .a = uint64, .b = string[4] }")]
    [InlineData("begin { $x = (uint8)200; $x += 100; @ = $x }", "uint64")]
    [InlineData("begin { let $x : uint8 = 200; @ = $x }", "uint8")]
    [InlineData("begin { @ = count() }", "count_t")]
    [InlineData("begin { @ = sum(-1); @ = sum(pid) }", "sum_t")]
    [InlineData("begin { @x = count(); @ = 1; @ = @x }", "uint64")]
    [InlineData("begin { @ = kstack(perf, 4) }", "kstack_perf_4")]
    [InlineData("begin { @ = nsecs > 1 ? \"yes\" : \"maybe\" }", "string[6]")]
    public void AMap_BecomesWhatHoldsAllThatItIsGiven(string text, string type) => Assert.Equal(type, Bind.ValueOf(text));

    [Theory]
    [InlineData("begin { @[1] = 1; @[pid] = 1 }", "uint32")]
    [InlineData("begin { @[1, comm] = 1; @[70000, \"x\"] = 2 }", "(int32,string[16])")]
    [InlineData("begin { @ = 1 }", "none")]
    public void Keys_GrowAsValuesDo(string text, string type) => Assert.Equal(type, Bind.KeyOf(text));

    [Theory]
    [InlineData("begin { @ = 1; @ = \"a\" }", "Type mismatch for @: trying to assign value of type 'string[2]' when map already has a type 'int8'")]
    [InlineData("begin { $x = \"a\"; $x = 1 }", "Type mismatch for $x: trying to assign value of type 'int8' when variable already has a type 'string[2]'")]
    [InlineData("begin { @[1] = 1; @[\"a\"] = 1 }", "Argument mismatch for @: trying to access with arguments: 'string[2]' when map expects arguments: 'int8'")]
    [InlineData("begin { @ = 1; @[1] = 1 }", "@ used as a map with an explicit key (non-scalar map), previously used without an explicit key (scalar map)")]
    [InlineData("begin { let $x : uint8 = 300 }", "Type mismatch for $x: trying to assign value of type 'int16' when variable already has a type 'uint8'")]
    [InlineData("begin { if (pid) { $x = 1 } print($x) }", "Undefined or undeclared variable: $x")]
    [InlineData("begin { printf(\"%d\", comm) }", "unsupported format specifier for type 'string[16]': d")]
    [InlineData("begin { printf(\"%d %d\", 1) }", "not enough arguments for format string (1 supplied, 2 expected)")]
    [InlineData("begin { pidd }", "Unknown identifier: 'pidd'")]
    [InlineData("begin { system(\"ls\") }", "system() is an unsafe function being used in safe mode")]
    [InlineData("begin { print(@never) }", "Undefined map: @never")]
    [InlineData("begin { @ = hist(1, 6) }", "hist: bits 6 must be 0..5")]
    [InlineData("begin { count() }", "count() must be assigned directly to a map")]
    public void WhatDoesNotGoTogether_IsAnError(string text, string message) => Assert.Equal(message, Bind.Error(text).Message);

    [Fact]
    public void AnError_NamesTheNearestName() => Assert.Contains("help: did you mean the builtin 'comm'?", Bind.Error("begin { print(com) }").Notes);

    [Fact]
    public void SeveralErrors_AreToldAtOnce()
    {
        DiagnosticBag diagnostics = new();
        Bind.Try("begin { $a = nobody; printf(\"%d\"); @ = 1; @ = \"x\" }", diagnostics);
        Assert.Equal(3, diagnostics.ErrorCount);
    }
}
