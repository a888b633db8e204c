// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;

namespace Nectar.TraceTests.Lowering;

public class PortableTests
{
    private const string Script = "begin { @a = curtask.pid == (int32)tid; @b = curtask.group_leader.pid == (int32)pid; @c = curtask.mm == 0; }";

    [KernelFact]
    public void Fields_PortableObject_AreFoundWhenItIsLoaded()
    {
        using ScriptRun run = ScriptRun.Load(Script, new LoweringOptions { Portable = true });
        run.Begin();
        Assert.StartsWith("@a: true\n@b: true\n@c: ", run.Maps().Replace("\n\n", "\n", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains(run.Plan.Object.Functions, function => function.CoreRelocations.Count >= 3);
    }

    [KernelFact]
    public void Fields_ObjectForThisKernel_AskNothing()
    {
        TracePlan plan = ScriptRun.Compile(Script);
        Assert.All(plan.Object.Functions, function => Assert.Empty(function.CoreRelocations));
    }
}
