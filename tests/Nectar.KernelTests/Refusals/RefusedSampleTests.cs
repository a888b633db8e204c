// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Reports;
using Nectar.KernelTests.Support;
using Nectar.Linux.Loading;
using Nectar.Linux.Refusals;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.KernelTests.Refusals;

/// <summary>The panel of refused programs: this verifier and the kernel agree on each and on its mended twin, and both refusals are explained in full.</summary>
public sealed class RefusedSampleTests
{
    private static readonly VerifierOptions s_options = new() { KernelTypes = KernelBtf.Running.TryVmlinux };

    private static readonly string[] s_withoutPlace = ["NEC4510", "NEC4513"];

    private static string Folder => Path.Combine(Repository.Root, "samples", "refused");

    public static TheoryData<string> Texts() => [.. Files("*.bpfasm")];

    public static TheoryData<string> Sources() => [.. Files("*.bpf.c")];

    [BpfTheory]
    [MemberData(nameof(Texts))]
    public void Assembly_IsRefused_AndItsTwinAccepted(string name) => Check(Assembler.Assemble(File.ReadAllText(Path.Combine(Folder, name)), name));

    [ClangTheory]
    [MemberData(nameof(Sources))]
    public void C_IsRefused_AndItsTwinAccepted(string name)
    {
        Check(ObjectReader.Read(Clang.Compile(Path.Combine(Folder, name)), name));
    }

    [Fact]
    public void Panel_ShowsEachSample()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "verifier-errors.md"));
        string[] names = [.. Files("*.bpfasm").Concat(Files("*.bpf.c"))];
        Assert.True(names.Length >= 30);
        foreach (string name in names) Assert.Contains($"\n## {name.Split('.')[0]}\n", page, StringComparison.Ordinal);
    }

    private static void Check(BpfObject source)
    {
        ProgramReport refused = ObjectVerification.Verify(source, source.Programs["refused"], s_options).Report;
        Assert.Equal(Verdict.Refuse, refused.Verdict);
        CheckExplanation(refused.Explanation!, "NEC3");
        ProgramReport mended = ObjectVerification.Verify(source, source.Programs["mended"], s_options).Report;
        Assert.True(mended.Verdict == Verdict.Accept, mended.Explanation?.ToLongText() ?? mended.Problem);

        KernelVerdict kernel = KernelJudge.Ask(source, "refused");
        Assert.Equal(Verdict.Refuse, kernel.Verdict);
        CheckExplanation(kernel.Explanation!, "NEC45");
        Assert.NotNull(kernel.Explanation!.KernelText);
        KernelVerdict twin = KernelJudge.Ask(source, "mended");
        Assert.True(twin.Verdict == Verdict.Accept, twin.Explanation?.ToLongText() ?? twin.Problem);
    }

    private static void CheckExplanation(Explanation explanation, string code)
    {
        Assert.StartsWith(code, explanation.Code.ToString(), StringComparison.Ordinal);
        Assert.NotEqual("NEC4501", explanation.Code.ToString());
        Assert.NotEmpty(explanation.Reason);
        Assert.NotEmpty(explanation.Suggestion);
        // for the kernel, the sum of stacks is about the program as a whole, and of a million instructions it was not asked for the path
        if (explanation.Instruction is null) Assert.Contains(explanation.Code.ToString(), s_withoutPlace);
        else Assert.Contains(explanation.Source!.Lines, line => line.Number == explanation.Source.Span.Line);
    }

    private static IEnumerable<string> Files(string pattern) => Directory.GetFiles(Folder, pattern).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);
}
