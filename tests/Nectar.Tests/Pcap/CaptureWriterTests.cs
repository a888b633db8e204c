// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Capture.Pcap;
using Nectar.Tests.Support;
using Xunit;
using static Nectar.Tests.Pcap.CaptureFiles;

namespace Nectar.Tests.Pcap;

public sealed class CaptureWriterTests
{
    [Theory]
    [InlineData(CaptureFormat.Pcap, false)]
    [InlineData(CaptureFormat.Pcap, true)]
    [InlineData(CaptureFormat.PcapNanoseconds, false)]
    [InlineData(CaptureFormat.PcapNanoseconds, true)]
    [InlineData(CaptureFormat.PcapNg, false)]
    [InlineData(CaptureFormat.PcapNg, true)]
    public void Write_ThenRead_GivesTheSamePackets(CaptureFormat format, bool bigEndian)
    {
        Random random = new(7);
        MemoryStream stream = new();
        List<Packet> expected = [];
        using (CaptureWriter writer = new(stream, format, LinkType.Ethernet, 70_000, bigEndian))
        {
            if (format == CaptureFormat.PcapNg) Assert.Equal(1, writer.AddInterface(LinkType.Raw, 0, "wg0"));
            for (int i = 0; i < 500; i++)
            {
                byte[] data = new byte[random.Next(50) == 0 ? random.Next(60_000, 80_000) : random.Next(0, 200)];
                random.NextBytes(data);
                int index = format == CaptureFormat.PcapNg ? random.Next(2) : 0;
                long time = random.NextInt64(0, 4_000_000_000_000_000_000);
                uint original = (uint)data.Length + (uint)random.Next(1, 10);
                writer.Write(data, time, original, index);
                byte[] kept = index == 0 && data.Length > 70_000 ? data[..70_000] : data;
                long kept_time = format == CaptureFormat.Pcap ? time / 1000 * 1000 : time;
                expected.Add(new Packet(kept_time, original, index, index == 0 ? LinkType.Ethernet : LinkType.Raw, Convert.ToHexString(kept)));
            }
        }

        stream.Position = 0;
        using CaptureReader reader = CaptureReader.Open(stream);
        Assert.Equal(expected, ReadAll(reader));
        Assert.Null(reader.Error);
        Assert.Equal(format, reader.Format);
        Assert.Equal(bigEndian, reader.IsBigEndian);
        if (format == CaptureFormat.PcapNg) Assert.Equal("wg0", reader.Interfaces[1].Name);
    }

    [ToolFact("tcpdump")]
    public void Write_EveryFormat_IsReadByTcpdump()
    {
        string tcpdump = TestEnvironment.FindTool("tcpdump")!;
        foreach (CaptureFormat format in new[] { CaptureFormat.Pcap, CaptureFormat.PcapNanoseconds, CaptureFormat.PcapNg })
        {
            string path = Path.GetTempFileName();
            try
            {
                using (CaptureWriter writer = CaptureWriter.Create(path, format, LinkType.Ethernet))
                {
                    byte[] arp = [255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2];
                    for (int i = 0; i < 3; i++) writer.Write(arp, 1_700_000_000_123_456_000 + i);
                }

                (int exit, string output, string error) = TestEnvironment.Run(tcpdump, "-r", path, "-n", "-tt");
                Assert.True(exit == 0, error);
                Assert.Equal(3, output.Split('\n').Count(l => l == "1700000000.123456 ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"));
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public void Write_Misuse_Throws()
    {
        Assert.Throws<ArgumentException>(() => new CaptureWriter(new MemoryStream(), CaptureFormat.PcapModified, LinkType.Ethernet));
        using CaptureWriter writer = new(new MemoryStream(), CaptureFormat.Pcap, LinkType.Ethernet);
        Assert.Throws<InvalidOperationException>(() => writer.AddInterface(LinkType.Raw));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write([1], 0, 0, 1));
    }
}
