// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Cli;

/// <summary>
/// Input, output and errors that the caller closed (<c>&lt;&amp;-</c>). Their numbers are given to whatever is opened next: a map would be read as the
/// script, a hook take the place of the output.
/// </summary>
internal static partial class StandardFiles
{
    private const int GetFlags = 1, CloseOnExec = 1;

    /// <summary>What number 0 is was there when the command began.</summary>
    internal static bool HasInput { get; private set; } = true;

    /// <summary>Before anything is opened: takes the numbers that are free, so that reading and writing there fail, and errors go nowhere.</summary>
    internal static void Claim()
    {
        for (int number = 0; number <= 2; number++)
        {
            int flags = Control(number, GetFlags, 0);
            // What comes from the caller is not closed by exec: this is the runtime's own, opened before us.
            if (number == 0 && flags >= 0 && (flags & CloseOnExec) != 0) HasInput = false;
            if (flags >= 0) continue;
            if (number == 0) HasInput = false;
            _ = Open("/dev/null", number switch { 0 => WriteOnly, 1 => ReadOnly, _ => ReadWrite });
        }
    }

    private const int ReadOnly = 0, WriteOnly = 1, ReadWrite = 2;

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode = 0);
}
