// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.GuestTests.Harness;

/// <summary>The program as PID 1 of a guest: mounts, loads modules, runs the tests, switches off. It never returns to the kernel.</summary>
internal static unsafe class Guest
{
    private const string Port = "/dev/ttyS1"; // the kernel's own messages go to ttyS0, so that they cannot cut a line of ours

    private const string ModuleOrder = "/modules/order"; // no other system has it

    /// <summary>True in a guest, also for a child or from its shell.</summary>
    internal static bool IsGuest { get; } = File.Exists(ModuleOrder);

    /// <summary>True for the first process of a guest.</summary>
    internal static bool IsInit => IsGuest && Environment.ProcessId == 1;

    internal static int Run(IReadOnlyList<GuestTest> all)
    {
        try
        {
            MountAll();
            string parameters = File.ReadAllText("/proc/cmdline");
            if (Parameter(parameters, "nectar.shell") is not null) StartShell();
            RaiseLoopback();
            using Port port = new(Port);
            List<string> problems = LoadModules();
            IReadOnlyList<GuestTest> tests = Registry.Matching(all, Parameter(parameters, "nectar.filter"));
            port.Write(new Frame(FrameKind.Plan, tests.Count, "", File.ReadAllText("/proc/sys/kernel/osrelease").Trim()));
            foreach (string problem in problems) port.Write(new Frame(FrameKind.Note, 0, "", problem));
            Runner.Run(tests, port.Write);
            port.Write(new Frame(FrameKind.End, 0, "", ""));
        }
        catch (Exception problem)
        {
            Console.WriteLine(problem);
        }

        Console.Out.Flush();
        SwitchOff();
        return 1; // not reached: a PID 1 that ends is a kernel panic, which ends the machine as well
    }

    private static void MountAll()
    {
        (string Type, string Target)[] mounts =
        [
            ("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev"), ("tmpfs", "/tmp"), ("tmpfs", "/run"), ("securityfs", "/sys/kernel/security"), ("debugfs", "/sys/kernel/debug"),
            ("tracefs", "/sys/kernel/tracing"), ("bpf", "/sys/fs/bpf"), ("cgroup2", "/sys/fs/cgroup"),
        ];
        foreach ((string type, string target) in mounts)
        {
            Directory.CreateDirectory(target);
            if (Libc.Mount(type, target, type, 0, null) != 0) Console.WriteLine($"init: mount {target}: {Libc.LastErrno}");
        }
    }

    private static List<string> LoadModules()
    {
        const long finitModule = 313;
        List<string> problems = [];
        byte* none = stackalloc byte[1];
        none[0] = 0;
        foreach (string name in File.ReadAllLines(ModuleOrder))
        {
            using KernelHandle file = new(Libc.Open($"/modules/{name}.ko", Libc.OReadOnly | Libc.OCloseOnExec));
            if (Libc.Syscall(finitModule, file.Fd, (nint)none) != 0 && Libc.LastErrno != Errno.EEXIST) problems.Add($"module {name}: {Libc.LastErrno}");
        }

        return problems;
    }

    /// <summary>As <c>ip link set lo up</c>.</summary>
    private static void RaiseLoopback()
    {
        const ulong setFlags = 0x8914;
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        byte* request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        "lo"u8.CopyTo(new Span<byte>(request, 16));
        *(short*)(request + 16) = 0x1 | 0x40; // IFF_UP, IFF_RUNNING
        if (Libc.Ioctl((int)socket.Handle, setFlags, (nint)request) != 0) Console.WriteLine($"init: lo: {Libc.LastErrno}");
    }

    /// <summary>Value of a word of the kernel's command line; empty if it has none; null if it is not there.</summary>
    private static string? Parameter(string line, string name)
    {
        foreach (string word in line.Trim().Split(' '))
        {
            if (word == name) return "";
            if (word.StartsWith(name + "=", StringComparison.Ordinal)) return word[(name.Length + 1)..];
        }

        return null;
    }

    /// <summary>Becomes a shell on the console; <c>/init-tests [FILTER]</c> runs tests from there.</summary>
    private static void StartShell()
    {
        List<string> problems = LoadModules();
        foreach (string problem in problems) Console.WriteLine(problem);
        RaiseLoopback();
        byte[] path = Encoding.UTF8.GetBytes("/bin/busybox\0"), first = Encoding.UTF8.GetBytes("sh\0"), variable = Encoding.UTF8.GetBytes("PATH=/bin\0");
        fixed (byte* file = path, name = first, environment = variable)
        {
            byte** arguments = stackalloc byte*[2] { name, null };
            byte** variables = stackalloc byte*[2] { environment, null };
            const long execve = 59;
            Libc.Syscall(execve, (nint)file, (nint)arguments, (nint)variables);
            Console.WriteLine($"init: /bin/busybox: {Libc.LastErrno}");
        }
    }

    private static void SwitchOff()
    {
        const long reboot = 169;
        Thread.Sleep(50);
        // -no-reboot of QEMU makes this the end of the process.
        Libc.Syscall(reboot, unchecked((nint)0xfee1dead), 672274793, 0x1234567);
        Thread.Sleep(Timeout.Infinite);
    }
}

/// <summary>The serial port that carries the frames.</summary>
internal sealed unsafe class Port(string path) : IDisposable
{
    private readonly KernelHandle _file = new(Libc.Open(path, Libc.OReadWrite | Libc.OCloseOnExec | 0x100 /* O_NOCTTY */));
    private int _sequence;

    internal void Write(Frame frame)
    {
        byte[] line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n{frame.Write(_sequence++)}\n"));
        fixed (byte* bytes = line)
        {
            for (int sent = 0; sent < line.Length;)
            {
                nint count = Libc.Write(_file.Fd, bytes + sent, (nuint)(line.Length - sent));
                if (count > 0) sent += (int)count;
                else if (Libc.LastErrno is not (Errno.EINTR or Errno.EAGAIN)) return;
            }
        }
    }

    public void Dispose()
    {
        const ulong drain = 0x5409; // TCSBRK with an argument: wait until everything is sent
        Libc.Ioctl(_file.Fd, drain, 1);
        _file.Dispose();
    }
}
