// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.IO.Compression;
using System.Text;
using Nectar.Linux.Features;
using Xunit;

namespace Nectar.Tests.Features;

public sealed class KernelConfigTests
{
    private const string Text = "# Linux/x86 6.1.0\nCONFIG_BPF=y\nCONFIG_HZ=250\nCONFIG_NETFILTER_XT_MATCH_BPF=m\n# CONFIG_NETKIT is not set\n"
        + "CONFIG_LSM=\"lockdown,bpf\"\nCONFIG_PHYSICAL_START=0x1000000\nCONFIG_NEGATIVE=-3\nCONFIG_QUOTES=\"a\\\"b\\\\c\"\nCONFIG_LAST=y";

    [Theory]
    [InlineData("CONFIG_BPF", "y")]
    [InlineData("CONFIG_HZ", "250")]
    [InlineData("CONFIG_NETKIT", "n")]
    [InlineData("CONFIG_NETFILTER_XT_MATCH_BPF", "m")]
    [InlineData("CONFIG_LSM", "\"lockdown,bpf\"")]
    [InlineData("CONFIG_LAST", "y")]
    [InlineData("CONFIG_BP", null)]
    [InlineData("CONFIG_XT_MATCH_BPF", null)]
    public void Find_GivesTheValueAsWritten(string option, string? expected) => Assert.Equal(expected, KernelConfig.Parse(Text).Find(option));

    [Fact]
    public void TypedLookups_TakeTheirKindOnly()
    {
        KernelConfig config = KernelConfig.Parse(Text.Replace("\n", "\r\n", StringComparison.Ordinal));
        Assert.Equal(250, config.FindNumber("CONFIG_HZ"));
        Assert.Equal(0x1000000, config.FindNumber("CONFIG_PHYSICAL_START"));
        Assert.Equal(-3, config.FindNumber("CONFIG_NEGATIVE"));
        Assert.Null(config.FindNumber("CONFIG_BPF"));
        Assert.Equal(1, config.FindTristate("CONFIG_BPF"));
        Assert.Equal(2, config.FindTristate("CONFIG_NETFILTER_XT_MATCH_BPF"));
        Assert.Equal(0, config.FindTristate("CONFIG_NETKIT"));
        Assert.Null(config.FindTristate("CONFIG_ABSENT"));
        Assert.Equal("lockdown,bpf", config.FindText("CONFIG_LSM"));
        Assert.Equal("a\"b\\c", config.FindText("CONFIG_QUOTES"));
        Assert.True(config.IsOn("CONFIG_NETFILTER_XT_MATCH_BPF"));
        Assert.False(config.IsOn("CONFIG_NETKIT"));
    }

    [Fact]
    public void Read_UnpacksGzip_AndRefusesWhatIsNone()
    {
        string folder = Directory.CreateTempSubdirectory("nectar-config-").FullName;
        try
        {
            string path = Path.Combine(folder, "config.gz");
            using (GZipStream packed = new(File.Create(path), CompressionLevel.Fastest)) packed.Write(Encoding.UTF8.GetBytes(Text));
            Assert.Equal("250", KernelConfig.Read(path).Find("CONFIG_HZ"));
            File.WriteAllText(path, Text);
            Assert.Throws<InvalidDataException>(() => KernelConfig.Read(path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
