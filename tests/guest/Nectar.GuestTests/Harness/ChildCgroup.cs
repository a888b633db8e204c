// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.GuestTests.Harness;

/// <summary>A cgroup for one test, removed behind it.</summary>
internal sealed class ChildCgroup : IDisposable
{
    private static int s_count;

    private ChildCgroup(string path) => Path = path;

    internal string Path { get; }

    private static string Root => Directory.Exists("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";

    internal static ChildCgroup Create()
    {
        string path = $"{Root}/nectar-guest-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
        Directory.CreateDirectory(path);
        return new ChildCgroup(path);
    }

    /// <summary>Moves this process in, until the result is disposed.</summary>
    internal IDisposable Enter()
    {
        string home = Root + File.ReadLines("/proc/self/cgroup").First(line => line.StartsWith("0::", StringComparison.Ordinal))[3..].TrimEnd('/');
        Move(Path);
        return new Visit(home);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path);
    }

    private static void Move(string cgroup) => File.WriteAllText($"{cgroup}/cgroup.procs", Environment.ProcessId.ToString());

    private sealed class Visit(string home) : IDisposable
    {
        public void Dispose() => Move(home);
    }
}
