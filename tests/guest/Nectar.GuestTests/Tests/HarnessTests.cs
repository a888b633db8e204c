// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.GuestTests.Harness;

namespace Nectar.GuestTests.Tests;

/// <summary>That a verdict is never invented, lost or changed on its way out of the guest.</summary>
internal static class HarnessTests
{
    internal static readonly GuestTest[] All =
    [
        new("harness/frame_carries_any_text", RoundTrip),
        new("harness/damaged_frame_is_no_verdict", Damage),
        new("harness/collector_counts", Counts),
        new("harness/collector_misses_lost_lines", LostLine),
        new("harness/collector_names_the_test_that_stopped_the_guest", Stopped),
        new("harness/collector_reports_silence", Silence),
    ];

    private static readonly Frame s_frame = new(FrameKind.Fail, 1234, "some/test", "it said: 100 % wrong\n\tat line 1 'quoted' ä → @nectar 7");

    private static void RoundTrip()
    {
        Check.True(Frame.TryRead($"noise {s_frame.Write(7)}\r\n", out int sequence, out Frame read, out string? damage));
        Check.Equal(null, damage);
        Check.Equal(7, sequence);
        Check.Equal(s_frame, read);
        Check.True(!Frame.TryRead("[    1.0] a kernel message", out _, out _, out _));
    }

    private static void Damage()
    {
        string line = s_frame.Write(7);
        for (int i = "@nectar".Length; i < line.Length; i++)
        {
            foreach (char other in "x0 @")
            {
                if (line[i] == other) continue;
                Check.True(Frame.TryRead(line[..i] + other + line[(i + 1)..], out _, out _, out string? damage) && damage is not null, $"character {i} as '{other}'");
            }

            Check.True(Frame.TryRead(line[..i], out _, out _, out string? cut) && cut is not null, $"cut at {i}");
        }
    }

    private static void Counts()
    {
        string text = Collect("the machine switched off", Plan(3), Verdict(FrameKind.Pass, "a/b"), Verdict(FrameKind.Skip, "a/c", "no such thing"), Verdict(FrameKind.Pass, "a/d"), new Frame(FrameKind.End, 0, "", ""));
        Check.Contains("guest 9.9: 2 passed, 0 failed, 1 skipped", text);
        Check.Contains("skipped guest 9.9 a/c: no such thing", text);
    }

    private static void LostLine()
    {
        string text = Collect("the machine switched off", Plan(2), null, Verdict(FrameKind.Pass, "a/b"), new Frame(FrameKind.End, 0, "", ""));
        Check.Contains("lines 1 to 1 are lost", text);
        Check.Contains("1 of 2 tests reported", text);
    }

    private static void Stopped()
    {
        string text = Collect("killed", Plan(5), Verdict(FrameKind.Pass, "a/b"), new Frame(FrameKind.Start, 0, "a/hang", ""));
        Check.Contains("failed guest 9.9 a/hang: the guest stopped during this test (killed); 3 tests after it did not run", text);
    }

    private static void Silence() => Check.Contains("the guest reported nothing (killed)", Collect("killed"));

    private static Frame Plan(int count) => new(FrameKind.Plan, count, "", "9.9");

    private static Frame Verdict(FrameKind kind, string name, string message = "") => new(kind, 5, name, message);

    /// <summary>What the collector prints about these frames; null is a line that got lost.</summary>
    private static string Collect(string stopped, params Frame?[] frames)
    {
        string path = Path.Combine(Path.GetTempPath(), $"nectar-frames-{Environment.ProcessId}");
        try
        {
            File.WriteAllLines(path, frames.Select((frame, i) => frame?.Write(i)).OfType<string>());
            StringWriter output = new();
            Collector.Print("9.9", path, stopped, output);
            return output.ToString();
        }
        finally
        {
            File.Delete(path);
        }
    }
}
