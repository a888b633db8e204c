// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Linux.Cleanup;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Maps;
using Nectar.Linux.Tracing;

namespace Nectar.KernelTests.Faults;

/// <summary>What programs are attached to goes away under them: interfaces, cgroups, processes.</summary>
public sealed class VanishingTargetTests
{
    [NetworkFact]
    public void Interface_DeletedWhileAttached_TakesTheAttachmentsWithIt()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        using CountingProgram xdp = new(ProgramType.Xdp, 2), filter = new(ProgramType.SchedCls, 0);
        BpfLink[] links = space.Run(() => new[]
        {
            Xdp.Attach(xdp.Program, "v0", new XdpOptions { Mode = XdpMode.Generic }),
            Xdp.Attach(xdp.Program, "v1", new XdpOptions { Mode = XdpMode.Generic, UseNetlink = true }),
            Tc.Attach(filter.Program, "v0", TcDirection.Ingress, new TcOptions { Method = TcMethod.Tcx }),
            Tc.Attach(filter.Program, "v0", TcDirection.Egress, new TcOptions { Method = TcMethod.Filter }),
        });
        Assert.All(links, link => Assert.True(link.IsAttached, link.Target));
        space.Ip("link del v0");
        Assert.All(links, link => Assert.True(CountingProgram.Soon(() => !space.Run(() => link.IsAttached)), link.Target));
        space.Run(() =>
        {
            foreach (BpfLink link in links) link.Dispose();
        });
        uint[] ids = [xdp.Id, filter.Id];
        xdp.Dispose();
        filter.Dispose();
        Assert.All(ids, id => Assert.True(CountingProgram.IsGone(id)));
        Assert.DoesNotContain(Directory.GetFiles(LeftoverNote.DefaultDirectory, $"{Environment.ProcessId}.*").Select(File.ReadAllText), note => ids.Any(id => note.EndsWith($" {id}\n", StringComparison.Ordinal)));
    }

    [CgroupFact]
    public void Cgroup_RemovedWhileAttached_TakesTheAttachmentsWithIt()
    {
        using CountingProgram program = new(ProgramType.CgroupSkb, 1, AttachType.CgroupInetEgress);
        ChildCgroup cgroup = new();
        BpfLink link = Cgroups.Attach(program.Program, cgroup.Path, new CgroupOptions { Hook = AttachType.CgroupInetEgress });
        BpfLink older = Cgroups.Attach(program.Program, cgroup.Path, new CgroupOptions { Hook = AttachType.CgroupInetEgress, WithoutLink = CgroupSharing.Several });
        cgroup.Dispose();
        Assert.False(Directory.Exists(cgroup.Path));
        Assert.True(CountingProgram.Soon(() => !link.IsAttached), "the link of a removed cgroup says that it is attached");
        link.Dispose();
        older.Dispose();
        program.Dispose();
        Assert.True(CountingProgram.IsGone(program.Id));
    }

    [BpfTheory]
    [InlineData(AttachMethod.Automatic)]
    [InlineData(AttachMethod.TraceEvents)]
    public void Process_KilledWhileProbed_IsNoErrorToTheProbe(AttachMethod method)
    {
        if (method == AttachMethod.TraceEvents && TraceFileSystem.PathOf("uprobe_events") is null) return; // the other way is tested
        using Process process = Process.Start(new ProcessStartInfo("sleep", ["1000"]))!;
        using CountingProgram program = new(ProgramType.Kprobe, 0);
        BpfLink link;
        try
        {
            link = Uprobes.Attach(program.Program, "libc", "ffsll", new ProbeOptions { ProcessId = process.Id, Method = method });
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }

        link.Dispose();
        Assert.DoesNotContain(LeftoverProbe.Find(), probe => probe.ProcessId == Environment.ProcessId);
        program.Dispose();
        Assert.True(CountingProgram.IsGone(program.Id));
    }

    [BpfTheory]
    [InlineData(MapType.Array, 4u, 4u, uint.MaxValue)]
    [InlineData(MapType.Hash, 4u, 1u << 30, 1u << 20)]
    [InlineData(MapType.Hash, 0u, 4u, 4u)]
    [InlineData((MapType)999, 4u, 4u, 4u)]
    [InlineData(MapType.RingBuf, 0u, 0u, uint.MaxValue)]
    public void Map_ThatTheKernelCannotMake_IsRefusedAndLeavesNothing(MapType type, uint key, uint value, uint entries)
    {
        KernelException problem = Assert.Throws<KernelException>(() => KernelMap.Create(new MapDefinition { Name = "toobig", Type = type, KeySize = key, ValueSize = value, MaxEntries = entries }));
        Assert.StartsWith("error NEC4002: map 'toobig': create", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(MapInfo.ReadAll(), map => map.Name == "toobig");
    }
}
