// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Bpf.Diagnostics;

namespace Nectar.GuestTests.Harness;

/// <summary>Runs tests one after another and tells what came of them.</summary>
internal static class Runner
{
    private const int TimeoutMs = 60_000;

    internal static void Run(IReadOnlyList<GuestTest> tests, Action<Frame> report)
    {
        foreach (GuestTest test in tests)
        {
            report(new Frame(FrameKind.Start, 0, test.Name, ""));
            report(RunOne(test));
        }
    }

    private static Frame RunOne(GuestTest test)
    {
        Frame result = default;
        Stopwatch clock = Stopwatch.StartNew();
        Thread thread = new(() => result = Outcome(test, clock)) { IsBackground = true };
        thread.Start();
        // A test that hangs keeps its thread; the ones after it still have their say.
        return thread.Join(TimeoutMs) ? result : new Frame(FrameKind.Fail, clock.ElapsedMilliseconds, test.Name, $"did not end within {TimeoutMs / 1000} s");
    }

    private static Frame Outcome(GuestTest test, Stopwatch clock)
    {
        try
        {
            if (test.Needs.Select(need => need()).FirstOrDefault(reason => reason is not null) is { } missing) throw new SkipException(missing);
            test.Body();
            return new Frame(FrameKind.Pass, clock.ElapsedMilliseconds, test.Name, "");
        }
        catch (SkipException skip)
        {
            return new Frame(FrameKind.Skip, clock.ElapsedMilliseconds, test.Name, skip.Message);
        }
        catch (Exception problem)
        {
            string log = problem is VerificationException { Log: { Length: > 0 } text } ? $"\n{Tail(text)}" : "";
            return new Frame(FrameKind.Fail, clock.ElapsedMilliseconds, test.Name, $"{problem}{log}");
        }
    }

    private static string Tail(string log) => log.Length <= 3000 ? log : "..." + log[^3000..];
}
