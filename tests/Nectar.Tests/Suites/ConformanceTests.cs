// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;
using Nectar.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.Tests.Suites;

/// <summary>The vectors of the bpf_conformance project on every engine of this host.</summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    [SharedFact("conformance", "bpf")]
    public void Vectors_Interpreter_AllPass() => RunAll(VmEngine.Interpreter, VmRegime.Checked);

    [SharedFact("conformance", "bpf")]
    public void Vectors_JitChecked_AllPass()
    {
        if (JitCompiler.IsSupported) RunAll(VmEngine.Jit, VmRegime.Checked);
    }

    [SharedFact("conformance", "bpf")]
    public void Vectors_JitTrusted_AllPass()
    {
        if (JitCompiler.IsSupported) RunAll(VmEngine.Jit, VmRegime.Trusted);
    }

    private void RunAll(VmEngine engine, VmRegime regime)
    {
        List<string> failures = [];
        int passed = 0;
        foreach (ConformanceVector vector in ConformanceVector.All)
        {
            try
            {
                using VmObject loaded = VmObject.Load(TestBpfPacket.Object(vector.Instructions, ProgramType.Unspec), new VmOptions { Engine = engine, Regime = regime });
                RunResult result = loaded.Programs[0].Run(vector.Memory ?? []);
                if (vector.Result is not { } expected || result.Fault is not null || result.Value != expected) failures.Add($"{vector.Name}: {result} 0x{result.Value:x}, expected 0x{vector.Result:x} {vector.Error}");
                else passed++;
            }
            catch (Exception problem) when (problem is not OutOfMemoryException)
            {
                failures.Add($"{vector.Name}: {problem.Message}");
            }
        }

        string text = $"bpf_conformance on {engine} {regime}: {passed} of {ConformanceVector.All.Count} pass";
        output.WriteLine(text);
        Assert.True(passed > 0 && failures.Count == 0, text + "\n" + string.Join('\n', failures));
    }
}
