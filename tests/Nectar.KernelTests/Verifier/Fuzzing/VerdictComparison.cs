// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Text.RegularExpressions;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Verifier;
using Nectar.Tests.Verifier.Fuzzing;

namespace Nectar.KernelTests.Verifier.Fuzzing;

/// <summary>Compares our verdicts with this kernel's and files what differs by class: who accepts, and what the other says, without its numbers.</summary>
internal sealed partial class VerdictComparison(KernelJudge judge, IReadOnlyList<(string Class, string Reason)> known)
{
    public long Programs { get; private set; }

    public long BothAccept { get; private set; }

    public long BothRefuse { get; private set; }

    public TimeSpan OurTime { get; private set; }

    public TimeSpan KernelTime { get; private set; }

    /// <summary>By class: how many, a seed, and why it is known; null if it is not.</summary>
    public Dictionary<string, (int Count, int Seed, string? Reason)> Classes { get; } = new(StringComparer.Ordinal);

    /// <summary>Classes without a reason in which we accept what the kernel refuses.</summary>
    public IEnumerable<string> UnknownUnsound => Classes.Where(c => c.Value.Reason is null && c.Key.StartsWith("accept ", StringComparison.Ordinal)).Select(c => $"{c.Key} (seed {c.Value.Seed}, {c.Value.Count} times)");

    /// <summary>Reads the list of known classes: <c>class | reason</c> a line, <c>#</c> for comments; a class is the beginning of one.</summary>
    public static List<(string Class, string Reason)> ReadKnown(string path) =>
    [
        .. File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(" | ", 2)).Select(parts => (parts[0], parts[1])),
    ];

    public void Compare(FuzzProgram program)
    {
        Programs++;
        long started = Stopwatch.GetTimestamp();
        bool kernelAccepts = judge.Accepts(program, out Errno errno);
        long judged = Stopwatch.GetTimestamp();
        VerificationResult ours = FuzzVerification.Verify(program);
        OurTime += Stopwatch.GetElapsedTime(judged);
        KernelTime += Stopwatch.GetElapsedTime(started, judged);
        if (ours.IsAccepted && kernelAccepts) BothAccept++;
        else if (!ours.IsAccepted && !kernelAccepts) BothRefuse++;
        else Classify(program.Seed, ours.IsAccepted ? $"accept {errno} {LastLine(judge.Log(program, 1))}" : $"refuse {ours.Refusal!.Kind} {ours.Refusal.Sentence}");
    }

    private void Classify(int seed, string difference)
    {
        string @class = Numbers().Replace(difference, "N");
        Classes.TryGetValue(@class, out (int Count, int Seed, string? Reason) entry);
        string? reason = known.Where(k => @class.StartsWith(k.Class, StringComparison.Ordinal)).Select(k => k.Reason).FirstOrDefault();
        Classes[@class] = (entry.Count + 1, entry.Count == 0 ? seed : entry.Seed, reason);
    }

    private static string LastLine(string log) =>
        log.Split('\n').LastOrDefault(line => line.Length > 0 && !line.StartsWith("processed ", StringComparison.Ordinal) && !line.StartsWith("mark_precise", StringComparison.Ordinal)) ?? "";

    [GeneratedRegex(@"-?\b(?:0x[0-9a-f]+|\d+)\b|\b[Rr]\d+\b")]
    private static partial Regex Numbers();
}
