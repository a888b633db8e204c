// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Capture.Pcap;
using Xunit;
using static Nectar.Tests.Pcap.CaptureFiles;

namespace Nectar.Tests.Pcap;

/// <summary>Mutated captures end in packets and at most one diagnostic, mapped and streamed alike.</summary>
public sealed class CaptureFuzzTests
{
    [Fact]
    public void TryRead_MutatedCaptures_EndInPacketsAndADiagnostic()
    {
        byte[][] seeds = [.. Shared().Select(File.ReadAllBytes).Where(b => b.Length < 20_000), Written(CaptureFormat.Pcap), Written(CaptureFormat.PcapNg)];
        Random random = new(11);
        string path = Path.GetTempFileName();
        int broken = 0;
        try
        {
            for (int i = 0; i < 5000; i++)
            {
                byte[] file = Mutate(random, seeds[random.Next(seeds.Length)]);
                (int packets, string? error) = Read(() => CaptureReader.Open(new MemoryStream(file)), file.Length);
                if (error is not null) broken++;
                if (i % 10 != 0) continue;
                File.WriteAllBytes(path, file);
                Assert.Equal((packets, error), Read(() => CaptureReader.Open(path), file.Length));
            }
        }
        finally
        {
            File.Delete(path);
        }

        Assert.True(broken > 500, $"only {broken} files were broken");
    }

    private static (int Packets, string? Error) Read(Func<CaptureReader> open, int length)
    {
        try
        {
            using CaptureReader reader = open();
            int packets = 0;
            long bytes = 0;
            while (reader.TryRead(out CapturePacket packet))
            {
                foreach (byte b in packet.Data) bytes += b & 1; // every byte must be readable
                bytes += packet.Data.Length;
                packets++;
            }

            Assert.True(bytes <= 2L * length);
            Assert.InRange(reader.Diagnostics.Count, 0, 2);
            return (packets, reader.Error?.ToString());
        }
        catch (ObjectFormatException e)
        {
            return (0, e.Message);
        }
    }

    private static byte[] Mutate(Random random, byte[] seed)
    {
        byte[] file = seed.ToArray();
        for (int n = random.Next(1, 5); n > 0; n--)
        {
            int position = random.Next(3) == 0 ? random.Next(Math.Min(file.Length, 64)) : random.Next(file.Length);
            switch (random.Next(5))
            {
                case 0: file[position] = (byte)random.Next(256); break;
                case 1: file[position] ^= (byte)(1 << random.Next(8)); break;
                case 2: for (int i = position & ~3; i < Math.Min(file.Length, (position & ~3) + 4); i++) file[i] = 255; break;
                case 3: for (int i = position & ~3; i < Math.Min(file.Length, (position & ~3) + 4); i++) file[i] = 0; break;
                default: if (random.Next(3) == 0 && position > 0) file = file[..position]; break;
            }
        }

        return file;
    }

    private static byte[] Written(CaptureFormat format)
    {
        MemoryStream stream = new();
        using (CaptureWriter writer = new(stream, format, LinkType.Ethernet))
        {
            for (int i = 0; i < 20; i++) writer.Write(new byte[i * 3], i);
        }

        return stream.ToArray();
    }
}
