// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.KernelTests.Support;
using Nectar.Linux.Loading;
using Nectar.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Verifier.Calls;

/// <summary>Programs around single calls: this kernel and our verifier say the same, and what the case says.</summary>
public sealed class CallAgreementTests(ITestOutputHelper output)
{
    public static TheoryData<string, bool, string> HelperCases() => CallCases.Read("helpers");

    public static TheoryData<string, bool, string> RegionCases() => CallCases.Read("regions");

    public static TheoryData<string, bool, string> ArgumentCases() => CallCases.Read("arguments");

    public static TheoryData<string, bool, string> FieldCases() => CallCases.FieldCases();

    [BpfTheory]
    [MemberData(nameof(HelperCases))]
    public void Helper_IsJudgedAsByTheKernel(string name, bool isAccepted, string text) => Judge(name, isAccepted, text);

    [BpfTheory]
    [MemberData(nameof(RegionCases))]
    public void Region_IsJudgedAsByTheKernel(string name, bool isAccepted, string text) => Judge(name, isAccepted, text);

    [BpfTheory]
    [MemberData(nameof(ArgumentCases))]
    public void Argument_IsJudgedAsByTheKernel(string name, bool isAccepted, string text) => Judge(name, isAccepted, text);

    [BpfTheory]
    [MemberData(nameof(FieldCases))]
    public void Field_IsJudgedAsByTheKernel(string name, bool isAccepted, string text) => Judge(name, isAccepted, text);

    private void Judge(string name, bool isAccepted, string text)
    {
        BpfObject source = Assembler.Assemble(text, name);
        string? kernel = AskKernel(source);
        VerificationResult ours = ProgramVerifier.Verify(source, "main", RunningVerifier.Options);
        output.WriteLine($"kernel: {kernel ?? "accepted"}");
        output.WriteLine($"ours: {ours.Refusal?.ToString() ?? "accepted"}");
        foreach (string register in ours.Registers) output.WriteLine($"  {register}");
        Assert.True((kernel is null) == isAccepted, $"the kernel {(kernel is null ? "accepts" : "refuses")} '{name}'");
        Assert.True(ours.IsAccepted == isAccepted, $"the verifier {(ours.IsAccepted ? "accepts" : "refuses")} '{name}': {ours.Refusal}");
    }

    internal static string? AskKernel(BpfObject source)
    {
        try
        {
            KernelObject.Load(source).Dispose();
            return null;
        }
        catch (VerificationException refused)
        {
            return refused.Log;
        }
        catch (KernelException refused)
        {
            return refused.Message;
        }
    }
}
