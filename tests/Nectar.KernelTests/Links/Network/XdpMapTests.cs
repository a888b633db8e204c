// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Links.Network;
using Nectar.Linux.Maps;
using Nectar.Linux.Network;

namespace Nectar.KernelTests.Links.Network;

public sealed class XdpMapTests
{
    private const int Pass = 2;

    [NetworkFact]
    public void DeviceMap_WithAProgram_SendsPacketsOnThroughIt()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.AddPair("w0", "w1");
        space.Run(() =>
        {
            foreach (MapType type in new[] { MapType.DevMap, MapType.DevMapHash })
            {
                using KernelMap devices = KernelMap.Create(new MapDefinition { Name = "devices", Type = type, KeySize = 4, ValueSize = 8, MaxEntries = 4 });
                using CountingProgram onTheWay = new(ProgramType.Xdp, Pass, AttachType.XdpDevMap), arriving = new(ProgramType.Xdp, Pass, AttachType.Xdp), redirecting = Redirecting(devices);
                int index = NetworkInterfaces.IndexOf("w0");
                XdpMaps.SetDevice(devices, 1, index, onTheWay.Program);
                Assert.Equal(new DeviceEntry(index, onTheWay.Id), XdpMaps.GetDevice(devices, 1));
                Assert.Null(XdpMaps.GetDevice(devices, 2));
                using BpfLink link = Xdp.Attach(redirecting.Program, "v1"), end = Xdp.Attach(arriving.Program, "w1");
                Traffic.Send("10.9.0.2");
                Assert.True(onTheWay.RanSince(0) && arriving.RanSince(0));
                KernelException wrong = Assert.Throws<KernelException>(() => XdpMaps.SetDevice(devices, 1, index, arriving.Program));
                Assert.Contains("xdp/devmap", wrong.Message, StringComparison.Ordinal);
            }
        });
    }

    [NetworkFact]
    public void CpuMap_WithAProgram_RunsItOnTheProcessor()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            using KernelMap processors = KernelMap.Create(new MapDefinition { Name = "processors", Type = MapType.CpuMap, KeySize = 4, ValueSize = 8, MaxEntries = 2 });
            using CountingProgram there = new(ProgramType.Xdp, Pass, AttachType.XdpCpuMap), redirecting = Redirecting(processors);
            XdpMaps.SetProcessor(processors, 1, 192, there.Program);
            Assert.Equal(new ProcessorEntry(192, there.Id), XdpMaps.GetProcessor(processors, 1));
            using BpfLink link = Xdp.Attach(redirecting.Program, "v1");
            Traffic.Send("10.9.0.2");
            Assert.True(there.RanSince(0));
            Assert.Contains("NEC4203", Assert.Throws<KernelException>(() => XdpMaps.SetProcessor(processors, 1, 1 << 20)).Message, StringComparison.Ordinal);
        });
    }

    private static CountingProgram Redirecting(KernelMap map) => new(ProgramType.Xdp, null, AttachType.Xdp, $"""
        r1 = map[fd:{map.Handle.Fd}]
        r2 = 1
        r3 = 2
        call bpf_redirect_map
        exit
        """);
}
