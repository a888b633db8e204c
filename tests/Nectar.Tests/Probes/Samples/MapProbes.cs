// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace TestProbes;

using Nectar.Probes; // here, it goes before what a whole project uses

public struct Timed
{
    public bpf_timer Timer;
    public bpf_spin_lock Lock;
    public uint Fired;
}

/// <summary>One map of each kind, used through methods that tests call on the CLR.</summary>
public sealed unsafe class AllMaps : Probe
{
    public readonly HashMap<uint, Timed> Hash = new(16);
    public readonly LruHashMap<uint, ulong> Lru = new(64);
    public readonly PerCpuHashMap<uint, ulong> PerCpu = new(16);
    public readonly ArrayMap<ulong> Array = new(8);
    public readonly QueueMap<uint> Queue = new(2);
    public readonly StackMap<uint> Stack = new(2);
    public readonly BloomFilter<ulong> Bloom = new(100);
    public readonly LpmTrie<LpmKey<BigEndian32>, uint> Routes = new(16);
    public readonly TaskStorage<ulong> Tasks = new();
    public readonly DevMap Devices = new(4);
    public readonly ArrayOfMaps<HashMap<uint, ulong>> Inner = new(4, new HashMap<uint, ulong>(8));
    public readonly HashOfMaps<uint, ArrayMap<ulong>> Named = new(4, new ArrayMap<ulong>(2));
    public readonly ProgramArray Jumps = new(2);
    private readonly PerCpuArray<uint> _scratch = new(1);

    public long StartTimer(uint key)
    {
        Hash.Set(key, default);
        if (!Hash.TryFind(key, out Ref<Timed> entry)) return -1;
        long result = Bpf.TimerInit(ref entry.Value.Timer, Hash);
        if (result != 0) return result;
        Bpf.TimerSetCallback(ref entry.Value.Timer, static (void* map, in uint k, ref Timed value) =>
        {
            Bpf.SpinLock(ref value.Lock);
            value.Fired += k;
            Bpf.SpinUnlock(ref value.Lock);
            return 0;
        });
        return Bpf.TimerStart(ref entry.Value.Timer, 1000);
    }

    public uint Scratch(uint value)
    {
        if (!_scratch.TryFind(0, out Ref<uint> slot)) return 0;
        slot.Value += value;
        return slot.Value;
    }

    public ulong Sum()
    {
        ulong sum = 0;
        Lru.ForEach(static (Map map, in uint key, ref ulong value, ref ulong total) =>
        {
            total += key * value;
            return LoopControl.Continue;
        }, ref sum);
        return sum;
    }

    public ulong InInner(uint index, uint key) => Inner.TryFind(index, out InnerMap inner) && inner.Find<uint, ulong>(key) is { IsNull: false } value ? value.Value : 0;
}
