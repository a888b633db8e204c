// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Linux.Features;
using Xunit;

namespace Nectar.Tests.Features;

public sealed class KernelReleaseTests
{
    [Theory]
    [InlineData("6.18.44-custom", "#1 SMP", null, "6.18.44")]
    [InlineData("5.4.0-42-generic", "#46-Ubuntu SMP Fri Jul 10", "Ubuntu 5.4.0-42.46-generic 5.4.44", "5.4.44")]
    [InlineData("5.10.0-23-amd64", "#1 SMP Debian 5.10.179-1 (2023-05-12)", null, "5.10.179")]
    [InlineData("6.1.0-13-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)", null, "6.1.55")]
    [InlineData("4.19.300", "", null, "4.19.300")]
    [InlineData("6.12-rc1", "", null, "6.12.0")]
    [InlineData("strange", "", null, "0.0.0")]
    public void From_FindsTheUpstreamVersion(string release, string build, string? signature, string expected) =>
        Assert.Equal(Version.Parse(expected), KernelRelease.From(release, build, signature, null).Version);

    [Fact]
    public void From_PrefersWhatTheKernelWasCompiledWith() => Assert.Equal(new Version(5, 10, 46), KernelRelease.From("5.10.0-1", "", null, 0x050a2e).Version);

    [Fact]
    public void Code_StopsAtPatchLevel255()
    {
        Assert.Equal(0x0413ffu, KernelRelease.From("4.19.300", "", null, null).Code);
        Assert.Equal(0x06122cu, KernelRelease.From("6.18.44", "", null, null).Code);
    }

    [Fact]
    public void FindVersionNote_ReadsTheNoteBehindOthers_AndSurvivesDamage()
    {
        byte[] image = new byte[256];
        "\x7f"u8.CopyTo(image);
        "ELF"u8.CopyTo(image.AsSpan(1));
        image[4] = 2;
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(32), 64);
        image[56] = 1;
        image[64] = 4;
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(72), 128);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(96), 48);
        Span<byte> notes = image.AsSpan(128);
        (notes[0], notes[4], notes[8]) = (4, 4, 3);
        "GNU\0"u8.CopyTo(notes[12..]);
        notes = notes[20..];
        (notes[0], notes[4]) = (6, 4);
        "Linux\0"u8.CopyTo(notes[12..]);
        BinaryPrimitives.WriteUInt32LittleEndian(notes[20..], 0x06122c);
        Assert.Equal(0x06122cu, KernelRelease.FindVersionNote(image));

        Random random = new(7);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = image.AsSpan(0, random.Next(image.Length + 1)).ToArray();
            for (int n = 0; n < 3 && damaged.Length > 0; n++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            KernelRelease.FindVersionNote(damaged); // no exception is what is tested
        }
    }
}
