// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Lowering;

namespace Nectar.TraceTests.Lowering;

/// <summary>The script that compile times are measured with: many programs at once.</summary>
public sealed class DenseScriptTests
{
    private static string Text => File.ReadAllText(Path.Combine(Repository.Root, "bench/trace/scripts/everything.bt"));

    [KernelFact]
    public void Compile_ByAllProcessors_SameObjectAsByOne()
    {
        byte[] one = ObjectWriter.ToArray(ScriptRun.Compile(Text, new LoweringOptions { Processors = 1 }).Object);
        for (int i = 0; i < 8; i++) Assert.Equal(one, ObjectWriter.ToArray(ScriptRun.Compile(Text, new LoweringOptions { Processors = 4 }).Object));
    }

    [KernelFact]
    public void Load_AllPrograms_TakenByTheKernel()
    {
        using ScriptRun run = ScriptRun.Load(Text);
        Assert.Equal(run.Plan.Object.Programs.Count, run.Loaded.Programs.Count);
    }
}
