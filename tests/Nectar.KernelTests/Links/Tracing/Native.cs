// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.KernelTests.Links.Tracing;

/// <summary>Calls of the C library that probes watch.</summary>
internal static partial class Native
{
    [DllImport("libc", EntryPoint = "getppid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int GetParent();

    [DllImport("libc", EntryPoint = "labs")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern long Absolute(long number);

    /// <summary>Numbers of the kernel's programs and links, to compare before and after.</summary>
    internal static (int Programs, int Links) KernelObjects() => (Count("prog"), Count("link"));

    /// <summary>What <c>bpftool KIND show</c> prints.</summary>
    internal static string Bpftool(params string[] arguments) => Nectar.Tests.Support.TestEnvironment.Run("/usr/sbin/bpftool", arguments).Output;

    private static int Count(string kind) => System.Text.Json.JsonDocument.Parse(Bpftool("-j", kind, "show")).RootElement.GetArrayLength();
}
