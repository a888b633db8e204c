// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

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
            default:
                Console.Error.WriteLine($"no such role: {string.Join(' ', arguments)}");
                return 2;
        }
    }

    /// <summary>Starts a child and waits for its end.</summary>
    internal static int Start(params string[] role)
    {
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["--as-child", .. role]))!;
        child.WaitForExit();
        return child.ExitCode;
    }
}
