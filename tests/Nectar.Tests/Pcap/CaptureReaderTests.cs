// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Capture.Pcap;
using Nectar.Tests.Support;
using Xunit;
using static Nectar.Tests.Pcap.CaptureFiles;

namespace Nectar.Tests.Pcap;

public sealed class CaptureReaderTests
{
    private static readonly byte[] s_section = [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255];

    [SharedFact("captures")]
    public void TryRead_EverySharedCapture_ReadsTheSameMappedAndAsStream()
    {
        string[] files = Shared();
        Assert.True(files.Length > 30);
        foreach (string file in files)
        {
            using CaptureReader mapped = CaptureReader.Open(file);
            Assert.True(mapped.IsMapped);
            List<Packet> expected = ReadAll(mapped);
            Assert.NotEmpty(expected);
            using CaptureReader streamed = CaptureReader.Open(new TrickleStream(File.ReadAllBytes(file), 777));
            Assert.Equal(expected, ReadAll(streamed));
            Assert.Equal(mapped.Error, streamed.Error);
            using CaptureReader batched = CaptureReader.Open(file, writable: true);
            CaptureRecord[] batch = new CaptureRecord[7];
            int count = 0;
            while (batched.ReadBatch(batch) is > 0 and int read)
            {
                for (int i = 0; i < read; i++, count++)
                {
                    CaptureRecord record = batch[i];
                    Assert.Equal(expected[count], new Packet(record.TimestampNs, record.OriginalLength, record.Interface, record.LinkType, Hex(record)));
                }
            }

            Assert.Equal(expected.Count, count);
        }
    }

    [ToolFact("tcpdump")]
    public void TryRead_EverySharedCapture_AgreesWithTcpdump()
    {
        string tcpdump = TestEnvironment.FindTool("tcpdump")!;
        int compared = 0;
        foreach (string file in Shared())
        {
            // One line a packet: time stamp first. -w - rewrites the file as plain pcap, which gives lengths and bytes.
            (int exit, string lines, _) = TestEnvironment.Run(tcpdump, "-r", file, "-n", "-tt", "--nano", "-q", "-l");
            string copy = Path.GetTempFileName();
            try
            {
                TestEnvironment.Run(tcpdump, "-r", file, "--nano", "-w", copy, "-Z", "root");
                if (exit != 0 && new FileInfo(copy).Length <= 24) continue; // a file that tcpdump does not read at all
                using CaptureReader ours = CaptureReader.Open(file);
                using CaptureReader theirs = CaptureReader.Open(copy);
                List<Packet> expected = ReadAll(theirs), actual = ReadAll(ours);
                Assert.True(expected.Count == actual.Count, $"{file}: {actual.Count} packets, tcpdump {expected.Count}");
                for (int i = 0; i < expected.Count; i++)
                {
                    Assert.True(expected[i].TimestampNs == actual[i].TimestampNs && expected[i].Data == actual[i].Data && expected[i].OriginalLength == actual[i].OriginalLength, $"{file}: packet {i + 1}");
                }

                string[] stamps = [.. lines.Split('\n').Where(l => l.Length > 20 && char.IsAsciiDigit(l[0]) && l.Split(' ')[0].Contains('.')).Select(l => l.Split(' ')[0])];
                if (stamps.Length == actual.Count)
                {
                    Assert.Equal(stamps, actual.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.TimestampNs / 1_000_000_000}.{p.TimestampNs % 1_000_000_000:D9}")));
                }

                compared++;
            }
            finally
            {
                File.Delete(copy);
            }
        }

        Assert.True(compared > 30 || Shared().Length == 0, $"only {compared} captures could be compared");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryRead_PcapNgOfAllBlocks_DeliversEachPacket(bool big)
    {
        byte[] section = [.. Words(big, 0x1a2b3c4d), .. Halves(big, 1, 0), .. Words(big, uint.MaxValue, uint.MaxValue)];
        byte[] microseconds = [.. Halves(big, 1, 0), .. Words(big, 0)];
        byte[] binary = [.. Halves(big, 101, 0), .. Words(big, 4), .. Halves(big, 2, 3), .. "tun\0"u8, .. Halves(big, 9, 1), 0x80 | 10, 0, 0, 0,
            .. Halves(big, 14, 8), .. big ? Words(true, 0, 100) : Words(false, 100, 0), .. Halves(big, 0, 0)];
        byte[] file = PcapNg(big,
            (0x0a0d0d0a, section), (1, microseconds), (1, binary), (5, new byte[12]), (4, new byte[8]), (0xbad, [1, 2, 3, 4]),
            (6, [.. Words(big, 0, 0, 1_500_000, 3, 60), 1, 2, 3, 0]),
            (6, [.. Words(big, 1, 0, 1024 + 512, 2, 2), 4, 5, 0, 0]),
            (2, [.. Halves(big, 1, 7), .. Words(big, 1, 0, 4, 4), 6, 7, 8, 9]),
            (3, [.. Words(big, 3), 10, 11, 12, 0]),
            (0x0a0d0d0a, section), (1, binary),
            (3, [.. Words(big, 6), 1, 2, 3, 4, 5, 6]),
            (6, [.. Words(big, 0, 0, 0, 1, 1), 13, 0, 0, 0]));
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        Assert.Equal(
        [
            new Packet(1_500_000_000, 60, 0, LinkType.Ethernet, "010203"),
            new Packet(101_500_000_000, 2, 1, LinkType.Raw, "0405"),
            new Packet(((1L << 32) / 1024 * 1_000_000_000) + 100_000_000_000, 4, 1, LinkType.Raw, "06070809"),
            new Packet(0, 3, 0, LinkType.Ethernet, "0A0B0C"),
            new Packet(0, 6, 2, LinkType.Raw, "01020304"), // its interface keeps 4 bytes
            new Packet(100_000_000_000, 1, 2, LinkType.Raw, "0D"),
        ], ReadAll(reader));
        Assert.Null(reader.Error);
        Assert.Equal(big, reader.IsBigEndian);
        Assert.Equal(3, reader.Interfaces.Count);
        Assert.Equal(new CaptureInterface(LinkType.Raw, 4, "tun", 1024, 100), reader.Interfaces[1]);
    }

    [Fact]
    public void TryRead_ModifiedPcap_SkipsWhatItAdds()
    {
        byte[] file = [.. Words(false, 0xa1b2cd34), .. Halves(false, 2, 4), .. Words(false, 0, 0, 65535, 1), .. Words(false, 1, 2, 3, 4), .. new byte[8], 7, 8, 9];
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        Assert.Equal([new Packet(1_000_002_000, 4, 0, LinkType.Ethernet, "070809")], ReadAll(reader));
        Assert.Equal("note NEC1207: a modified pcap file: interface, protocol and packet type of each packet are skipped", Assert.Single(reader.Diagnostics).ToString());
    }

    [Fact]
    public void TryRead_OldPcap_SwapsTheLengths()
    {
        byte[] file = [.. Words(true, 0xa1b2c3d4), .. Halves(true, 2, 2), .. Words(true, 0, 0, 65535, 1), .. Words(true, 1, 2, 60, 3), 7, 8, 9];
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        Assert.Equal([new Packet(1_000_002_000, 60, 0, LinkType.Ethernet, "070809")], ReadAll(reader));
    }

    [Theory]
    [InlineData("", "error NEC1201: the file has 0 bytes; a capture has at least 24")]
    [InlineData("hello, world", "error NEC1201: the file starts with 0x68656c6c, which no capture file does")]
    [InlineData("\u001f\u008b\u0008\u0000", "error NEC1201: the file starts with 0x1f8b0800, which no capture file does\n  help: this is gzip; unpack it first (gunzip -c FILE | …)")]
    public void Open_NoCapture_SaysWhatItFound(string bytes, string expected)
    {
        string message = Assert.Throws<ObjectFormatException>(() => CaptureReader.Open(new MemoryStream([.. bytes.Select(c => (byte)c)]))).Message;
        Assert.StartsWith(expected, message);
    }

    [Fact]
    public void Open_UnknownVersion_Throws()
    {
        byte[] file = [.. Words(false, 0xa1b2c3d4), .. Halves(false, 5, 4), .. Words(false, 0, 0, 65535, 1)];
        Assert.Equal("error NEC1204: pcap version 5.4 at offset 0x4 is not known; 2.0 to 2.4 are", Assert.Throws<ObjectFormatException>(() => CaptureReader.Open(new MemoryStream(file))).Message);
    }

    [Fact]
    public void TryRead_BrokenPcap_DeliversWhatIsBefore()
    {
        byte[] good = [.. Words(false, 0xa1b2c3d4), .. Halves(false, 2, 4), .. Words(false, 0, 0, 65535, 1), .. Words(false, 1, 2, 3, 4), 7, 8, 9];
        Check([.. good, .. Words(false, 1, 2, 300, 300), 1], "error NEC1202: packet 2 at offset 0x2b: the file ends after 1 of 300 captured bytes");
        Check([.. good, .. Words(false, 1, 2, 0xffffffff, 300), 1], "error NEC1203: packet 2 at offset 0x2b: the packet claims 4294967295 captured bytes, more than the possible 262144");
        Check([.. good, 1, 2, 3], "error NEC1202: packet 2 at offset 0x2b: the file ends after 3 of 16 bytes of the packet's header");
    }

    [Fact]
    public void TryRead_BrokenPcapNg_DeliversWhatIsBefore()
    {
        byte[] good = PcapNg(false, (0x0a0d0d0a, s_section), (1, [.. Halves(false, 1, 0), .. Words(false, 0)]), (6, [.. Words(false, 0, 0, 0, 3, 60), 1, 2, 3, 0]));
        Check([.. good, .. Words(false, 6, 13, 0)], "error NEC1203: block 4 at offset 0x54: a block of type 0x6 claims 13 bytes; a multiple of 4 from 12 to 134217728 is possible");
        Check([.. good, .. Words(false, 6, 0xfffffff0, 0)], "error NEC1203: block 4 at offset 0x54: a block of type 0x6 claims 4294967280 bytes; a multiple of 4 from 12 to 134217728 is possible");
        Check([.. good, .. Words(false, 6, 64, 0)], "error NEC1202: block 4 at offset 0x54: the file ends after 12 of the block's 64 bytes");
        Check([.. good, .. Words(false, 9, 16, 0, 20)], "error NEC1203: block 4 at offset 0x54: the block of type 0x9 has the length 16 in front and 20 behind");
        Check([.. good, .. Words(false, 6, 32, 5, 0, 0, 0, 0, 32)], "error NEC1205: block 4 at offset 0x54: a packet of interface 5; its section describes 1");
        Check([.. good, .. Words(false, 6, 32, 0, 0, 0, 1, 1, 32)], "error NEC1203: block 4 at offset 0x54: the packet claims 1 captured bytes; its block has 0");
        Check([.. good, 1], "error NEC1202: block 4 at offset 0x54: the file ends after 1 of at least 12 bytes");
        Check([.. good, .. PcapNg(false, (0x0a0d0d0a, s_section), (3, [0, 0, 0, 0]))], "error NEC1205: block 5 at offset 0x70: a packet before the first interface of its section");
        Check([.. good, .. PcapNg(false, (1, [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 20, 0, 0, 0]))], "error NEC1206: block 4 at offset 0x54: the time stamp resolution 0x14 is finer than 64 bits can count");
    }

    [Fact]
    public void TryRead_HugeClaim_TakesNoMemoryForIt()
    {
        byte[] file = [.. Words(false, 0xa1b2c3d4), .. Halves(false, 2, 4), .. Words(false, 0, 0, uint.MaxValue, 1), .. Words(false, 1, 2, 100 << 20, 100 << 20), 1, 2, 3];
        using System.Diagnostics.Process self = System.Diagnostics.Process.GetCurrentProcess();
        long before = self.PrivateMemorySize64;
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        Assert.Empty(ReadAll(reader));
        self.Refresh();
        Assert.True(self.PrivateMemorySize64 - before < 50 << 20);
        Assert.Equal(CaptureCodes.Truncated, reader.Error!.Code);
    }

    [Fact]
    public unsafe void Open_Writable_KeepsTheFile()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (CaptureWriter writer = CaptureWriter.Create(path, CaptureFormat.Pcap, LinkType.Ethernet)) writer.Write([1, 2, 3], 0);
            byte[] before = File.ReadAllBytes(path);
            using (CaptureReader reader = CaptureReader.Open(path, writable: true))
            {
                Assert.True(reader.TryRead(out CapturePacket packet));
                packet.Address[0] = 99;
                Assert.Equal([99, 2, 3], packet.Data.ToArray());
            }

            Assert.Equal(before, File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void TryRead_ManyPackets_AllocatesNothing()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (CaptureWriter writer = CaptureWriter.Create(path, CaptureFormat.PcapNg, LinkType.Ethernet))
            {
                for (int i = 0; i < 10_000; i++) writer.Write(new byte[100], i);
            }

            using CaptureReader reader = CaptureReader.Open(path);
            for (int i = 0; i < 1000; i++) reader.TryRead(out _);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long sum = 0;
            while (reader.TryRead(out CapturePacket packet)) sum += packet.Data.Length;
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
            Assert.Equal(9000 * 100, sum);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Check(byte[] file, string expected)
    {
        using CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        Assert.Equal("010203".Length, ReadAll(reader)[0].Data.Length);
        Assert.Equal(1, reader.PacketCount);
        Assert.Equal(expected, reader.Error!.ToString());
        Assert.False(reader.TryRead(out _));
        Assert.Single(reader.Diagnostics);
    }

    private static unsafe string Hex(CaptureRecord record) => Convert.ToHexString(new ReadOnlySpan<byte>((void*)record.Address, (int)record.CapturedLength));

    /// <summary>Gives a few bytes at a time, as a pipe does.</summary>
    private sealed class TrickleStream(byte[] data, int chunk) : MemoryStream(data)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, chunk)]);
    }
}
