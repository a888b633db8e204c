// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Xunit;

namespace Nectar.Tests.Compiler;

public sealed class IrParserTests
{
    private const string Text =
        """
        function classify i64
        b0:
          %0 = parameter.ptr 0 @context
          %1 = stack_slot.ptr w8 "key" 8
          %2 = constant.i64 -5
          store w4 %1, %2 +4
          %4 = load.i32 w2s volatile %0 +16
          %5 = map_address.ptr "counts"
          %6 = call.ptr "bpf_map_lookup_elem" %5, %1 @mapvalue
          %7 = global_address.ptr "limit" +4
          switch [1, -2] %4 -> b2, b1, b1
        b1: ; from b0, b0
          %9 = atomic.i64 w8 "CompareExchange" %6, %2, %2
          jump -> b2
        b2: ; from b1, b0
          %11 = phi.i64 %9, %2
          %12 = call.i64 "helper" %11
          return %12

        function helper i64
        b0:
          %0 = parameter.i64 0
          return %0

        """;

    [Fact]
    public void What_is_printed_is_read_back()
    {
        List<IrFunction> functions = IrParser.ParseAll(Text, IrModules.New());
        Assert.Equal(Text.Trim(), string.Join("\n", functions.Select(function => IrPrinter.Print(function))).Trim());
        Assert.All(functions, function => Assert.Null(IrChecker.Check(function)));
    }

    [Theory]
    [InlineData("  return %0", "operation outside")]
    [InlineData("b0:\n  return %9", "%9 is nowhere defined")]
    [InlineData("b0:\n  frob %9", "no operation 'frob'")]
    [InlineData("b0:\n  %0 = map_address.ptr \"nowhere\"", "no symbol 'nowhere'")]
    [InlineData("b0:\n  jump -> b1\nb1: ; from b2\n  return\nb2:\n  return", "comes from b0, not from b2")]
    public void What_is_no_IR_is_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => IrParser.Parse("function f void\n" + text, IrModules.New())).Message, StringComparison.Ordinal);
}
