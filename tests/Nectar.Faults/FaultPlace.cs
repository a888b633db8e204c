// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Nectar.Faults;

/// <summary>A network namespace with a pair of interfaces, and a cgroup, of one run's own. Used on the thread that made it.</summary>
internal sealed partial class FaultPlace : IDisposable
{
    internal const string Device = "v0";
    private const int NewNet = 0x40000000;

    private FaultPlace(string cgroup) => Cgroup = cgroup;

    internal string Cgroup { get; }

    /// <summary>Runs something on a thread of its own in a place of its own.</summary>
    internal static FaultReport Run(Action<FaultPlace, FaultReport> action)
    {
        FaultReport report = new();
        Thread thread = new(() =>
        {
            try
            {
                if (unshare(NewNet) != 0) throw new InvalidOperationException($"unshare(CLONE_NEWNET): errno {Marshal.GetLastPInvokeError()}");
                Ip("link set lo up");
                Ip($"link add {Device} numrxqueues 1 numtxqueues 1 type veth peer name v1 numrxqueues 1 numtxqueues 1");
                Ip($"link set {Device} up");
                string root = Directory.Exists("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
                string cgroup = string.Create(CultureInfo.InvariantCulture, $"{root}/nectar-faults-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}");
                Directory.CreateDirectory(cgroup);
                using FaultPlace place = new(cgroup);
                action(place, report);
            }
            catch (Exception problem)
            {
                report.Problems.Add(problem.ToString());
            }
        });
        thread.Start();
        thread.Join();
        return report;
    }

    /// <summary>Starts this program in another role, in this thread's namespace.</summary>
    internal Process StartChild(string phase, string tag)
    {
        // As a tool it is its own host; as a library of tests it is started through the runtime.
        string assembly = Path.Combine(AppContext.BaseDirectory, "Nectar.Faults.dll");
        ProcessStartInfo start = new("dotnet", ["exec", assembly, "child", phase, tag, Device, Cgroup]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Cgroup);
        }
        catch (IOException)
        {
            // a program that the kernel still lets go of; the directory is empty and named after this process
        }
    }

    private static void Ip(string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ip", arguments.Split(' ')) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"ip {arguments}: {error}");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);
}
