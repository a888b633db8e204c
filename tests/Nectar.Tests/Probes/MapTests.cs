// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;
using TestProbes;
using Xunit;

namespace Nectar.Tests.Probes;

using Bpf = Nectar.Probes.Bpf;

/// <summary>Every kind of map, as programs use it on the CLR and as user space sees it.</summary>
public sealed unsafe class MapTests
{
    [Fact]
    public void Hash_AddsFindsAndRemoves()
    {
        using AllMaps probe = new();
        Assert.True(probe.Lru.TryAdd(1, 10));
        Assert.False(probe.Lru.TryAdd(1, 11));
        Assert.Equal(-17, probe.Lru.Update(1, 12, MapUpdate.NoExist));
        probe.Lru.FindOrAdd(2, 20).Value++;
        Assert.True(probe.Lru.TryFind(2, out Ref<ulong> found));
        Assert.Equal(21ul, found.Value);
        Assert.True(probe.Lru.TryGet(2, out ulong copy) && copy == 21);
        Assert.True(probe.Lru.Remove(1));
        Assert.False(probe.Lru.Remove(1));
        Assert.False(probe.Lru.Find(1) ? true : false);
        Assert.Equal([KeyValuePair.Create(2u, 21ul)], probe.Lru);
    }

    [Fact]
    public void ForEach_VisitsEveryElement()
    {
        using AllMaps probe = new();
        for (uint i = 1; i <= 5; i++) probe.Lru.Set(i, i);
        Assert.Equal(55ul, probe.Sum());
    }

    [Fact]
    public void FullHash_RefusesNewKeys()
    {
        using AllMaps probe = new();
        for (uint i = 0; i < 16; i++) Assert.True(probe.PerCpu.Set(i, i));
        Assert.False(probe.PerCpu.Set(16, 1));
        Assert.True(probe.PerCpu.FindOrAdd(17, 1).IsNull);
    }

    [Fact]
    public void PerCpu_EachProcessorSeesItsOwn()
    {
        using AllMaps probe = new();
        using ManagedContext world = new();
        ManagedContext.Current = world;
        Assert.Equal(3u, probe.Scratch(3));
        Assert.Equal(8u, probe.Scratch(5));
        if (ManagedContext.CpuCount < 2) return; // one processor has nothing to tell apart
        world.Cpu = 1;
        Assert.Equal(1u, probe.Scratch(1));
        world.Cpu = 0;
        Assert.Equal(8u, probe.Scratch(0));
    }

    [Fact]
    public void Array_EndsWhereItEnds()
    {
        using AllMaps probe = new();
        probe.Array[7].Value = 5;
        Assert.True(probe.Array[8].IsNull);
        Assert.False(probe.Array.Set(8, 1));
        Assert.Equal(5ul, probe.Array.View[7]);
    }

    [Fact]
    public void QueueAndStack_KeepTheirOrders()
    {
        using AllMaps probe = new();
        for (uint i = 1; i <= 2; i++) Assert.True(probe.Queue.Push(i) && probe.Stack.Push(i));
        Assert.False(probe.Queue.Push(3));
        Assert.True(probe.Queue.TryPeek(out uint first) && first == 1);
        Assert.True(probe.Queue.TryPop(out uint a) && a == 1);
        Assert.True(probe.Stack.TryPop(out uint b) && b == 2);
        Assert.True(probe.Stack.PushOver(9) && probe.Stack.PushOver(10));
        Assert.True(probe.Stack.TryPop(out uint c) && c == 10);
        Assert.True(probe.Queue.TryPop(out _));
        Assert.False(probe.Queue.TryPop(out uint none) || none != 0);
    }

    [Fact]
    public void Bloom_NeverForgets()
    {
        using AllMaps probe = new();
        for (ulong i = 0; i < 100; i++) probe.Bloom.Add(i * 7919);
        for (ulong i = 0; i < 100; i++) Assert.True(probe.Bloom.MayContain(i * 7919));
        Assert.True(Enumerable.Range(0, 1000).Count(i => probe.Bloom.MayContain((ulong)i + 10_000_000)) < 300);
    }

    [Fact]
    public void Trie_FindsTheLongestPrefix()
    {
        using AllMaps probe = new();
        Assert.True(probe.Routes.Set(new(8, BigEndian32.From(0x0a000000)), 1));
        Assert.True(probe.Routes.Set(new(24, BigEndian32.From(0x0a010200)), 2));
        Assert.True(probe.Routes.TryFind(new(32, BigEndian32.From(0x0a010203)), out Ref<uint> near) && near.Value == 2);
        Assert.True(probe.Routes.TryFind(new(32, BigEndian32.From(0x0a020203)), out Ref<uint> far) && far.Value == 1);
        Assert.False(probe.Routes.TryFind(new(32, BigEndian32.From(0x0b020203)), out _));
        Assert.True(probe.Routes.TryGet(new(32, BigEndian32.From(0x0a010203)), out uint copy) && copy == 2);
    }

    [Fact]
    public void Storage_IsKeptByOwner()
    {
        using AllMaps probe = new();
        ulong one = 0, two = 0;
        Assert.True(probe.Tasks.Find(&one).IsNull);
        probe.Tasks.FindOrAdd(&one).Value = 5;
        Assert.True(probe.Tasks.Find(&two).IsNull);
        Assert.Equal(5ul, probe.Tasks.Find(&one).Value);
        Assert.True(probe.Tasks.Remove(&one));
        Assert.False(probe.Tasks.Remove(&one));
    }

    [Fact]
    public void MapsOfMaps_FindTypedMaps()
    {
        using AllMaps probe = new();
        using HashMap<uint, ulong> inner = new(8);
        using ArrayMap<ulong> named = new(2);
        Assert.Equal(0ul, probe.InInner(1, 5));
        inner.Set(5, 50);
        probe.Inner.Set(1, inner);
        Assert.Equal(50ul, probe.InInner(1, 5));
        probe.Named.Set(77, named);
        Assert.True(probe.Named.TryFind(77, out InnerMap found) && found.Set(1u, 5ul));
        Assert.Equal(5ul, named[1].Value);
        Assert.True(probe.Named.Remove(77));
        Assert.False(probe.Named.TryFind(77, out _));
        using HashMap<uint, ulong> other = new(8);
        using HashMap<ulong, ulong> wrong = new(8);
        probe.Inner.Set(1, other);
        Assert.Equal(0ul, probe.InInner(1, 5));
    }

    [Fact]
    public void Timers_FireWhenTimePasses()
    {
        using AllMaps probe = new();
        ulong now = 100;
        using ManagedContext world = new() { Clock = () => now };
        ManagedContext.Current = world;
        Assert.Equal(0, probe.StartTimer(3));
        Assert.Equal(-16, Bpf.TimerInit(ref probe.Hash.Find(3).Value.Timer, probe.Hash));
        Assert.Equal(0, world.RunTimers());
        now = 1100;
        Assert.Equal(1, world.RunTimers());
        Assert.Equal(0, world.RunTimers());
        Assert.True(probe.Hash.TryGet(3, out Timed value) && value.Fired == 3);
        Assert.Equal(0, Bpf.TimerCancel(ref probe.Hash.Find(3).Value.Timer));
    }

    [Fact]
    public void Redirects_TakeTheirFallback()
    {
        using AllMaps probe = new();
        probe.Devices.Set(1, new DevMapValue { Interface = 9 });
        Assert.Equal(XdpAction.Redirect, probe.Devices.Redirect(1));
        Assert.Equal(XdpAction.Pass, probe.Devices.Redirect(2, (ulong)XdpAction.Pass));
    }

    [Fact]
    public void TailCalls_FallThroughOnTheClr()
    {
        using AllMaps probe = new();
        probe.Jumps.Call(null, 0);
        Assert.Equal(-2, Bpf.TailCall(null, probe.Jumps, 0));
    }

    [Fact]
    public void Atomics_GiveTheValueBefore()
    {
        ulong a = 5;
        uint b = 6;
        int c = -7;
        Assert.Equal((5ul, 7ul), (Bpf.Add(ref a, 2), a));
        Assert.Equal((6u, 2u), (Bpf.And(ref b, 3), b));
        Assert.Equal((2u, 0x12u), (Bpf.Or(ref b, 0x10), b));
        Assert.Equal((-7, -8), (Bpf.Xor(ref c, 1), c));
        Assert.Equal((7ul, 9ul), (Bpf.Exchange(ref a, 9), a));
        Assert.Equal((9ul, 9ul), (Bpf.CompareExchange(ref a, 8, 1), a));
        Assert.Equal((9ul, 1ul), (Bpf.CompareExchange(ref a, 9, 1), a));
    }

    [Fact]
    public void Records_ThatAreNotTheRings_AreRefused()
    {
        ulong local = 0;
        ulong* address = &local;
        ProbeException refused = Assert.Throws<ProbeException>(() => Bpf.RingbufSubmit(address, 0));
        Assert.Equal(ProbeCodes.Arguments, refused.Diagnostics[0].Code);
        ProbeException missing = Assert.Throws<ProbeException>(() => Bpf.SkRelease(null));
        Assert.Equal(ProbeCodes.Helper, missing.Diagnostics[0].Code);
    }
}
