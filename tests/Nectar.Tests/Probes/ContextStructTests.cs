// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Probes;
using Xunit;

namespace Nectar.Tests.Probes;

/// <summary>Contexts and headers have the layouts that the kernel and the wire have.</summary>
public sealed class ContextStructTests
{
    [Theory]
    [InlineData(typeof(xdp_md), ProgramType.Xdp)]
    [InlineData(typeof(__sk_buff), ProgramType.SchedCls)]
    [InlineData(typeof(bpf_sock_addr), ProgramType.CgroupSockAddr)]
    [InlineData(typeof(bpf_sock), ProgramType.CgroupSock)]
    [InlineData(typeof(bpf_sock_ops), ProgramType.SockOps)]
    [InlineData(typeof(sk_msg_md), ProgramType.SkMsg)]
    [InlineData(typeof(sk_reuseport_md), ProgramType.SkReuseport)]
    [InlineData(typeof(bpf_sk_lookup), ProgramType.SkLookup)]
    [InlineData(typeof(bpf_sysctl), ProgramType.CgroupSysctl)]
    [InlineData(typeof(bpf_sockopt), ProgramType.CgroupSockOpt)]
    [InlineData(typeof(bpf_cgroup_dev_ctx), ProgramType.CgroupDevice)]
    [InlineData(typeof(pt_regs), ProgramType.Kprobe)]
    public void Contexts_HaveTheKernelsOffsets(Type type, ProgramType program)
    {
        ContextLayout layout = ContextLayout.For(program);
        Assert.Equal(type.Name, layout.Name);
        foreach (ContextField field in layout.Fields.Where(f => f.Name is not "pad" && f.Name != "hwtstamp"))
        {
            FieldInfo own = type.GetField(field.Name) ?? throw new InvalidOperationException($"{type.Name} has no {field.Name}");
            Assert.True((int)Marshal.OffsetOf(type, own.Name) == field.Offset, $"{type.Name}.{field.Name} is at {Marshal.OffsetOf(type, own.Name)}, not {field.Offset}");
        }
    }

    [Theory]
    [InlineData(typeof(EthernetHeader), 14)]
    [InlineData(typeof(VlanTag), 4)]
    [InlineData(typeof(ArpHeader), 28)]
    [InlineData(typeof(IPv4Header), 20)]
    [InlineData(typeof(IPv6Header), 40)]
    [InlineData(typeof(TcpHeader), 20)]
    [InlineData(typeof(UdpHeader), 8)]
    [InlineData(typeof(IcmpHeader), 8)]
    [InlineData(typeof(IcmpV6Header), 8)]
    [InlineData(typeof(DnsHeader), 12)]
    [InlineData(typeof(bpf_fib_lookup), 64)]
    [InlineData(typeof(bpf_sock_tuple), 36)]
    [InlineData(typeof(bpf_tunnel_key), 44)]
    [InlineData(typeof(bpf_dynptr), 16)]
    [InlineData(typeof(bpf_timer), 16)]
    [InlineData(typeof(bpf_spin_lock), 4)]
    public void Structs_HaveTheirSizes(Type type, int size)
    {
        MethodInfo sizeOf = typeof(System.Runtime.CompilerServices.Unsafe).GetMethod("SizeOf")!.MakeGenericMethod(type);
        Assert.Equal(size, sizeOf.Invoke(null, null));
        if (type.GetField("Size") is { IsLiteral: true } constant) Assert.Equal((uint)size, constant.GetRawConstantValue());
    }

    [Fact]
    public void PerfEvent_BeginsWithRegisters() => Assert.Equal(168, (int)Marshal.OffsetOf<bpf_perf_event_data>("sample_period"));
}
