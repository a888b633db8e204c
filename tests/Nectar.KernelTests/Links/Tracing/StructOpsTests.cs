// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Links.Tracing;

[Collection(nameof(Native))] // they count calls of the same functions in the same process
public sealed class StructOpsTests
{
    private static string Available => File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control");

    [KernelTheory("clang-19")]
    [InlineData("congestion.bpf.c", "nectar_cc", false)]
    [InlineData("congestion_link.bpf.c", "nectar_link_cc", true)]
    public void Attach_CongestionControl_IsUsedByTcp(string file, string name, bool isLink)
    {
        using KernelObject loaded = Load(file);
        KernelMap map = loaded.Maps["nectar_cc"];
        using (StructOpsLink link = StructOpsLink.Attach(map))
        {
            Assert.Equal(isLink, link.Handle is not null);
            Assert.Contains(name, Available, StringComparison.Ordinal);
            Assert.Equal("hello", Talk(name));
            Assert.True(Started(loaded) >= 1);
        }

        Assert.True(SpinWait.SpinUntil(() => !Available.Contains(name, StringComparison.Ordinal), TimeSpan.FromSeconds(10)));
    }

    [KernelFact("clang-19")]
    public void Update_Link_ReplacesWithoutAGap()
    {
        using KernelObject first = Load("congestion_link.bpf.c"), second = Load("congestion_link.bpf.c");
        using StructOpsLink link = StructOpsLink.Attach(first.Maps["nectar_cc"]);
        link.Update(second.Maps["nectar_cc"]);
        Assert.Equal("hello", Talk("nectar_link_cc"));
        Assert.Equal(0, Started(first));
        Assert.True(Started(second) >= 1);
    }

    [KernelFact("clang-19")]
    public void Attach_NameTaken_SaysSo()
    {
        using KernelObject first = Load("congestion_link.bpf.c"), second = Load("congestion_link.bpf.c");
        using StructOpsLink link = StructOpsLink.Attach(first.Maps["nectar_cc"]);
        KernelException refused = Assert.Throws<KernelException>(() => StructOpsLink.Attach(second.Maps["nectar_cc"]));
        Assert.Contains("NEC4107", refused.Message, StringComparison.Ordinal);
        Assert.Contains("one of that name already", refused.Message, StringComparison.Ordinal);
    }

    [KernelFact("clang-19")]
    public void Unregister_RegisteredByMap_WorksWithoutTheLink()
    {
        using KernelObject loaded = Load("congestion.bpf.c");
        using StructOpsLink link = StructOpsLink.Attach(loaded.Maps["nectar_cc"]);
        using (KernelMap other = KernelMap.OpenById(loaded.Maps["nectar_cc"].GetInfo().Id)) Assert.True(StructOpsLink.Unregister(other));
        Assert.DoesNotContain("nectar_cc", Available, StringComparison.Ordinal);
    }

    [KernelFact("bpftool", "clang-19")]
    public void Attach_Bpftool_SeesItRegistered()
    {
        using KernelObject loaded = Load("congestion.bpf.c");
        using StructOpsLink link = StructOpsLink.Attach(loaded.Maps["nectar_cc"]);
        Assert.Contains("nectar_cc", Native.Bpftool("struct_ops", "list"), StringComparison.Ordinal);
    }

    private static KernelObject Load(string file)
    {
        byte[] bytes = Clang.Compile(Path.Combine(Repository.Root, "tests", "guest", "fixtures", file), options: "-g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_x86");
        return KernelObject.Load(ObjectReader.Read(bytes, "congestion"));
    }

    private static long Started(KernelObject loaded)
    {
        GlobalVariable variable = loaded.Source.Globals["started"];
        byte[] value = new byte[variable.Map.ValueSize];
        loaded.Maps[variable.Map.Name].Lookup(new byte[4], value);
        return BitConverter.ToInt64(value, variable.Offset);
    }

    /// <summary>A connection whose sender uses the congestion control.</summary>
    private static string Talk(string congestionControl)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        const int Tcp = 6, Congestion = 13;
        client.SetRawSocketOption(Tcp, Congestion, Encoding.ASCII.GetBytes(congestionControl));
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        client.Send("hello"u8);
        byte[] got = new byte[16];
        return Encoding.ASCII.GetString(got, 0, server.Receive(got));
    }
}
