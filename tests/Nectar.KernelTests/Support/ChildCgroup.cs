// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Linux.Links.Cgroup;

namespace Nectar.KernelTests.Support;

/// <summary>
/// A cgroup of one test's own, below that of the process, for single threads: a thread that joins takes its sockets and calls there,
/// and the rest of the process stays where it is.
/// </summary>
internal sealed partial class ChildCgroup : IDisposable
{
    private static int s_count;

    public ChildCgroup(string? parent = null)
    {
        Path = System.IO.Path.Combine(parent ?? Own()!, string.Create(CultureInfo.InvariantCulture, $"nectar-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}"));
        Directory.CreateDirectory(Path);
        File.WriteAllText(System.IO.Path.Combine(Path, "cgroup.type"), "threaded");
    }

    public string Path { get; }

    /// <summary>The reason why there can be none; null if there can.</summary>
    public static string? Unavailable { get; } = NetworkNamespace.Unavailable ?? Probe();

    /// <summary>Moves the calling thread into the cgroup.</summary>
    public void Join() => File.WriteAllText(System.IO.Path.Combine(Path, "cgroup.threads"), gettid().ToString(CultureInfo.InvariantCulture));

    /// <summary>Moves the calling thread back to where the process is.</summary>
    public static void Leave() => File.WriteAllText(System.IO.Path.Combine(Own()!, "cgroup.threads"), gettid().ToString(CultureInfo.InvariantCulture));

    /// <summary>Removes the cgroup, which a moment ago may still have had a thread.</summary>
    public void Dispose()
    {
        for (int i = 0; i < 100 && Directory.Exists(Path); i++)
        {
            try
            {
                Directory.Delete(Path);
            }
            catch (IOException)
            {
                Thread.Sleep(20);
            }
        }
    }

    private static string? Own()
    {
        string? own = File.ReadLines("/proc/self/cgroup").FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal));
        return CgroupPaths.Root() is { } root && own is not null ? root + own[3..].TrimEnd('/') : null;
    }

    private static string? Probe()
    {
        if (Own() is null) return "no cgroup2 filesystem is mounted";
        try
        {
            new ChildCgroup().Dispose();
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return $"no child cgroups can be made here ({problem.Message})";
        }
    }

    [LibraryImport("libc")]
    private static partial int gettid();
}
