// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Maps;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;

namespace Nectar.GuestTests.Tests;

/// <summary>Samples that our compiler made of C#, on hooks that not every kernel has.</summary>
internal static class SampleTests
{
    private static readonly string[] s_loadable = ["BlockHttp", "DnsAnswers", "DropTcp", "ExecSnoop", "PortForward", "SslWrite", "SyscallCounter", "TcpConnections"];

    internal static readonly GuestTest[] All =
    [
        new("sample/accepted", Accepted, Needs.Root, Needs.Fixture("BlockHttp")),
        new("sample/read_latency", ReadLatency, Needs.Root, Needs.Trampolines, Needs.Fixture("ReadLatency")),
        new("sample/deny_open", DenyOpen, Needs.Root, Needs.BpfLsm, Needs.Fixture("DenyOpen")),
    ];

    private static void Accepted()
    {
        foreach (string name in s_loadable) KernelObject.Load(Fixtures.Read(name)).Dispose();
    }

    private static void ReadLatency()
    {
        using KernelObject loaded = KernelObject.Load(Fixtures.Read("ReadLatency"));
        loaded.AttachAll();
        for (int i = 0; i < 50; i++) _ = File.ReadAllText("/proc/self/comm");
        ulong total = 0;
        KernelMap slots = loaded.Maps["Microseconds_slots"];
        byte[] values = new byte[slots.UserValueSize];
        for (uint slot = 0; slot < 64; slot++)
        {
            Check.Equal(Errno.None, slots.Lookup(BitConverter.GetBytes(slot), values));
            for (int i = 0; i < values.Length; i += 8) total += BitConverter.ToUInt64(values, i);
        }

        Check.AtLeast(50, total);
    }

    private static void DenyOpen()
    {
        string folder = Directory.CreateTempSubdirectory("nectar").FullName;
        string secret = Path.Combine(folder, "secret.txt"), other = Path.Combine(folder, "other.txt");
        File.WriteAllText(secret, "x");
        File.WriteAllText(other, "y");
        try
        {
            using KernelObject loaded = KernelObject.Load(Fixtures.Read("DenyOpen"));
            byte[] name = new byte[64];
            Encoding.ASCII.GetBytes("secret.txt", name);
            Check.Equal(Errno.None, loaded.Maps["Denied"].Update(name, BitConverter.GetBytes(uint.MaxValue)));
            loaded.AttachAll();
            Check.Equal("y", File.ReadAllText(other));
            Check.Throws<UnauthorizedAccessException>(() => File.ReadAllText(secret));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
