// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Bpf.Objects;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;

namespace Nectar.GuestTests.Tests;

/// <summary>Security hooks that say no.</summary>
internal static class SecurityTests
{
    internal static readonly GuestTest[] All =
    [
        new("lsm/refuses", Refuses, Needs.Root, Needs.BpfLsm),
        new("lsm/refuses_by_file_name", RefusesFile, Needs.Root, Needs.BpfLsm, Needs.Fixture("security")),
        new("lsm/sleepable", Sleepable, Needs.Root, Needs.BpfLsm, Needs.Fixture("security")),
        new("lsm/unknown_hook", UnknownHook, Needs.Root, Needs.BpfLsm),
        new("lsm_cgroup/refuses_in_one_cgroup", RefusesInCgroup, Needs.Root, Needs.BpfLsm, Needs.Fixture("security"), Needs.Kernel(6, 0, "lsm_cgroup")),
    ];

    private static void Refuses()
    {
        using Probe probe = Probe.Load("lsm/task_getsid", verdict: -1);
        using (Trampolines.Attach(probe.Program)) Check.Equal(-1, Native.GetSid(Environment.ProcessId));
        Check.Equal(1ul, probe.Hits);
        Check.True(Native.GetSid(Environment.ProcessId) >= 0);
    }

    private static KernelObject Load(params string[] programs)
    {
        BpfObject source = Fixtures.Read("security");
        source.Globals["pid"].Set((uint)Environment.ProcessId);
        return KernelObject.Load(source, new KernelLoadOptions { Programs = programs });
    }

    private static void RefusesFile()
    {
        string folder = Directory.CreateTempSubdirectory("nectar").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "forbidden"), "x");
            File.WriteAllText(Path.Combine(folder, "allowed"), "y");
            using KernelObject loaded = Load("on_open");
            using (Trampolines.Attach(loaded.Programs["on_open"]))
            {
                Check.Equal("y", File.ReadAllText(Path.Combine(folder, "allowed")));
                Check.Throws<UnauthorizedAccessException>(() => File.ReadAllText(Path.Combine(folder, "forbidden")));
            }

            Check.AtLeast(1, loaded.Get<ulong>("refused"));
            Check.AtLeast(2, loaded.Get<ulong>("opened"));
            Check.Equal("x", File.ReadAllText(Path.Combine(folder, "forbidden")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Sleepable()
    {
        string path = Path.Combine(Path.GetTempPath(), "forbidden");
        using KernelObject loaded = Load("on_open_sleeping");
        using BpfLink link = Trampolines.Attach(loaded.Programs["on_open_sleeping"]);
        File.WriteAllText(path, "x");
        File.Delete(path);
        Check.AtLeast(1, loaded.Get<ulong>("slept"));
    }

    private static void UnknownHook()
    {
        Bpf.Diagnostics.KernelException refused = Check.Throws<Bpf.Diagnostics.KernelException>(() => Probe.Load("lsm/task_getsidd").Dispose());
        Check.Contains("task_getsidd", refused.Message);
        Check.Contains("'task_getsid'", KprobeMultiTests.Text(refused));
    }

    private static void RefusesInCgroup()
    {
        using ChildCgroup cgroup = ChildCgroup.Create();
        using KernelObject loaded = Load("on_bind");
        using BpfLink link = Trampolines.AttachToCgroup(loaded.Programs["on_bind"], cgroup.Path);
        Bind(); // outside of the cgroup
        Check.Equal(0, loaded.Get<int>("bound"));
        using (cgroup.Enter())
        {
            SocketException refused = Check.Throws<SocketException>(Bind);
            Check.Equal(SocketError.AccessDenied, refused.SocketErrorCode);
        }

        Check.Equal(1, loaded.Get<int>("bound"));
    }

    private static void Bind()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }
}
