// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Planning;

namespace Nectar.TraceTests.Lowering;

/// <summary>What is missing in the results is counted, one for one.</summary>
public class LossTests
{
    [KernelFact]
    public void Maps_MoreKeysThanRoom_AreCounted()
    {
        using ScriptRun run = ScriptRun.Load("config = { max_map_keys = 4 } begin { for ($i : 0..10) { @[$i] = 1; @c[$i] = count(); } }");
        run.Begin();
        Assert.Equal(12u, run.Lost(LossCause.MapFull));
    }

    [KernelFact]
    public void Reads_OfNothing_AreCountedAndZero()
    {
        using ScriptRun run = ScriptRun.Load("begin { $p = (uint64 *)8; @ = *$p; @b = *($p + 1); }");
        run.Begin();
        Assert.Equal(2u, run.Lost(LossCause.ReadFailed));
        Assert.Equal("@: 0\n@b: 0", run.Maps().Replace("\n\n", "\n", StringComparison.Ordinal));
    }

    [KernelFact]
    public void Scripts_ThatLoseNothing_CountNothing()
    {
        using ScriptRun run = ScriptRun.Load("begin { for ($i : 0..100) { @[$i] = count(); } }");
        run.Begin();
        Assert.All(Enum.GetValues<LossCause>(), cause => Assert.Equal(0u, run.Lost(cause)));
    }
}
