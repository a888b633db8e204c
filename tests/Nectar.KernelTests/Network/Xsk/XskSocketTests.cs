// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Network.Xsk;

namespace Nectar.KernelTests.Network.Xsk;

public sealed class XskSocketTests
{
    private static readonly XskOptions s_small = new() { ReceiveRingSize = 64, TransmitRingSize = 64, FillRingSize = 64, CompletionRingSize = 64 };

    [NetworkFact]
    public void Receive_ShowsEachPacket_ManyTimesAroundTheRings()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            using XskUmem memory = XskUmem.Create(128);
            using XskSocket socket = XskSocket.Open(memory, "v1", 0, s_small);
            using XskRedirect redirect = XskRedirect.Attach("v1");
            redirect.Add(socket);
            int received = 0, hellos = 0;
            XskPacketHandler handler = packet =>
            {
                received++;
                if (packet.EndsWith("hello"u8)) hellos++;
            };
            for (int round = 0; round < 40; round++)
            {
                Traffic.Send("10.9.0.2", count: 20);
                while (hellos < 20 * (round + 1) && socket.Wait(2000)) socket.Receive(handler);
            }

            Assert.Equal(800, hellos);
            Assert.Equal(default, socket.GetStatistics() with { FillRingEmpty = 0, TransmitRingEmpty = 0 });
            Assert.Equal(128 - 64, memory.FreeFrames);
        });
    }

    [NetworkFact]
    public void Send_LeavesByTheInterface_AndEachFrameComesBack()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            using XskUmem memory = XskUmem.Create(256);
            using XskSocket sender = XskSocket.Open(memory, "v0", 0, s_small with { ReceiveRingSize = 0 });
            using XskUmem other = XskUmem.Create(256);
            using XskSocket receiver = XskSocket.Open(other, "v1", 0, s_small);
            using XskRedirect redirect = XskRedirect.Attach("v1");
            redirect.Add(receiver);
            List<string> seen = [];
            for (int i = 0; i < 300; i++)
            {
                byte[] frame = new byte[64];
                // to v1, from nobody, an ethertype of no protocol
                Convert.FromHexString("020000000002020000000009BEEF").CopyTo(frame, 0);
                Encoding.ASCII.GetBytes($"packet {i}").CopyTo(frame, 14);
                while (!sender.TrySend(frame)) sender.Flush();
                sender.Flush();
                receiver.Wait(200);
                receiver.Receive(packet =>
                {
                    if (packet[12] == 0xBE) seen.Add(Encoding.ASCII.GetString(packet[14..]).TrimEnd('\0'));
                });
            }

            Assert.Equal(Enumerable.Range(0, 300).Select(i => $"packet {i}"), seen);
            Assert.True(SpinWait.SpinUntil(() =>
            {
                sender.Flush();
                return memory.FreeFrames == 256;
            }, 2000));
            Assert.Throws<InvalidOperationException>(() => sender.Take(new XskDescriptor[1]));
        });
    }

    [NetworkFact]
    public void Forward_SharedMemory_PassesFramesWithoutACopy()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.AddPair("w0", "w1");
        space.Run(() =>
        {
            using XskUmem memory = XskUmem.Create(512);
            using XskSocket from = XskSocket.Open(memory, "v1", 0, s_small), to = XskSocket.Open(memory, "w0", 0, s_small);
            using XskRedirect redirect = XskRedirect.Attach("v1");
            redirect.Add(from);
            using CountingProgram arriving = new(Bpf.Objects.ProgramType.Xdp, 2, Bpf.Objects.AttachType.Xdp);
            using Nectar.Linux.Links.BpfLink link = Xdp.Attach(arriving.Program, "w1");
            Traffic.Send("10.9.0.2", count: 10);
            XskDescriptor[] descriptors = new XskDescriptor[64];
            ulong forwarded = 0;
            while (forwarded < 10 && from.Wait(2000))
            {
                int count = from.Take(descriptors);
                Assert.Equal(count, to.Queued(descriptors.AsSpan(0, count)));
                forwarded += (ulong)count;
                to.Flush();
            }

            Assert.True(arriving.RanSince(9));
        });
    }

    [NetworkFact]
    public void SharedQueue_TwoSockets_UseTheSameRings()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            using XskUmem memory = XskUmem.Create(256);
            XskSocket first = XskSocket.Open(memory, "v1", 0, s_small), second = XskSocket.Open(memory, "v1", 0, s_small);
            using XskRedirect redirect = XskRedirect.Attach("v1");
            redirect.Add(second);
            first.Dispose();
            Traffic.Send("10.9.0.2", count: 5);
            int received = 0;
            while (received < 5 && second.Wait(2000)) received += second.Receive(_ => { });
            Assert.True(received >= 5);
            second.Dispose();
            second.Dispose();
            Assert.Equal(256, memory.FreeFrames);
            // The memory can be used again by sockets that come later.
            using XskSocket third = XskSocket.Open(memory, "v1", 0, s_small);
            Assert.False(third.IsZeroCopy);
        });
    }

    [NetworkFact(Kernel = "6.6")]
    public void MultiBuffer_LongPackets_ArriveInPieces()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Ip("link set v0 mtu 9000");
        space.Ip("link set v1 mtu 9000");
        space.Run(() =>
        {
            using XskUmem memory = XskUmem.Create(256);
            using XskSocket socket = XskSocket.Open(memory, "v1", 0, s_small with { MultiBuffer = true });
            using XskRedirect redirect = XskRedirect.Attach("v1");
            redirect.Add(socket);
            byte[] data = new byte[7000];
            for (int i = 0; i < data.Length; i++) data[i] = (byte)(i * 7);
            using System.Net.Sockets.Socket sender = new(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
            sender.SendTo(data, new System.Net.IPEndPoint(System.Net.IPAddress.Parse("10.9.0.2"), 9));
            XskDescriptor[] descriptors = new XskDescriptor[64];
            byte[] packet = [];
            while (packet.Length < data.Length && socket.Wait(2000))
            {
                int count = socket.Take(descriptors);
                for (int i = 0; i < count; i++)
                {
                    packet = [.. packet, .. memory[descriptors[i]]];
                    if (descriptors[i].Continues) continue;
                    if (packet.Length >= data.Length) Assert.True(i > 0);
                    else packet = []; // some other packet of the interface
                }

                socket.GiveBack(descriptors.AsSpan(0, count).ToArray().Select(d => d.Address).ToArray());
            }

            Assert.Equal(data, packet[^data.Length..]);
        });
    }

    [NetworkFact]
    public void Receive_DoesNotAllocate()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            using XskUmem memory = XskUmem.Create(4096);
            using XskSocket socket = XskSocket.Open(memory, "v1");
            using XskRedirect redirect = XskRedirect.Attach("v1");
            redirect.Add(socket);
            long bytes = 0;
            XskPacketHandler handler = packet => bytes += packet.Length;
            Traffic.Send("10.9.0.2", count: 100);
            while (socket.Wait(100)) socket.Receive(handler);
            Traffic.Send("10.9.0.2", count: 1000);
            long before = GC.GetAllocatedBytesForCurrentThread(), seen = bytes;
            while (socket.Wait(100)) socket.Receive(handler);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(bytes - seen >= 1000 * 47);
        });
    }

    [NetworkFact]
    public void Interface_RemovedWhileOpen_SaysSoAndDisposesQuietly()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            XskUmem memory = XskUmem.Create(256);
            XskSocket socket = XskSocket.Open(memory, "v1", 0, s_small);
            XskRedirect redirect = XskRedirect.Attach("v1");
            redirect.Add(socket);
            Nectar.Tests.Support.TestEnvironment.Run("/usr/sbin/ip", "link", "del", "v0");
            KernelException gone = Assert.Throws<KernelException>(() =>
            {
                for (int i = 0; i < 100; i++) socket.Wait(i < 99 ? 20 : -1);
            });
            Assert.Contains(gone.Errno, new[] { Errno.ENETDOWN, Errno.ENXIO });
            Assert.False(redirect.Link.IsAttached);
            memory.Dispose();
            redirect.Dispose();
            socket.Dispose();
            Assert.Throws<ObjectDisposedException>(() => socket.Take(new XskDescriptor[1]));
            Assert.Throws<ArgumentOutOfRangeException>(() => memory[new XskDescriptor(0, 1)].Length);
        });
    }

    [NetworkFact]
    public void Open_WhatCannotBe_SaysWhat()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            using XskUmem memory = XskUmem.Create(256), other = XskUmem.Create(256);
            Assert.Contains("zero copy", Assert.Throws<KernelException>(() => XskSocket.Open(memory, "v1", 0, s_small with { Mode = XskMode.ZeroCopy })).Message, StringComparison.Ordinal);
            Assert.Contains("NEC4211", Assert.Throws<KernelException>(() => XskSocket.Open(memory, "v1", 77, s_small)).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => XskSocket.Open(memory, "v1", 0, s_small with { ReceiveRingSize = 100 }));
            Assert.Throws<ArgumentOutOfRangeException>(() => XskUmem.Create(16, 1000));
            Assert.Throws<ArgumentOutOfRangeException>(() => memory[new XskDescriptor(256 * 2048 - 1, 2)].Length);
            using XskSocket first = XskSocket.Open(memory, "v1", 0, s_small);
            Assert.Equal(Errno.EBUSY, Assert.Throws<KernelException>(() => XskSocket.Open(other, "v1", 0, s_small)).Errno);
            Assert.Equal(256, other.FreeFrames);
        });
    }
}
