// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.TraceTests.Tools;

internal static partial class Native
{
    [LibraryImport("libc")]
    internal static partial int kill(int process, int signal);

    [LibraryImport("libc")]
    internal static partial int getsid(int process);
}
