// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Compiler;

namespace Nectar.CompilerTests.Ratchet;

/// <summary>The benchmark's programs do not grow: tests/golden/compiler-counts has their instructions beside clang-19 -O2's.</summary>
public sealed class TwinCountTests
{
    /// <summary>Instructions that clang-19 -O2 makes for cpu v3, in the order of the twins (bench/compiler/run counts them anew).</summary>
    private static readonly int[] s_clang = [100, 72, 49, 29, 14, 60, 14, 60, 57, 30, 34, 48, 27, 15, 108, 90, 42, 47, 111];

    [Fact]
    public void Compile_Twins_AreNoLargerThanRecorded()
    {
        GoldenFile golden = GoldenFile.Read(Path.Combine(GoldenFile.Folder("compiler-counts"), "twins.golden"));
        StringBuilder table = new();
        int ours = 0;
        for (int i = 0; i < Twins.Twin.All.Length; i++)
        {
            Twins.Twin twin = Twins.Twin.All[i];
            CompilationResult result = ProbeCompiler.Compile(typeof(Twins.Twin).Assembly.Location, "Twins." + twin.Class, new CompilerOptions { Verify = false });
            int instructions = ProgramLinker.Link(result.Object!, result.Object!.Programs[twin.Program]).Instructions.Length;
            table.Append(CultureInfo.InvariantCulture, $"{twin.Source} {twin.Program}: {instructions}, clang {s_clang[i]}\n");
            Assert.True(instructions * 10 <= s_clang[i] * 11, $"{twin.Source} {twin.Program}: {instructions} instructions, more than 1.1 times clang's {s_clang[i]}");
            ours += instructions;
        }

        Assert.True(ours <= s_clang.Sum(), $"{ours} instructions in total, clang {s_clang.Sum()}");
        table.Append(CultureInfo.InvariantCulture, $"total: {ours}, clang {s_clang.Sum()}\n");
        golden.Check([("instructions", table.ToString())]);
    }
}
