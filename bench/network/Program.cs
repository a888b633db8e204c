// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Programs;

// Time of attaching to loopback and to a cgroup, the median of N: what bench/peers/attach.c does with libbpf.
// In a network namespace of its own: unshare -n Nectar.NetworkBench CGROUP N
if (args.Length != 2) return 2;
const int Loopback = 1;
int count = int.Parse(args[1], CultureInfo.InvariantCulture);
using KernelProgram xdp = Load(ProgramType.Xdp, AttachType.Xdp, 2), tc = Load(ProgramType.SchedCls, null, 0), skb = Load(ProgramType.CgroupSkb, AttachType.CgroupInetEgress, 1);
Measure("xdp link, generic", () => Xdp.Attach(xdp, Loopback, new XdpOptions { Mode = XdpMode.Generic }));
Measure("xdp netlink, generic", () => Xdp.Attach(xdp, Loopback, new XdpOptions { Mode = XdpMode.Generic, UseNetlink = true }));
Measure("tc filter", () => Tc.Attach(tc, Loopback, TcDirection.Ingress, new TcOptions { Method = TcMethod.Filter, Priority = 1, Handle = 1 }));
Measure("tcx link", () => Tc.Attach(tc, Loopback, TcDirection.Ingress, new TcOptions { Method = TcMethod.Tcx }));
Measure("cgroup link", () => Cgroups.Attach(skb, args[0]));
return 0;

void Measure(string name, Func<BpfLink> attach)
{
    double[] times = new double[count];
    for (int i = 0; i < count; i++)
    {
        long start = Stopwatch.GetTimestamp();
        BpfLink link = attach();
        times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        link.Dispose();
    }

    Array.Sort(times);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {times[count / 2]:F1} us"));
}

static KernelProgram Load(ProgramType type, AttachType? attach, int verdict) => KernelProgram.Load(new ProgramLoad
{
    Name = "bench",
    Type = type,
    ExpectedAttachType = attach,
    Instructions = Assembler.AssembleInstructions($"r0 = {verdict}\nexit"),
});
