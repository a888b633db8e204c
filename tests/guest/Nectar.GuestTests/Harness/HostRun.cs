// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.GuestTests.Harness;

/// <summary>The same tests on the machine at hand, for whoever writes one.</summary>
internal static class HostRun
{
    internal static int Run(IReadOnlyList<GuestTest> tests)
    {
        int passed = 0, failed = 0, skipped = 0;
        Runner.Run(tests, frame =>
        {
            switch (frame.Kind)
            {
                case FrameKind.Pass:
                    passed++;
                    Console.WriteLine($"passed {frame.Name} ({frame.Number} ms)");
                    break;
                case FrameKind.Fail:
                    failed++;
                    Console.WriteLine($"failed {frame.Name}: {frame.Message}");
                    break;
                case FrameKind.Skip:
                    skipped++;
                    Console.WriteLine($"skipped {frame.Name}: {frame.Message}");
                    break;
            }
        });
        Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
        return failed == 0 ? 0 : 1;
    }
}
