// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// Not below Nectar: there Bpf would be the namespace Nectar.Bpf.
namespace TestProbes;

using Nectar.Probes; // here, it goes before what a whole project uses

#pragma warning disable CS0649 // templates of zeros

public struct HttpEvent
{
    public uint Source, Destination;
    public ushort SourcePort, DestinationPort;
    public uint Length;
    public ulong Head;
}

public sealed class BlockHttp : Probe
{
    public readonly RingBuffer<HttpEvent> Events = new(64 * 1024);

    [Xdp]
    public XdpAction Filter(XdpContext ctx)
    {
        Packet packet = ctx.Packet;
        if (!packet.TryAt(0, out Ref<EthernetHeader> eth) || eth.Value.Type != EtherType.IPv4) return XdpAction.Pass;
        if (!packet.TryAt(14, out Ref<IPv4Header> ip) || ip.Value.Protocol != IPProtocol.Tcp) return XdpAction.Pass;
        uint l4 = 14 + ip.Value.HeaderLength;
        if (!packet.TryAt(l4, out Ref<TcpHeader> tcp) || (ushort)tcp.Value.Destination is not (80 or 8080)) return XdpAction.Pass;
        if (!packet.TryAt(l4 + tcp.Value.HeaderLength, out Ref<ulong> head) || !IsHttp((uint)head.Value)) return XdpAction.Pass;

        using Reservation<HttpEvent> e = Events.Reserve();
        if (e)
        {
            e.Value = new HttpEvent
            {
                Source = ip.Value.Source, Destination = ip.Value.Destination, SourcePort = tcp.Value.Source,
                DestinationPort = tcp.Value.Destination, Length = packet.Length, Head = head.Value,
            };
            e.Submit();
        }

        return XdpAction.Drop;
    }

    private static bool IsHttp(uint word) => word is 0x20544547 or 0x54534f50 or 0x20545550 or 0x44414548 or 0x454c4544;
}

public sealed class DropTcp : Probe
{
    public readonly HashMap<ushort, byte> Ports = new(1024);
    public readonly PerCpuArray<ulong> Verdicts = new(2);

    [Tc]
    public TcAction Classify(SkbContext skb)
    {
        Packet packet = skb.Packet;
        uint l4;
        if (skb.Protocol == EtherType.IPv4 && packet.TryAt(14, out Ref<IPv4Header> ip4) && ip4.Value.Protocol == IPProtocol.Tcp) l4 = 14 + ip4.Value.HeaderLength;
        else if (skb.Protocol == EtherType.IPv6 && packet.TryAt(14, out Ref<IPv6Header> ip6) && ip6.Value.NextHeader == IPProtocol.Tcp) l4 = 14 + 40;
        else return TcAction.Ok;
        if (!packet.TryAt(l4, out Ref<TcpHeader> tcp)) return TcAction.Ok;

        bool drop = Ports.ContainsKey(tcp.Value.Destination);
        if (Verdicts[drop ? 1u : 0u] is { IsNull: false } count) count.Value++;
        return drop ? TcAction.Shot : TcAction.Ok;
    }
}

[KernelType]
public unsafe struct task_struct
{
    public int pid, tgid, prio;
    public task_struct* real_parent;
}

public struct ExecEvent
{
    public uint Pid, ParentPid, Uid;
    public int Result;
    public Comm Comm;
    public Bytes256 Filename;
}

public sealed unsafe class ExecSnoop : Probe
{
    private static readonly ExecEvent s_empty;
    private readonly HashMap<uint, ExecEvent> _running = new(8192);
    public readonly RingBuffer<ExecEvent> Events = new(256 * 1024);

    [Tracepoint("syscalls", "sys_enter_execve")]
    public void Enter(SyscallEnter ctx)
    {
        if (!_running.TryAdd(Bpf.Tid, s_empty) || !_running.TryFind(Bpf.Tid, out Ref<ExecEvent> e)) return;
        e.Value.Pid = Bpf.Pid;
        e.Value.Uid = Bpf.Uid;
        e.Value.ParentPid = (uint)Bpf.GetCurrentTask<task_struct>()->real_parent->tgid;
        Bpf.ProbeReadUserStr(e.Value.Filename, ctx.Pointer(0));
    }

    [Tracepoint("syscalls", "sys_exit_execve")]
    public void Exit(SyscallExit ctx)
    {
        if (!_running.TryFind(Bpf.Tid, out Ref<ExecEvent> e)) return;
        e.Value.Result = (int)ctx.Result;
        Bpf.GetCurrentComm(e.Value.Comm);
        Events.Output(e.Value);
        _running.Remove(Bpf.Tid);
    }
}

public struct SslEvent
{
    public ulong Time;
    public uint Pid, Length;
    public Comm Comm;
    public Bytes512 Data;
}

public sealed unsafe class SslWrite : Probe
{
    [Constant] public uint TargetPid;
    public readonly RingBuffer<SslEvent> Events = new(64 * 1024);

    [Uprobe("libssl.so.3", "SSL_write")]
    public void Write(RegistersContext ctx)
    {
        int count = ctx.Argument<int>(2);
        if (count <= 0 || (TargetPid != 0 && Bpf.Pid != TargetPid)) return;
        using Reservation<SslEvent> e = Events.Reserve();
        if (!e) return;
        ref SslEvent r = ref e.Value;
        r.Time = Bpf.KtimeGetNs();
        r.Pid = Bpf.Pid;
        r.Length = (uint)count;
        Bpf.GetCurrentComm(r.Comm);
        Span<byte> data = r.Data;
        if (Bpf.ProbeReadUser(data[..Math.Min(count, data.Length)], ctx.ArgumentPointer(1))) e.Submit();
    }
}

public readonly record struct SyscallKey(uint Pid, uint Number);

public sealed class SyscallCounter : Probe
{
    public readonly HashMap<SyscallKey, ulong> Counts = new(16384);
    public readonly Histogram Numbers = new(16);
    public ulong Total;

    [RawTracepoint("sys_enter")]
    public void Count(RawTracepointContext ctx)
    {
        uint number = ctx.Argument<uint>(1);
        Ref<ulong> n = Counts.FindOrAdd(new SyscallKey(Bpf.Pid, number), 0);
        if (n) Bpf.Add(ref n.Value, 1);
        Numbers.Add(number);
        Bpf.Add(ref Total, 1);
    }
}

/// <summary>What a program does beside the straight way.</summary>
public sealed unsafe class Oddities : Probe
{
    public readonly RingBuffer<ulong> Events = new(4096);
    public readonly ArrayMap<ulong> Values = new(4);

    [Xdp]
    public XdpAction Overruns(XdpContext ctx)
    {
        using Reservation<ulong> record = Events.Reserve(clear: true);
        if (!record) return XdpAction.Pass;
        Span<byte> bytes = stackalloc byte[4];
        bytes[(int)ctx.Packet.Length] = 1; // 4 bytes and more: out of range
        record.Submit();
        return XdpAction.Pass;
    }

    [Tc]
    public TcAction Divides(SkbContext skb) => (TcAction)(10 / (skb.Length - 14));

    [Xdp]
    public XdpAction Loops(XdpContext ctx)
    {
        ulong sum = 0;
        Bpf.Loop(10, static (uint i, ref ulong total) =>
        {
            total += i;
            return i == 4 ? LoopControl.Break : LoopControl.Continue;
        }, ref sum);
        foreach (int i in Bpf.Range(3)) sum += (ulong)i * 100;
        Values.Set(0, sum);
        Values.Set(9, sum);
        return XdpAction.Tx;
    }

    [Xdp]
    public XdpAction Redirects(XdpContext ctx)
    {
        ctx.AdjustHead(-4);
        ctx.StoreBytes(0, 0x04030201u);
        Bpf.Print($"length {ctx.Packet.Length} {255:x}");
        return (XdpAction)Bpf.Redirect(7);
    }
}
