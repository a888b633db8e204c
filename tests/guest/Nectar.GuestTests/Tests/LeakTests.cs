// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Syscalls;

namespace Nectar.GuestTests.Tests;

/// <summary>
/// That nothing is left in the kernel when the tests before are through: a guest has no other user of BPF, so that whatever is there
/// was lost by us.
/// </summary>
internal static class LeakTests
{
    internal static readonly GuestTest[] All =
    [
        new("leaks/programs", () => NothingLeft(BpfCommand.ProgGetNextId), Needs.GuestOnly),
        new("leaks/maps", () => NothingLeft(BpfCommand.MapGetNextId), Needs.GuestOnly),
        new("leaks/links", () => NothingLeft(BpfCommand.LinkGetNextId), Needs.GuestOnly),
        new("leaks/legacy_events", NoLegacyEvents, Needs.GuestOnly),
        new("leaks/pins", NoPins, Needs.GuestOnly),
        new("leaks/descriptors", NoDescriptors, Needs.GuestOnly),
    ];

    private static void NothingLeft(BpfCommand next)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        // The kernel frees programs and links after a grace period.
        Check.Soon(() => Count(next) == 0, 10_000, $"{next}: objects are left");
    }

    /// <summary>Programs, maps and links in the kernel, whoever made them.</summary>
    internal static int Count() => Count(BpfCommand.ProgGetNextId) + Count(BpfCommand.MapGetNextId) + Count(BpfCommand.LinkGetNextId);

    private static int Count(BpfCommand next)
    {
        int count = 0;
        for (ObjectIdAttributes attributes = default; BpfSyscall.Try(next, ref attributes) == Errno.None; attributes = new() { Id = attributes.NextId }) count++;
        return count;
    }

    private static void NoLegacyEvents()
    {
        foreach (string file in (string[])["kprobe_events", "uprobe_events"]) Check.Equal("", File.ReadAllText($"/sys/kernel/tracing/{file}"), file);
    }

    private static void NoPins() => Check.Equal(0, Directory.GetFileSystemEntries("/sys/fs/bpf").Count(path => Path.GetFileName(path) is not ("maps.debug" or "progs.debug")));

    private static void NoDescriptors()
    {
        string[] open = [.. Directory.GetFileSystemEntries("/proc/self/fd").Select(path => new FileInfo(path).LinkTarget ?? "").Where(target => target.StartsWith("anon_inode:bpf", StringComparison.Ordinal))];
        Check.Equal(0, open.Length, string.Join(", ", open));
    }
}
