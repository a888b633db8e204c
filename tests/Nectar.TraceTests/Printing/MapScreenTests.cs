// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Printing;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Printing;

/// <summary>What <c>--top</c> shows in a terminal.</summary>
public sealed class MapScreenTests
{
    [Fact]
    public void WithoutASize_AllIsShown() => Assert.Equal("@a[one]: 1\n@a[two]: 2\n@a[three]: 3\n@b[x]: 9\n", Show(0, 0));

    [Theory]
    [InlineData(5, "@a[one]: 1\n@a[two]: 2\n@a[three]: 3\n@b[x]: 9\n")]
    [InlineData(4, "@a[two]: 2\n@a[three]: 3\n@b[x]: 9\n")]
    [InlineData(3, "@a[three]: 3\n@b[x]: 9\n")]
    [InlineData(2, "@a[three]: 3\n")]
    [InlineData(1, "")]
    public void OfTooManyEntries_TheGreatestAreShown(int rows, string expected) => Assert.Equal(expected, Show(rows, 80));

    [Fact]
    public void Lines_EndAtTheEdge() => Assert.Equal("@a[on\n@a[tw\n@a[th\n@b[x]\n", Show(24, 5));

    [Fact]
    public void Characters_AreNotBytes_AndTabsAreWide()
    {
        Utf8Buffer text = new();
        MapScreen.Write(text, [Map("@c", ("äöü\tß", 1))], 24, 9);
        Assert.Equal("@c[äöü\tß\n", text.ToString());
    }

    private static string Show(int rows, int columns)
    {
        Utf8Buffer text = new();
        MapScreen.Write(text, [Map("@a", ("one", 1), ("two", 2), ("three", 3)), Map("@b", ("x", 9))], rows, columns);
        return text.ToString();
    }

    private static MapResult Map(string name, params (string Key, long Value)[] entries) =>
        new(name, MapResultKind.Values, false, [.. entries.Select(entry => KeyValuePair.Create<TraceValue, TraceValue>(new TextValue(entry.Key), new IntegerValue(entry.Value, true)))]);
}
