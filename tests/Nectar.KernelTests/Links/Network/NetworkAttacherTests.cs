// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Links.Network;

namespace Nectar.KernelTests.Links.Network;

public sealed class NetworkAttacherTests
{
    [CgroupFact]
    public void Attach_ByTypeAndOneWord_FindsTheHook()
    {
        using ChildCgroup cgroup = new();
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            foreach ((ProgramType type, AttachType? attach, int verdict, string? target, string said) in new (ProgramType, AttachType?, int, string?, string)[]
            {
                (ProgramType.Xdp, AttachType.Xdp, 2, "v1", "xdp (native) on interface 'v1'"),
                (ProgramType.Xdp, AttachType.Xdp, 2, "v1:generic", "xdp (generic) on interface 'v1'"),
                (ProgramType.SchedCls, null, -1, "lo", "tcx ingress on interface 'lo'"),
                (ProgramType.SchedCls, AttachType.TcxEgress, -1, "lo", "tcx egress on interface 'lo'"),
                (ProgramType.SchedCls, null, -1, "lo:egress:filter", "tc filter egress on interface 'lo'"),
                (ProgramType.SkLookup, AttachType.SkLookup, 1, null, "sk_lookup of this network namespace"),
                (ProgramType.Netfilter, AttachType.Netfilter, 1, "ip:localout:-5", "netfilter ip LocalOut, priority -5"),
                (ProgramType.LwtXmit, null, 0, "10.20.0.0/16@v0", "route 10.20.0.0/16 dev v0"),
                (ProgramType.CgroupSockAddr, AttachType.CgroupInet4Connect, 1, cgroup.Path, $"connect4 of cgroup '{cgroup.Path}'"),
                (ProgramType.SockOps, AttachType.CgroupSockOps, 1, cgroup.Path, $"sock_ops of cgroup '{cgroup.Path}'"),
            })
            {
                using CountingProgram program = new(type, verdict, attach);
                Assert.True(NetworkAttacher.CanAttach(program.Program));
                using BpfLink link = NetworkAttacher.Attach(program.Program, target);
                Assert.Equal(said, link.Target);
                Assert.True(link.IsAttached);
                if (!NetworkAttacher.NeedsTarget(program.Program)) continue;
                KernelException unclear = Assert.Throws<KernelException>(() => NetworkAttacher.Attach(program.Program, null));
                Assert.Contains("NEC4215", unclear.Message, StringComparison.Ordinal);
            }
        });
        using CountingProgram filter = new(ProgramType.SocketFilter, 0), device = new(ProgramType.Xdp, 2, AttachType.XdpDevMap);
        Assert.False(NetworkAttacher.CanAttach(filter.Program));
        Assert.False(NetworkAttacher.CanAttach(device.Program));
    }
}
