// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Maps;

/// <summary>Each type of map through the view that is made for it.</summary>
public sealed class KernelMapTypeTests
{
    private const string PassXdp = "r0 = 2\nexit";

    [BpfTheory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.PerCpuArray)]
    [InlineData(MapType.LruPerCpuHash)]
    public void PerCpu_Values_AreOneForEachProcessor(MapType type)
    {
        using KernelMap map = TestMaps.Create(type, 4, 12, 1024);
        PerCpuMapView<uint, Triple> view = new(map);
        Assert.Equal(TestMaps.CpuCount, view.CpuCount);
        Triple[] values = [.. Enumerable.Range(1, view.CpuCount).Select(i => new Triple(i, -i, i * 10))];
        view.Set(5, values);
        Assert.True(view.TryGet(5, out Triple[]? read));
        Assert.Equal(values, read);
        Assert.Equal(values, view.Single(pair => pair.Key == 5).Value);

        Span<byte> one = stackalloc byte[12];
        Assert.Equal(Errno.None, map.LookupCpu([5, 0, 0, 0], view.CpuCount - 1, one));
        Assert.Equal(view.CpuCount, BitConverter.ToInt32(one));
        Assert.Equal(Errno.ERANGE, map.LookupCpu([5, 0, 0, 0], view.CpuCount, one));
        Assert.Equal(Errno.None, map.UpdateAllCpus([6, 0, 0, 0], one));
        Assert.True(view.TryGet(6, out read));
        Assert.All(read!, value => Assert.Equal(view.CpuCount, value.A));
        // Kernels that know the flag write the one value; others refuse, because what programs count meanwhile would be lost.
        Errno errno = map.UpdateCpu([6, 0, 0, 0], 0, new byte[12]);
        Assert.True(view.TryGet(6, out read));
        Assert.Equal(errno == Errno.None ? 0 : view.CpuCount, read![0].A);
        Assert.True(errno is Errno.None or Errno.EINVAL);
    }

    [BpfFact]
    public void PerCpu_Total_AddsAllProcessors()
    {
        using KernelMap map = TestMaps.Create(MapType.PerCpuArray, 4, 8, 2);
        PerCpuMapView<uint, long> view = new(map);
        view.Set(1, [.. Enumerable.Range(1, view.CpuCount).Select(i => (long)i)]);
        Assert.Equal(view.CpuCount * (view.CpuCount + 1L) / 2, view.Total(1u));
        Assert.Equal(0, view.Total(0u));
    }

    [BpfFact]
    public void Queue_And_Stack_GiveTheirOrder()
    {
        using KernelMap first = TestMaps.Create(MapType.Queue, 0, 8, 3), last = TestMaps.Create(MapType.Stack, 0, 8, 3);
        QueueView<long> queue = new(first), stack = new(last);
        foreach (QueueView<long> view in new[] { queue, stack })
        {
            Assert.False(view.TryPop(out _));
            for (long i = 1; i <= 3; i++) Assert.True(view.TryPush(i));
            Assert.False(view.TryPush(4));
            view.PushOver(4);
        }

        Assert.True(queue.TryPeek(out long value));
        Assert.Equal(2, value);
        Assert.True(queue.TryPop(out value));
        Assert.Equal(2, value);
        Assert.True(stack.TryPop(out value));
        Assert.Equal(4, value);
    }

    [BpfFact]
    public void Bloom_WhatWasAdded_IsFound()
    {
        using KernelMap map = TestMaps.Create(MapType.BloomFilter, 0, 8, 1000);
        BloomFilterView<ulong> view = new(map);
        for (ulong i = 0; i < 500; i++) view.Add(i);
        for (ulong i = 0; i < 500; i++) Assert.True(view.MayContain(i));
        Assert.True(Enumerable.Range(1000, 1000).Count(i => view.MayContain((ulong)i)) < 500);
    }

    [BpfFact]
    public void Lpm_Networks_TheLongestPrefixWins()
    {
        using KernelMap map = TestMaps.Create(MapType.LpmTrie, 8, 4, 16, MapFlags.NoPrealloc), six = TestMaps.Create(MapType.LpmTrie, 20, 4, 16, MapFlags.NoPrealloc);
        LpmTrieView<int> view = new(map);
        view.Set(IPNetwork.Parse("10.0.0.0/8"), 8);
        view.Set(IPNetwork.Parse("10.1.0.0/16"), 16);
        view.Set(IPNetwork.Parse("0.0.0.0/0"), 0);
        Assert.True(view.TryGet(IPAddress.Parse("10.1.2.3"), out int value) && value == 16);
        Assert.True(view.TryGet(IPAddress.Parse("10.2.2.3"), out value) && value == 8);
        Assert.True(view.TryGet(IPNetwork.Parse("10.0.0.0/12"), out value) && value == 8);
        Assert.True(view.TryGet(IPAddress.Parse("1.1.1.1"), out value) && value == 0);
        Assert.Equal(["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16"], view.Select(pair => pair.Key.ToString()).Order());
        Assert.True(view.Remove(IPNetwork.Parse("10.0.0.0/8")));
        Assert.False(view.Remove(IPNetwork.Parse("10.0.0.0/8")));
        Assert.True(view.TryGet(IPAddress.Parse("10.2.2.3"), out value) && value == 0);
        Assert.Throws<ArgumentException>(() => view.TryGet(IPAddress.IPv6Loopback, out _));
        LpmTrieView<int> wide = new(six);
        wide.Set(IPNetwork.Parse("2001:db8::/32"), 32);
        Assert.True(wide.TryGet(IPAddress.Parse("2001:db8::1"), out value) && value == 32);
        Assert.False(wide.TryGet(IPAddress.Parse("2001:db9::1"), out _));
        Assert.Equal("2001:db8::/32", wide.Single().Key.ToString());
    }

    [BpfTheory]
    [InlineData(MapType.ArrayOfMaps)]
    [InlineData(MapType.HashOfMaps)]
    public void InnerMaps_AreCreatedReplacedAndOpened(MapType type)
    {
        MapDefinition inner = new() { Name = "inner", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 4 };
        using KernelMap template = KernelMap.Create(inner);
        using KernelMap outer = KernelMap.Create(new MapDefinition { Name = "outer", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 4, Inner = inner }, new KernelMapOptions { InnerMap = template.Handle });
        InnerMapView<uint> view = new(outer);
        using KernelMap first = view.CreateInner("first"), second = view.CreateInner("second"), misfit = TestMaps.Create(MapType.Hash, 8, 4, 4);
        new MapView<uint, uint>(first)[1] = 11;
        new MapView<uint, uint>(second)[1] = 22;
        Assert.Null(view.TryOpen(2));
        view.Set(2, first);
        using (KernelMap? opened = view.TryOpen(2)) Assert.Equal(11u, new MapView<uint, uint>(opened!)[1]);
        view.Set(2, second);
        using (KernelMap? opened = view.TryOpen(2)) Assert.Equal(22u, new MapView<uint, uint>(opened!)[1]);
        Assert.Equal(Errno.EINVAL, Assert.Throws<MapException>(() => view.Set(2, misfit)).Errno);
        Assert.Equal(second.GetInfo().Id, BitConverter.ToUInt32(outer.Snapshot().Single(e => e.Key[0] == 2).Value));
        Assert.True(view.Remove(2));
        Assert.Null(view.TryOpen(2));
        using KernelMap byId = KernelMap.OpenById(outer.GetInfo().Id);
        Assert.Contains("NEC4064", Assert.Throws<KernelException>(() => new InnerMapView<uint>(byId).CreateInner("x")).Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void ProgramArray_TailCalls_GoToWhatIsSet()
    {
        using KernelMap map = TestMaps.Create(MapType.ProgArray, 4, 4, 2);
        using KernelProgram caller = TestMaps.Load(ProgramType.Xdp, $"r2 = map[fd:{map.Handle.Fd}]\nr3 = 1\ncall bpf_tail_call\nr0 = 7\nexit");
        using KernelProgram one = TestMaps.Load(ProgramType.Xdp, "r0 = 1\nexit"), two = TestMaps.Load(ProgramType.Xdp, "r0 = 2\nexit");
        using KernelProgram other = TestMaps.Load(ProgramType.SocketFilter, "r0 = 0\nexit");
        ProgramArrayView view = new(map);
        Assert.False(view.TryGetId(1, out _));
        Assert.Equal(7u, Run());
        view.Set(1, one);
        Assert.True(view.TryGetId(1, out uint id));
        Assert.Equal(one.GetInfo().Id, id);
        Assert.Equal(1u, Run());
        view.Set(1, two);
        Assert.Equal(2u, Run());
        Assert.Throws<MapException>(() => view.Set(1, other));
        Assert.Throws<MapException>(() => view.Set(9, one));
        Assert.True(view.Clear(1));
        Assert.False(view.Clear(1));
        Assert.Equal(7u, Run());

        uint Run() => caller.TestRun(new TestRunInput { Data = new byte[64] }).ReturnValue;
    }

    [BpfFact]
    public void Sockets_StandInTheirMaps_UntilTheyAreClosed()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using KernelMap sockets = TestMaps.Create(MapType.SockMap, 4, 8, 4), byKey = TestMaps.Create(MapType.SockHash, 8, 8, 4);
        DescriptorMapView<uint> view = new(sockets);
        DescriptorMapView<ulong> hash = new(byKey);
        using (Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            client.Connect(listener.LocalEndPoint!);
            view.Set(1, client.SafeHandle);
            hash.Set(77, client.SafeHandle);
            Assert.True(view.TryGetId(1, out ulong cookie));
            Assert.True(hash.TryGetId(77, out ulong again));
            Assert.NotEqual(0UL, cookie);
            Assert.Equal(cookie, again);
            using KernelHandle file = StorageOwners.OpenFile("/proc/self/exe");
            Assert.Throws<MapException>(() => view.Set(2, file));
        }

        Assert.True(SpinWait.SpinUntil(() => !view.TryGetId(1, out _), 5000));
        Assert.False(view.Remove(1));
        Assert.False(hash.Remove(77));
    }

    [BpfFact]
    public void Reuseport_And_Xsk_TakeTheirSocketsOnly()
    {
        using Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.SetRawSocketOption(1, 15, BitConverter.GetBytes(1)); // SO_REUSEPORT
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using KernelMap group = TestMaps.Create(MapType.ReuseportSockArray, 4, 8, 2), rings = TestMaps.Create(MapType.XskMap, 4, 4, 2);
        DescriptorMapView<uint> view = new(group);
        view.Set(0, udp.SafeHandle);
        Assert.True(view.TryGetId(0, out ulong cookie) && cookie != 0);
        Assert.True(view.Remove(0));
        Assert.Throws<MapException>(() => new DescriptorMapView<uint>(rings).Set(0, udp.SafeHandle));
    }

    [BpfFact]
    public void Cgroups_StandInTheirArray()
    {
        using KernelMap map = TestMaps.Create(MapType.CgroupArray, 4, 4, 2);
        string root = Directory.Exists("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
        DescriptorMapView<uint> view = new(map);
        using (KernelHandle cgroup = StorageOwners.OpenCgroup(root)) view.Set(1, cgroup);
        Assert.True(view.Remove(1));
        Assert.False(view.Remove(1));
        Assert.Contains("NEC4062", Assert.Throws<KernelException>(() => StorageOwners.OpenCgroup(root + "/no such group")).Message, StringComparison.Ordinal);
    }

    [BpfTheory]
    [InlineData(MapType.DevMap, AttachType.XdpDevMap)]
    [InlineData(MapType.DevMapHash, AttachType.XdpDevMap)]
    [InlineData(MapType.CpuMap, AttachType.XdpCpuMap)]
    public void Redirects_WithAProgram_AreSetAndRead(MapType type, AttachType attach)
    {
        using KernelMap map = TestMaps.Create(type, 4, 8, type == MapType.CpuMap ? (uint)TestMaps.CpuCount : 4);
        using KernelProgram program = TestMaps.Load(ProgramType.Xdp, PassXdp, attach), plain = TestMaps.Load(ProgramType.Xdp, PassXdp);
        RedirectMapView view = new(map);
        Assert.False(view.TryGet(0, out _, out _));
        uint target = type == MapType.CpuMap ? 192u : 1u;
        view.Set(0, target);
        Assert.True(view.TryGet(0, out uint read, out uint id));
        Assert.Equal((target, 0u), (read, id));
        view.Set(0, target, program);
        Assert.True(view.TryGet(0, out read, out id));
        Assert.Equal((target, program.GetInfo().Id), (read, id));
        Assert.Throws<MapException>(() => view.Set(0, target, plain));
        if (type != MapType.CpuMap) Assert.Equal(Errno.EINVAL, Assert.Throws<MapException>(() => view.Set(0, 999_999)).Errno);
        Assert.True(view.Remove(0));
        Assert.False(view.TryGet(0, out _, out _));
    }

    [BpfFact]
    public void Stacks_OfAProgram_AreReadByNumber()
    {
        using KernelMap map = TestMaps.Create(MapType.StackTrace, 4, 8 * 20, 64);
        using KernelProgram program = TestMaps.Load(ProgramType.RawTracepoint, $"r2 = map[fd:{map.Handle.Fd}]\nr3 = 0\ncall bpf_get_stackid\nexit");
        int stack = (int)program.TestRun(new TestRunInput { Context = new byte[16] }).ReturnValue;
        Assert.True(stack >= 0, $"bpf_get_stackid gave {stack}");
        StackTraceView view = new(map);
        ulong[] addresses = new ulong[view.MaxDepth];
        Assert.True(view.TryRead(stack, addresses, out int depth));
        Assert.True(depth > 2);
        Assert.All(addresses[..depth], address => Assert.True(address > 0xffff_0000_0000_0000));
        Assert.True(view.Remove(stack));
        Assert.False(view.TryRead(stack, addresses, out _));
        Assert.False(view.TryRead(-14, addresses, out _));
    }

    [BpfFact]
    public void RingBuffer_State_ShowsWhatWaits()
    {
        using KernelMap map = TestMaps.Create(MapType.RingBuf, 0, 0, 4096);
        using KernelProgram program = TestMaps.Load(ProgramType.RawTracepoint, $"*(u64 *)(r10 - 8) = 1\nr1 = map[fd:{map.Handle.Fd}]\nr2 = r10\nr2 += -8\nr3 = 8\nr4 = 0\ncall bpf_ringbuf_output\nexit");
        Assert.Equal(0, RingBufferState.Read(map).Waiting);
        for (int i = 0; i < 3; i++) program.TestRun(new TestRunInput { Context = new byte[16] });
        RingBufferState state = RingBufferState.Read(map);
        Assert.Equal((4096, 48, 0UL), (state.Size, state.Waiting, state.Consumed));
        using KernelMap user = TestMaps.Create(MapType.UserRingBuf, 0, 0, 4096);
        Assert.Equal(0, RingBufferState.Read(user).Waiting);
    }

    [BpfFact]
    public void Views_OverTheWrongMap_SayWhatItIs()
    {
        using KernelMap map = TestMaps.Create(MapType.Hash, 4, 8, 4);
        Assert.Contains("is a Hash, not a queue or a stack", Assert.Throws<LoadException>(() => new QueueView<long>(map)).Message, StringComparison.Ordinal);
        Assert.Contains("its value has 8 bytes, but 'Int32' has 4", Assert.Throws<LoadException>(() => new MapView<uint, int>(map)).Message, StringComparison.Ordinal);
        Assert.Contains("is a Hash", Assert.Throws<LoadException>(() => new ProgramArrayView(map)).Message, StringComparison.Ordinal);
        Assert.Contains("NEC4061", Assert.Throws<KernelException>(() => { map.Map(); }).Message, StringComparison.Ordinal);
        Assert.Contains("NEC4061", Assert.Throws<KernelException>(() => map.MapArena()).Message, StringComparison.Ordinal);
        Assert.Throws<LoadException>(() => RingBufferState.Read(map));
    }

    private readonly record struct Triple(int A, int B, int C);
}
