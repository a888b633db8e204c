// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.KernelTests.Support;
using Nectar.Linux.Loading;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Verifier.Calls;

/// <summary>
/// The programs around single calls, changed at random: a line less, a line twice, two lines swapped, another number, another register. This kernel and our
/// verifier say the same. NECTAR_CALL_MUTATIONS says how many, NECTAR_CALL_SEED with which seed.
/// </summary>
public sealed class CallMutationTests(ITestOutputHelper output)
{
    private static readonly int s_count = Setting("NECTAR_CALL_MUTATIONS", 600), s_seed = Setting("NECTAR_CALL_SEED", 20);

    [BpfFact]
    public void ChangedCalls_AreJudgedAsByTheKernel()
    {
        string[] texts = [.. CallAgreementTests.HelperCases().Concat(CallAgreementTests.RegionCases()).Concat(CallAgreementTests.ArgumentCases()).Concat(CallAgreementTests.FieldCases()).Select(row => (string)row[2])];
        Random random = new(s_seed);
        int judged = 0, accepted = 0;
        List<string> differences = [];
        while (judged < s_count)
        {
            string text = texts[random.Next(texts.Length)];
            for (int changes = random.Next(1, 5); changes > 0; changes--) text = Change(text, random);
            BpfObject source;
            try
            {
                source = Assembler.Assemble(text, "changed");
            }
            catch (CompileException)
            {
                continue;
            }

            judged++;
            string? kernel = CallAgreementTests.AskKernel(source);
            VerificationResult ours = ProgramVerifier.Verify(source, "main", RunningVerifier.Options);
            if (kernel is null) accepted++;
            // An object at r10 + 0 would lie above the stack; this kernel takes it for the one at r10 - 8.
            bool isAboveStack = kernel is null && ours.Refusal is { Kind: ViolationKind.IteratorOffset or ViolationKind.ArgumentOffset } refusal && refusal.Sentence.StartsWith("r1 is the stack: ", StringComparison.Ordinal);
            bool isKernelBug = kernel is not null && kernel.Contains("verifier bug", StringComparison.Ordinal); // it says so itself: code behind bpf_throw is removed half
            if ((kernel is null) != ours.IsAccepted && !isAboveStack && !isKernelBug) differences.Add($"{text}\nkernel: {kernel ?? "accepted"}\nours: {ours.Refusal?.ToString() ?? "accepted"}\n");
        }

        output.WriteLine($"{judged} programs, {accepted} accepted, {differences.Count} judged otherwise");
        foreach (string difference in differences) output.WriteLine(difference);
        Assert.Empty(differences);
    }

    private static string Change(string text, Random random)
    {
        List<string> lines = [.. text.Split('\n').Select(line => line.Trim())];
        int first = lines.FindIndex(line => line.StartsWith(".program", StringComparison.Ordinal)) + 1;
        int[] code = [.. Enumerable.Range(first, lines.Count - first).Where(i => lines[i].Length > 0 && !lines[i].EndsWith(':') && lines[i][0] != '.')];
        if (code.Length == 0) return text;
        int at = code[random.Next(code.Length)];
        switch (random.Next(6))
        {
            case 0:
                lines.RemoveAt(at);
                break;
            case 1:
                lines.Insert(at, lines[code[random.Next(code.Length)]]);
                break;
            case 2 when at + 1 < lines.Count && !lines[at + 1].EndsWith(':'):
                (lines[at], lines[at + 1]) = (lines[at + 1], lines[at]);
                break;
            case 3:
                lines[at] = ChangeRegister(lines[at], random);
                break;
            default:
                lines[at] = ChangeNumber(lines[at], random);
                break;
        }

        return string.Join('\n', lines);
    }

    private static string ChangeNumber(string line, Random random)
    {
        string[] words = line.Split(' ');
        int[] numbers = [.. Enumerable.Range(0, words.Length).Where(i => int.TryParse(words[i].TrimEnd(')'), out _))];
        if (numbers.Length == 0) return line;
        int at = numbers[random.Next(numbers.Length)];
        int value = int.Parse(words[at].TrimEnd(')'), System.Globalization.CultureInfo.InvariantCulture);
        int[] choices = [value + 1, value - 1, value + 4, value - 4, value + 8, value - 8, value * 2, 0, -value];
        words[at] = choices[random.Next(choices.Length)] + (words[at].EndsWith(')') ? ")" : "");
        return string.Join(' ', words).Replace("+ -", "- ", StringComparison.Ordinal).Replace("- -", "+ ", StringComparison.Ordinal);
    }

    private static string ChangeRegister(string line, Random random)
    {
        int at = line.IndexOf('r', StringComparison.Ordinal);
        if (at < 0 || at + 1 >= line.Length || !char.IsAsciiDigit(line[at + 1]) || line.AsSpan(at).StartsWith("r10")) return line;
        return string.Concat(line.AsSpan(0, at + 1), random.Next(10).ToString(System.Globalization.CultureInfo.InvariantCulture), line.AsSpan(at + 2));
    }

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), out int value) ? value : otherwise;
}
