// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace TestProbes;

using Nectar.Probes; // here, it goes before what a whole project uses

/// <summary>A program for each kind of map: its result says what the map did.</summary>
public sealed unsafe class MapPrograms : Probe
{
    private readonly HashMap<uint, ulong> _hash = new(64);
    private readonly LruHashMap<ulong, Bytes16> _lru = new(64);
    private readonly PerCpuHashMap<uint, uint> _perCpu = new(16);
    private readonly ArrayMap<ulong> _array = new(8);
    private readonly QueueMap<uint> _queue = new(2);
    private readonly StackMap<uint> _stack = new(2);
    private readonly BloomFilter<ulong> _bloom = new(100);
    private readonly LpmTrie<LpmKey<BigEndian32>, uint> _routes = new(16);
    private readonly ArrayMap<Timed> _timers = new(2);
    private readonly ArrayOfMaps<HashMap<uint, ulong>> _inner = new(4, new HashMap<uint, ulong>(8));
    private readonly RingBuffer<ulong> _ring = new(4096);
    private readonly Histogram _sizes = new(16);
    private readonly DevMap _devices = new(4);
    private ulong _runs;

    [Xdp]
    public uint Hashes(XdpContext ctx)
    {
        uint key = ctx.Packet.Length;
        if (!_hash.TryAdd(key, 1) || _hash.TryAdd(key, 2)) return 100;
        Ref<ulong> value = _hash.FindOrAdd(key + 1, 5);
        if (!value) return 101;
        value.Value += 2;
        if (!_hash.TryFind(key + 1, out Ref<ulong> again) || again.Value != 7) return 102;
        if (!_hash.Remove(key) || _hash.ContainsKey(key)) return 103;
        Bytes16 name = default;
        name[3] = 4;
        _lru.Set(1, name);
        if (!_lru.TryFind(1, out Ref<Bytes16> found) || found.Value[3] != 4 || found.Value[4] != 0) return 104;
        _perCpu.Set(3, 9);
        return _perCpu.TryFind(3, out Ref<uint> own) ? own.Value : 105;
    }

    [Xdp]
    public uint Walks(XdpContext ctx)
    {
        _hash.Set(10, 3);
        _hash.Set(20, 4);
        ulong sum = 0;
        long visited = _hash.ForEach(static (Map map, in uint key, ref ulong value, ref ulong total) =>
        {
            total += key * value;
            return LoopControl.Continue;
        }, ref sum);
        return (uint)sum + (uint)visited;
    }

    [Xdp]
    public uint Queues(XdpContext ctx)
    {
        if (!_queue.Push(1) || !_queue.Push(2) || _queue.Push(3)) return 100;
        if (!_stack.Push(1) || !_stack.Push(2)) return 101;
        if (!_queue.TryPeek(out uint first) || first != 1 || !_queue.TryPop(out uint popped) || popped != 1) return 102;
        return _stack.TryPop(out uint top) && _queue.TryPop(out uint last) ? top * 10 + last : 103;
    }

    [Xdp]
    public uint Sets(XdpContext ctx)
    {
        ulong value = 12345;
        if (!_bloom.Add(value)) return 100;
        return _bloom.MayContain(value) ? 1u : 0;
    }

    [Xdp]
    public uint Tries(XdpContext ctx)
    {
        if (!_routes.Set(new LpmKey<BigEndian32>(8, BigEndian32.From(0x0a000000)), 1)) return 100;
        if (!_routes.Set(new LpmKey<BigEndian32>(24, BigEndian32.From(0x0a010200)), 2)) return 101;
        LpmKey<BigEndian32> near = new(32, BigEndian32.From(0x0a010203)), far = new(32, BigEndian32.From(0x0a020203));
        if (!_routes.TryFind(near, out Ref<uint> two) || !_routes.TryFind(far, out Ref<uint> one)) return 102;
        return two.Value * 10 + one.Value;
    }

    [Tc]
    public uint Timers(SkbContext skb)
    {
        if (!_timers.TryFind(1, out Ref<Timed> entry)) return 100;
        long made = Bpf.TimerInit(ref entry.Value.Timer, _timers);
        if (Bpf.TimerSetCallback(ref entry.Value.Timer, static (void* map, in uint key, ref Timed value) =>
        {
            Bpf.SpinLock(ref value.Lock);
            value.Fired += key;
            Bpf.SpinUnlock(ref value.Lock);
            return 0;
        }) != 0) return 101;
        if (Bpf.TimerStart(ref entry.Value.Timer, 3_600_000_000_000) != 0) return 102;
        return (uint)made + (uint)Bpf.TimerCancel(ref entry.Value.Timer) * 10;
    }

    [Xdp]
    public uint Inners(XdpContext ctx) => _inner.TryFind(1, out InnerMap inner) && inner.Find<uint, ulong>(5) is { IsNull: false } value ? (uint)value.Value : 77;

    [Xdp]
    public uint Rings(XdpContext ctx)
    {
        if (!_ring.Output(8)) return 100;
        using Reservation<ulong> record = _ring.Reserve(clear: true);
        if (!record) return 101;
        if (record.Value != 0) return 102;
        if (ctx.Packet.Length < 20) return 103; // discarded
        record.Value = 9;
        record.Submit(RingBufferWakeup.Never);
        return 1;
    }

    [Xdp]
    public uint Globals(XdpContext ctx)
    {
        _sizes.Add(ctx.Packet.Length);
        ulong before = Bpf.Add(ref _runs, 3);
        Ref<ulong> element = _array[2];
        if (!element) return 100;
        return (uint)(before + Bpf.Exchange(ref element.Value, 5) + Bpf.CompareExchange(ref element.Value, 5, 6) + element.Value);
    }

    [Xdp]
    public uint Redirects(XdpContext ctx) => (uint)_devices.Redirect(3, (ulong)XdpAction.Drop);

    [SocketFilter]
    public uint Text(SkbContext skb)
    {
        Span<byte> head = stackalloc byte[8];
        if (skb.LoadBytes(0, head) != 0) return 100;
        if (head.StartsWith("GET "u8)) return 1;
        ReadOnlySpan<byte> other = "PUT "u8;
        return head[..4].SequenceEqual(other) ? 2u : head.IndexOf((byte)'X') >= 0 ? 3u : 4;
    }
}
