// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Features;
using Nectar.Linux.Loading;
using Nectar.Tests.Support;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Refusals;

/// <summary>Every golden program, refused by the kernel that runs now. NECTAR_GOLDEN=record writes its logs into the golden files.</summary>
public sealed class VerifierRefusalKernelTests(ITestOutputHelper output)
{
    public static TheoryData<string> Cases() => [.. VerifierGolden.Names()];

    [BpfTheory]
    [MemberData(nameof(Cases))]
    public void Program_IsRefusedAndExplained(string name)
    {
        VerifierGolden golden = VerifierGolden.Read(name);
        VerificationException problem = Assert.Throws<VerificationException>(() => Load(golden));
        output.WriteLine(problem.Message);
        output.WriteLine(problem.Log);
        if (Environment.GetEnvironmentVariable("NECTAR_GOLDEN") == "record")
        {
            golden.Log = VerifierGolden.Mask(problem.Log);
            golden.Kernel = $"Linux {KernelRelease.Running.Version}";
            golden.Write();
            return;
        }

        Assert.Equal(golden.ExpectedCode, problem.Diagnostics[0].Code.ToString());
        Assert.StartsWith("help: ", problem.Diagnostics[0].Notes[^1], StringComparison.Ordinal);
        Assert.NotEmpty(problem.Log);
    }

    private static void Load(VerifierGolden golden)
    {
        BpfObject source = golden.Assemble();
        if (golden.Capabilities is null) KernelObject.Load(source).Dispose();
        else ReducedCapabilities.Run(golden.Capabilities, () => KernelObject.Load(source).Dispose());
    }
}
