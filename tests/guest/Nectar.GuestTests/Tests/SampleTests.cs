// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Events;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;

namespace Nectar.GuestTests.Tests;

/// <summary>The samples in C#, each doing its work: what our compiler made of them is loaded, attached and given something to see.</summary>
internal static class SampleTests
{
    internal static readonly GuestTest[] All =
    [
        new("sample/all_are_accepted", Accepted, Needs.Root, Needs.Trampolines, Needs.BpfLsm, Needs.Fixture("BlockHttp")),
        new("sample/block_http", BlockHttp, Needs.Root, Needs.Fixture("BlockHttp")),
        new("sample/drop_tcp", DropTcp, Needs.Root, Needs.Fixture("DropTcp")),
        new("sample/port_forward", PortForward, Needs.Root, Needs.Fixture("PortForward")),
        new("sample/dns_answers", DnsAnswers, Needs.Root, Needs.Fixture("DnsAnswers")),
        new("sample/exec_snoop", ExecSnoop, Needs.Root, Needs.Fixture("ExecSnoop")),
        new("sample/syscall_counter", SyscallCounter, Needs.Root, Needs.Fixture("SyscallCounter")),
        new("sample/tcp_connections", TcpConnections, Needs.Root, Needs.Fixture("TcpConnections")),
        new("sample/read_latency", ReadLatency, Needs.Root, Needs.Trampolines, Needs.Fixture("ReadLatency")),
        new("sample/deny_open", DenyOpen, Needs.Root, Needs.BpfLsm, Needs.Fixture("DenyOpen")),
        new("sample/ssl_write", SslWrite, Needs.Root, OpenSsl.Missing, Needs.Fixture("SslWrite")),
    ];

    private static readonly Dictionary<string, string> s_loopback = new() { ["Filter"] = "lo:generic", ["Watch"] = "lo:generic", ["Classify"] = "lo", ["Rewrite"] = "lo:egress" };

    private static void Accepted()
    {
        foreach (string name in new[] { "BlockHttp", "DenyOpen", "DnsAnswers", "DropTcp", "ExecSnoop", "PortForward", "ReadLatency", "SslWrite", "SyscallCounter", "TcpConnections" })
        {
            KernelObject.Load(Fixtures.Read(name)).Dispose();
        }
    }

    private static void BlockHttp()
    {
        using KernelObject loaded = Attach("BlockHttp");
        using Connection connection = new();
        connection.Send("HTTP/1.0 200 OK\r\n\r\n");
        Check.Equal("HTTP/1.0 200 OK\r\n\r\n", connection.Receive(5000));
        connection.Send("HTTP/1.1 200 OK\r\n\r\n");
        byte[] report = Event(loaded, record => BinaryPrimitives.ReadUInt16LittleEndian(record[8..]) == connection.Port);
        Check.Equal(0x7f000001u, BinaryPrimitives.ReadUInt32LittleEndian(report));
        Check.Equal("", connection.Receive(100));
    }

    private static void DropTcp()
    {
        using KernelObject loaded = Attach("DropTcp");
        using Connection connection = new();
        connection.Send("first");
        Check.Equal("first", connection.Receive(5000));
        Check.Equal(Errno.None, loaded.Maps["Ports"].Update(BitConverter.GetBytes((ushort)connection.ClientPort), [1]));
        connection.Send("second");
        Check.Equal("", connection.Receive(100));
        Check.AtLeast(1, Sum(loaded.Maps["Verdicts"], 1));
        Check.AtLeast(1, Sum(loaded.Maps["Verdicts"], 0));
    }

    private static void PortForward()
    {
        using Socket receiver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)receiver.LocalEndPoint!).Port;
        using KernelObject loaded = Attach("PortForward");
        Check.Equal(Errno.None, loaded.Maps["Forwards"].Update([127, 0, 0, 1, 0, 9, 0, 0], [127, 0, 0, 1, (byte)(port >> 8), (byte)port, 0, 0]));
        using Socket sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.SendTo("over there"u8, new IPEndPoint(IPAddress.Loopback, 9));
        byte[] text = new byte[64];
        Check.Equal("over there", Encoding.ASCII.GetString(text, 0, receiver.Receive(text)));
    }

    private static void DnsAnswers()
    {
        using KernelObject loaded = Attach("DnsAnswers");
        using Socket server = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), client = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 53));
        client.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        byte[] answer =
        [
            0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. "\u0006nectar\u0004test\0"u8, 0, 1, 0, 1, // one question, one answer
            0xc0, 12, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4, 10, 1, 2, 3,
        ];
        server.SendTo(answer, client.LocalEndPoint!);
        byte[] report = Event(loaded, record => BinaryPrimitives.ReadUInt16LittleEndian(record[16..]) == 0x1234);
        Check.Equal(0x0a010203u, BinaryPrimitives.ReadUInt32LittleEndian(report.AsSpan(8)));
        Check.Equal(3600u, BinaryPrimitives.ReadUInt32LittleEndian(report.AsSpan(12)));
        Check.Equal("\u0006nectar\u0004test", Text(report.AsSpan(20)));
    }

    private static void ExecSnoop()
    {
        using KernelObject loaded = Attach("ExecSnoop");
        uint started;
        using (Process child = ChildRoles.Start("exit", "0"))
        {
            started = (uint)child.Id;
            child.WaitForExit();
        }

        byte[] report = Event(loaded, record => BinaryPrimitives.ReadUInt32LittleEndian(record) == started && BinaryPrimitives.ReadInt32LittleEndian(record[12..]) == 0);
        Check.Equal((uint)Environment.ProcessId, BinaryPrimitives.ReadUInt32LittleEndian(report.AsSpan(4)));
        Check.Equal(Environment.ProcessPath, Text(report.AsSpan(32)));
    }

    private static void SyscallCounter()
    {
        const uint getsid = 124;
        using KernelObject loaded = Attach("SyscallCounter");
        for (int i = 0; i < 100; i++) Native.GetSid(KprobeTests.NoSuchProcess);
        byte[] key = new byte[8], count = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(key, (uint)Environment.ProcessId);
        BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(4), getsid);
        Check.Equal(Errno.None, loaded.Maps["Counts"].Lookup(key, count));
        Check.Equal(100ul, BinaryPrimitives.ReadUInt64LittleEndian(count));
    }

    private static void TcpConnections()
    {
        using KernelObject loaded = Attach("TcpConnections");
        int port;
        using (Connection connection = new())
        {
            port = connection.Port;
            Thread.Sleep(20);
            connection.End();
        }

        byte[] report = Event(loaded, record => BinaryPrimitives.ReadUInt16LittleEndian(record[8..]) == port || BinaryPrimitives.ReadUInt16LittleEndian(record[10..]) == port);
        Check.Equal(0x0100007fu, BinaryPrimitives.ReadUInt32LittleEndian(report));
        Check.AtLeast(20_000, BinaryPrimitives.ReadUInt32LittleEndian(report.AsSpan(12)));
    }

    private static void ReadLatency()
    {
        using KernelObject loaded = Attach("ReadLatency");
        for (int i = 0; i < 50; i++) _ = File.ReadAllText("/proc/self/comm");
        ulong total = 0;
        for (uint slot = 0; slot < 64; slot++) total += Sum(loaded.Maps["Microseconds_slots"], slot);
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
            using (KernelObject loaded = KernelObject.Load(Fixtures.Read("DenyOpen")))
            {
                byte[] name = new byte[64];
                Encoding.ASCII.GetBytes("secret.txt", name);
                Check.Equal(Errno.None, loaded.Maps["Denied"].Update(name, BitConverter.GetBytes(uint.MaxValue)));
                loaded.AttachAll();
                Check.Equal("y", File.ReadAllText(other));
                Check.Throws<UnauthorizedAccessException>(() => File.ReadAllText(secret));
                Check.Equal(Errno.None, loaded.Maps["Denied"].Update(name, BitConverter.GetBytes(4242u))); // another user alone
                Check.Equal("x", File.ReadAllText(secret));
            }

            Check.Equal("x", File.ReadAllText(secret));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void SslWrite()
    {
        BpfObject source = Fixtures.Read("SslWrite");
        source.Globals["TargetPid"].Set((uint)Environment.ProcessId);
        using KernelObject loaded = KernelObject.Load(source);
        loaded.AttachAll();
        OpenSsl.Converse("the plain text");
        byte[] report = Event(loaded, record => Text(record[32..]).StartsWith("the plain text", StringComparison.Ordinal));
        Check.Equal((uint)Environment.ProcessId, BinaryPrimitives.ReadUInt32LittleEndian(report.AsSpan(8)));
        Check.Equal(14u, BinaryPrimitives.ReadUInt32LittleEndian(report.AsSpan(12)));
    }

    private static KernelObject Attach(string name)
    {
        BpfObject source = Fixtures.Read(name);
        KernelObject loaded = KernelObject.Load(source);
        try
        {
            loaded.AttachAll(source.Programs.Where(program => s_loopback.ContainsKey(program.Name)).ToDictionary(program => program.Name, program => s_loopback[program.Name]));
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>The first record of the ring <c>Events</c> that is looked for.</summary>
    private static byte[] Event(KernelObject loaded, RecordFilter isIt)
    {
        byte[]? found = null;
        using RingBufferReader reader = new(loaded.Maps["Events"]);
        Check.Soon(() =>
        {
            reader.Read(record =>
            {
                if (found is null && isIt(record)) found = record.ToArray();
                return true;
            });
            return found is not null;
        });
        return found!;
    }

    private static ulong Sum(KernelMap map, uint index)
    {
        byte[] values = new byte[map.UserValueSize];
        Check.Equal(Errno.None, map.Lookup(BitConverter.GetBytes(index), values));
        ulong sum = 0;
        foreach (ulong value in MemoryMarshal.Cast<byte, ulong>(values)) sum += value;
        return sum;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private delegate bool RecordFilter(ReadOnlySpan<byte> record);
}
