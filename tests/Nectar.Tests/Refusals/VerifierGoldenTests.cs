// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Refusals;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Refusals;

/// <summary>Recorded logs and what they are explained as. NECTAR_GOLDEN=update rewrites the explanations; the kernel tests record the logs.</summary>
public sealed class VerifierGoldenTests
{
    public static TheoryData<string> Cases() => [.. VerifierGolden.Names()];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Log_IsExplainedAsWritten(string name)
    {
        VerifierGolden golden = VerifierGolden.Read(name);
        BpfObject source = golden.Assemble();
        VerificationException problem = VerifierRefusal.Explain(ProgramLinker.Link(source, source.Programs[0]), source.Programs[0].Name, golden.Log, Errno.EACCES);
        if (Environment.GetEnvironmentVariable("NECTAR_GOLDEN") == "update")
        {
            golden.Expected = problem.Message;
            golden.Write();
        }

        Assert.Equal(golden.Expected.TrimEnd('\n'), problem.Message);
        Assert.NotEqual("NEC4501", problem.Diagnostics[0].Code.ToString());
        Assert.NotEqual("NEC4539", problem.Diagnostics[0].Code.ToString());
        Assert.StartsWith("help: ", problem.Diagnostics[0].Notes[^1], StringComparison.Ordinal);
        Assert.Contains(source.Programs[0].Name, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cases_CoverTheCommonestRefusals()
    {
        string[] codes = [.. VerifierGolden.Names().Select(name => VerifierGolden.Read(name).ExpectedCode).Distinct()];
        Assert.True(VerifierGolden.Names().Count() >= 60);
        Assert.True(codes.Length >= 28, string.Join(' ', codes.Order()));
    }
}
