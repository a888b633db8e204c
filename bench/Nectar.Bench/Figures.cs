// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Bench;

/// <summary>How benchmarks report: one line a figure, which people can read and <c>bench/run</c> collects.</summary>
internal static class Figures
{
    /// <summary>Prints <c>figure NAME VALUE UNIT</c>; names are paths such as <c>jit/siphash64/trusted</c>.</summary>
    internal static void Print(string name, double value, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure {name} {value:0.####} {unit}"));
}
