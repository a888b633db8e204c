// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.TraceTests.Syntax;

public sealed class SourceTextTests
{
    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(5, 1, 6)]
    [InlineData(6, 2, 1)]
    [InlineData(9, 3, 2)]
    public void Position_OfAnOffset_CountsFromOne(int offset, int line, int column) => Assert.Equal((line, column), new SourceText("stdin", "begin\r\n{\n}").Position(offset + (offset > 5 ? 1 : 0)));

    [Fact]
    public void Line_HasNoEnd() => Assert.Equal("begin", new SourceText("stdin", "begin\r\n{}").Line(1));
}
