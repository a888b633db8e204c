// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Loading;
using Nectar.Tests.Support;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Refusals;

/// <summary>Refusals of compiled C point into the C.</summary>
public sealed class SourceLineKernelTests(ITestOutputHelper output)
{
    [ClangFact]
    public void Packet_PointsToTheAccess() => Check("packet", "NEC4505");

    [ClangFact]
    public void Lookup_PointsToTheUse_AndToTheCall()
    {
        VerificationException problem = Check("lookup", "NEC4503");
        Assert.Contains("r0 = bpf_map_lookup_elem(", problem.Message, StringComparison.Ordinal);
    }

    private VerificationException Check(string name, string code)
    {
        if (BpfAccess.Unavailable is not null) throw new InvalidOperationException(BpfAccess.Unavailable);
        string file = Path.Combine(Clang.Fixtures, "refused.bpf.c");
        BpfObject source = ObjectReader.Read(Clang.Compile(file), "refused");
        foreach (ProgramDefinition program in source.Programs) program.AutoLoad = program.Name == name;
        VerificationException problem = Assert.Throws<VerificationException>(() => KernelObject.Load(source).Dispose());
        output.WriteLine(problem.Message);
        int line = Array.FindIndex(File.ReadAllLines(file), text => text.Contains($"/* {name} */", StringComparison.Ordinal)) + 1;
        Assert.Equal(code, problem.Diagnostics[0].Code.ToString());
        Assert.Equal(line, problem.Span!.Value.Line);
        Assert.EndsWith("refused.bpf.c", problem.Span.Value.File, StringComparison.Ordinal);
        Assert.Contains($"{line,5} | ", problem.Message, StringComparison.Ordinal);
        return problem;
    }
}
