// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Vm.Host;

/// <summary>The bpf_conformance vectors on both engines, through the public API.</summary>
public sealed class ConformanceTests
{
    [SharedFact("conformance", "bpf")]
    public void Vectors_OnInterpreter_AllPass() => RunAll(VmEngine.Interpreter, VmRegime.Checked);

    [SharedFact("conformance", "bpf")]
    public void Vectors_OnInterpreterTrusted_AllPass() => RunAll(VmEngine.Interpreter, VmRegime.Trusted);

    [SharedFact("conformance", "bpf")]
    public void Vectors_OnJit_AllPass() => RunAll(VmEngine.Jit, VmRegime.Checked);

    private static void RunAll(VmEngine engine, VmRegime regime)
    {
        List<string> failures = [];
        int run = 0;
        foreach (ConformanceVector vector in ConformanceVector.All)
        {
            if (vector.Result is not { } expected) continue;
            run++;
            using VmObject loaded = VmObject.Load(Bare(vector), new VmOptions { Engine = engine, Regime = regime });
            RunResult result = loaded.Programs[0].Run(vector.Memory ?? []);
            if (result.Fault is not null || result.Value != expected) failures.Add($"{vector.Name}: expected 0x{expected:x}, got 0x{result.Value:x} {result.Fault}");
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(run > 0 && run == ConformanceVector.All.Count, $"{run} of {ConformanceVector.All.Count} vectors have a result");
    }

    private static BpfObject Bare(ConformanceVector vector)
    {
        FunctionDefinition entry = new() { Name = "main", Section = ".text", Instructions = vector.Instructions };
        BpfObject bare = new();
        bare.Functions.Add(entry);
        bare.Programs.Add(new ProgramDefinition { Name = "main", Section = ".text", Entry = entry });
        return bare;
    }
}
