// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.GuestTests.Harness;

/// <summary>Reads what a guest reported and prints it in the form that ./test collects.</summary>
internal static class Collector
{
    /// <param name="kernel">The name in the output: <c>6.12</c>.</param>
    /// <param name="framesPath">What came over the serial port.</param>
    /// <param name="stopped">How the machine ended.</param>
    /// <param name="output">Receives the lines.</param>
    /// <returns>The exit code.</returns>
    internal static int Print(string kernel, string framesPath, string stopped, TextWriter output)
    {
        int passed = 0, failed = 0, skipped = 0, expected = 0, next = 0;
        long planned = -1;
        string? running = null;
        bool ended = false;

        void Fail(string name, string message)
        {
            failed++;
            output.WriteLine($"failed guest {kernel} {name}: {message}");
        }

        foreach (string line in File.Exists(framesPath) ? File.ReadLines(framesPath) : [])
        {
            if (!Frame.TryRead(line, out int sequence, out Frame frame, out string? damage)) continue;
            if (damage is not null)
            {
                Fail("serial port", damage);
                next++;
                continue;
            }

            if (sequence != next) Fail("serial port", $"lines {next} to {sequence - 1} are lost");
            next = sequence + 1;
            switch (frame.Kind)
            {
                case FrameKind.Plan:
                    planned = frame.Number;
                    output.WriteLine($"guest {kernel}: Linux {frame.Message}");
                    break;
                case FrameKind.Start:
                    running = frame.Name;
                    break;
                case FrameKind.Pass:
                    (passed, expected, running) = (passed + 1, expected + 1, null);
                    output.WriteLine($"passed guest {kernel} {frame.Name} ({frame.Number} ms)");
                    break;
                case FrameKind.Fail:
                    (expected, running) = (expected + 1, null);
                    Fail(frame.Name, frame.Message);
                    break;
                case FrameKind.Skip:
                    (skipped, expected, running) = (skipped + 1, expected + 1, null);
                    output.WriteLine($"skipped guest {kernel} {frame.Name}: {frame.Message}");
                    break;
                case FrameKind.Note:
                    output.WriteLine($"guest {kernel}: {frame.Message}");
                    break;
                case FrameKind.End:
                    ended = true;
                    break;
            }
        }

        if (planned < 0) Fail("boot", $"the guest reported nothing ({stopped})");
        else if (running is not null) Fail(running, $"the guest stopped during this test ({stopped}); {planned - expected - 1} tests after it did not run");
        else if (!ended || expected != planned) Fail("run", $"{expected} of {planned} tests reported ({stopped})");
        if (ended && passed + failed == 0) Fail("run", "no test could run");
        output.WriteLine($"guest {kernel}: {passed} passed, {failed} failed, {skipped} skipped");
        return failed == 0 ? 0 : 1;
    }
}
