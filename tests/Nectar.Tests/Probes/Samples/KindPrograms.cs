// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace TestProbes;

using Nectar.Probes; // here, it goes before what a whole project uses

public struct Message
{
    public ulong Cookie;
    public uint Port, Family;
}

/// <summary>Programs of cgroups that need nothing but their context: any engine runs them.</summary>
public sealed class CgroupPrograms : Probe
{
    [CgroupSkb("egress")]
    public CgroupVerdict Egress(SkbContext skb) => skb.TryLoad(9, out byte protocol) && protocol == IPProtocol.Udp ? CgroupVerdict.Deny : CgroupVerdict.Allow;

    [CgroupSock("sock_create")]
    public CgroupVerdict Create(SockContext socket)
    {
        socket.Mark = 7;
        return socket.Type == 3 ? CgroupVerdict.Deny : CgroupVerdict.Allow;
    }

    [CgroupSockAddr("connect4")]
    public CgroupVerdict Connect(SockAddrContext address)
    {
        if (address.UserPort == 81) address.UserPort = BigEndian16.From(80);
        return address.UserIPv4 == 0x7f000002 ? CgroupVerdict.Deny : CgroupVerdict.Allow;
    }

    [CgroupDevice]
    public CgroupVerdict Device(DeviceContext device) => device.Major == 1 && (device.Access & 2) != 0 ? CgroupVerdict.Allow : CgroupVerdict.Deny;
}

/// <summary>A program for each further kind that this kernel loads without a target of its own: contexts and their helpers.</summary>
public sealed unsafe class KindPrograms : Probe
{
    private readonly SockMap _sockets = new(4);
    private readonly SockHash<uint> _peers = new(4);
    private readonly CpuMap _cpus = new(4);
    private readonly XskMap _queues = new(4);
    private readonly SkStorage<ulong> _kept = new();
    private readonly StackTraceMap _stacks = new(64);
    private readonly CgroupArray _groups = new(2);
    private readonly ReuseportSockArray _group = new(4);
    private readonly ProgramArray _next = new(2);
    public readonly PerfEventArray<Message> Messages = new();

    [CgroupSysctl]
    public CgroupVerdict Sysctl(SysctlContext sysctl)
    {
        Bytes32 name = default;
        return sysctl.IsWrite && sysctl.GetName(name) > 4 && name[0] == (byte)'n' ? CgroupVerdict.Deny : CgroupVerdict.Allow;
    }

    [CgroupSockOpt("getsockopt")]
    public CgroupVerdict GetOption(SockOptContext option)
    {
        if (option.Level == 1 && option.Value.TryAt(0, out Ref<byte> first)) first.Value = 1;
        option.Result = 0;
        return CgroupVerdict.Allow;
    }

    [SockOps]
    public int Follow(SockOpsContext operation)
    {
        if (operation.Event == SockOpsEvent.ActiveEstablished) operation.AddTo(_sockets, 0);
        else if (operation.Event == SockOpsEvent.PassiveEstablished) operation.AddTo(_peers, operation.LocalPort);
        operation.Reply = operation.SmoothedRtt;
        return 1;
    }

    [SkMsg]
    public SkAction Send(SkMsgContext message)
    {
        if (message.Data.TryAt(0, out Ref<uint> head) && head.Value == 1) return message.Redirect(_sockets, 0, Bpf.Ingress);
        message.ApplyBytes(4);
        return message.Redirect(_peers, 5u);
    }

    [SkSkb("stream_verdict")]
    public SkAction Receive(SkbContext skb) => _sockets.Redirect(skb, 1);

    [SkLookup]
    public SkAction Look(SkLookupContext lookup)
    {
        if (lookup.LocalPort != 8080) return SkAction.Pass;
        bpf_sock* socket = _sockets.Find(0);
        if (socket == null) return SkAction.Pass;
        long result = lookup.Assign(socket);
        Bpf.SkRelease(socket);
        return result == 0 ? SkAction.Pass : SkAction.Drop;
    }

    [SkReuseport]
    public SkAction Choose(SkReuseportContext group)
    {
        if (!group.Data.TryAt(0, out Ref<UdpHeader> udp)) return SkAction.Drop;
        group.Select(_group, (uint)udp.Value.Source & 3);
        return SkAction.Pass;
    }

    [PerfEvent]
    public void Sample(PerfEventContext sample)
    {
        if (sample.IsUserMode || sample.Period == 0) return;
        long stack = _stacks.Add(sample.Pointer);
        Messages.Output(sample.Pointer, new Message { Cookie = (ulong)stack });
    }

    [RawTracepoint("sched_switch")]
    public void Switch(RawTracepointContext ctx)
    {
        ulong buffer = 0;
        Bpf.GetStack(ctx.Arguments, &buffer, 8, 0);
        Messages.Output(ctx.Arguments, new Message { Cookie = buffer, Port = Bpf.GetSmpProcessorId() });
    }

    [Tc(Direction = "ingress")]
    public TcAction Clone(SkbContext skb)
    {
        bpf_sock_tuple tuple = default;
        tuple.dport = BigEndian16.From(80);
        bpf_sock* found = Bpf.SkLookupTcp(skb.Pointer, &tuple, bpf_sock_tuple.IPv4Size, Bpf.CurrentNetns, 0);
        if (found != null)
        {
            Ref<ulong> kept = _kept.FindOrAdd(found);
            if (kept) kept.Value++;
            Bpf.SkRelease(found);
        }

        bpf_fib_lookup query = new() { family = 2, ifindex = skb.IngressInterface };
        if (Bpf.FibLookup(skb.Pointer, &query, sizeof(bpf_fib_lookup), 0) == 0) return (TcAction)Bpf.Redirect(query.ifindex);
        skb.SetControl(1, skb.GetControl(0) + 1);
        if (_groups.Contains(skb, 0)) return TcAction.Shot;
        _next.Call(skb.Pointer, 0);
        return TcAction.Ok;
    }

    [Xdp]
    public XdpAction Spread(XdpContext ctx)
    {
        bpf_dynptr whole;
        uint copy = 0;
        if (Kfuncs.DynptrFromXdp(ctx.Pointer, 0, &whole) != 0) return XdpAction.Aborted;
        uint* first = (uint*)Kfuncs.DynptrSlice(&whole, 0, &copy, 4);
        if (first != null && *first == 0xffffffff) return _cpus.Redirect(0);
        return _queues.Redirect(ctx.Queue, (ulong)XdpAction.Pass);
    }

    [Syscall]
    public int Ask(Message* message)
    {
        message->Cookie = Bpf.KtimeGetNs();
        message->Port = Bpf.Pid;
        return 5;
    }
}
