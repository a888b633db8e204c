// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Classic;
using Nectar.Bpf.Isa;
using Nectar.Capture.Pcap;
using Nectar.Tests.Classic;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Classic;

/// <summary>The kernel as the judge of validator, interpreter and converter.</summary>
public sealed class ClassicKernelTests
{
    private const int InvalidArgument = 22;

    // What a packet between two local sockets has without surprises: no interface, everything else 0.
    private static readonly ClassicAncillary[] s_ancillaries =
    [
        ClassicAncillary.Protocol, ClassicAncillary.PacketType, ClassicAncillary.InterfaceIndex, ClassicAncillary.Mark, ClassicAncillary.Queue, ClassicAncillary.Hash,
        ClassicAncillary.XorX, ClassicAncillary.VlanTag, ClassicAncillary.VlanTagPresent, ClassicAncillary.VlanProtocol,
    ];

    [LinuxFact]
    public void Validate_GeneratedAndMutatedPrograms_AgreesWithTheKernel()
    {
        ClassicProgramGenerator generator = new(31) { Ancillaries = Enum.GetValues<ClassicAncillary>(), HeaderBases = [ClassicAncillaryTable.NetworkBase, ClassicAncillaryTable.LinkBase] };
        using FilteredSocket socket = new();
        int refused = 0;
        for (int i = 0; i < 6000; i++)
        {
            ClassicInstruction[] program = generator.NextProgram(i % 50 == 0 ? 900 : 40);
            if (i % 3 != 0) program = generator.Mutate(program);
            int errno = socket.Attach(program);
            if (errno != 0) refused++;
            Assert.True(errno is 0 or InvalidArgument, $"errno {errno}");
            if (ClassicValidator.IsValid(program) != (errno == 0)) Assert.Fail($"case {i}: the kernel answers {errno}\n{ClassicListing.Format(program, ClassicListingForm.C)}");
        }

        Assert.InRange(refused, 500, 5000);
    }

    [LinuxFact]
    public void Validate_Lengths_AgreesWithTheKernel()
    {
        using FilteredSocket socket = new();
        foreach (int length in new[] { 0, 1, 4096, 4097 })
        {
            ClassicInstruction[] program = new ClassicInstruction[length];
            Array.Fill(program, new ClassicInstruction(6, 1));
            Assert.Equal(ClassicValidator.IsValid(program), socket.Attach(program) == 0);
        }
    }

    [LinuxFact]
    public void Run_GeneratedPrograms_PassesWhatTheKernelPasses()
    {
        ClassicProgramGenerator generator = new(32) { Ancillaries = [.. s_ancillaries, ClassicAncillary.NetlinkAttribute, ClassicAncillary.NestedNetlinkAttribute, ClassicAncillary.HardwareType] };
        using FilteredSocket socket = new();
        for (int i = 0; i < 3000; i++)
        {
            ClassicInstruction[] program = generator.NextProgram();
            Assert.Equal(0, socket.Attach(program));
            ClassicProgram classic = ClassicProgram.Create(program);
            for (int p = 0; p < 6; p++)
            {
                byte[] packet = NextPacket(generator);
                int expected = FilteredSocket.Expected(classic.Run(packet), packet.Length), actual = socket.Pass(packet);
                if (expected != actual) Assert.Fail($"case {i}: expected {expected}, the kernel passes {actual}\n{ClassicListing.Format(program)}\n{Convert.ToHexString(packet)}");
            }
        }
    }

    [BpfFact]
    public void ToExtended_GeneratedPrograms_AreAcceptedAndPassTheSame()
    {
        ClassicProgramGenerator generator = new(33) { Ancillaries = s_ancillaries, HeaderBases = [0xff000000] };
        using FilteredSocket socket = new();
        for (int i = 0; i < 1500; i++)
        {
            ClassicInstruction[] program = generator.NextProgram();
            Instruction[] extended = ClassicConverter.ToExtended(program);
            if (socket.Attach(extended) is { } refusal) Assert.Fail($"case {i}: {refusal}\n{ClassicListing.Format(program)}");
            ClassicProgram classic = ClassicProgram.Create(program);
            for (int p = 0; p < 6; p++)
            {
                byte[] packet = NextPacket(generator);
                int expected = FilteredSocket.Expected(classic.Run(packet), packet.Length), actual = socket.Pass(packet);
                if (expected != actual) Assert.Fail($"case {i}: expected {expected}, the kernel passes {actual}\n{ClassicListing.Format(program)}\n{Convert.ToHexString(packet)}");
            }
        }
    }

    [KernelFact("tcpdump", Shared = "captures")]
    public void Filters_OfTcpdumpOverRealPackets_PassTheSameInAllForms()
    {
        string tcpdump = TestEnvironment.FindTool("tcpdump")!;
        List<byte[]> packets = RealPackets();
        using FilteredSocket socket = new();
        int filters = 0, passed = 0;
        foreach ((string link, string expression) in FilterExpressions.All)
        {
            if (link != "EN10MB") continue;
            (int exit, string decimals, _) = TestEnvironment.Run(tcpdump, "-y", link, "-ddd", expression);
            if (exit != 0) continue;
            ClassicInstruction[] program = ClassicText.Parse(decimals);
            int errno = socket.Attach(program);
            Assert.Equal(ClassicValidator.IsValid(program), errno == 0);
            if (errno != 0) continue;
            ClassicProgram classic = ClassicProgram.Create(program);
            List<int> results = [];
            foreach (byte[] packet in packets)
            {
                results.Add(socket.Pass(packet));
                Assert.Equal(FilteredSocket.Expected(classic.Run(packet), packet.Length), results[^1]);
            }

            Assert.Null(socket.Attach(ClassicConverter.ToExtended(program)));
            for (int i = 0; i < packets.Count; i++) Assert.Equal(results[i], socket.Pass(packets[i]));
            filters++;
            passed += results.Count(r => r > 0);
        }

        Assert.True(filters > 40, $"only {filters} filters");
        Assert.True(passed > 100, $"only {passed} packets passed");
    }

    private static byte[] NextPacket(ClassicProgramGenerator generator)
    {
        byte[] packet = generator.NextPacket();
        return packet.Length == 0 ? [1] : packet; // an empty datagram would look like one that was cut to nothing
    }

    private static List<byte[]> RealPackets()
    {
        List<byte[]> packets = [];
        if (TestEnvironment.SharedPath("captures") is not { } root) return packets;
        foreach (string file in Directory.EnumerateFiles(root, "*.pcap*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using CaptureReader reader = CaptureReader.Open(file);
            for (int i = 0; i < 12 && reader.TryRead(out CapturePacket packet); i++)
            {
                if (packet.LinkType == LinkType.Ethernet && packet.CapturedLength is > 0 and < 4096) packets.Add(packet.Data.ToArray());
            }
        }

        return packets;
    }
}
