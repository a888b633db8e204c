// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.GuestTests.Tests;

namespace Nectar.GuestTests.Harness;

/// <summary>What this program does as somebody else's child: something for programs in the kernel to see.</summary>
internal static class ChildRoles
{
    internal static int Run(string[] arguments)
    {
        switch (arguments)
        {
            case ["exit", var code]:
                return int.Parse(code);
            case ["hold", var test]:
                return KillTests.Hold(test);
            default:
                Console.Error.WriteLine($"no such role: {string.Join(' ', arguments)}");
                return 2;
        }
    }

    /// <summary>Starts this program again in another role; its output is the caller's to read.</summary>
    internal static Process Start(params string[] role) =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["--as-child", .. role]) { RedirectStandardOutput = true })!;
}
