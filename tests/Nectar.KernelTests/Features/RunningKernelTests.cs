// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Features;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Features;

public sealed class RunningKernelTests
{
    [Fact]
    public void Release_AgreesWithUname()
    {
        string release = TestEnvironment.Run("uname", "-r").Output.Trim();
        Assert.Equal(release, KernelRelease.Running.Release);
        Assert.Equal(KernelRelease.ParseVersion(release)!.Minor, KernelRelease.Running.Version.Minor);
        Assert.Equal(KernelRelease.CodeOf(KernelRelease.Running.Version), KernelRelease.Running.Code);
    }

    [Fact]
    public void Config_HasWhatEveryKernelWithBpfHas()
    {
        if (KernelConfig.Running is not { } config)
        {
            Assert.False(File.Exists("/proc/config.gz")); // it is the first place, so it must have been found
            return;
        }

        Assert.True(config.IsOn("CONFIG_BPF"), config.Source);
        Assert.True(config.FindNumber("CONFIG_HZ") is >= 24 and <= 10000);
        Assert.NotNull(config.FindText("CONFIG_CC_VERSION_TEXT"));
        Assert.Null(config.Find("CONFIG_NO_SUCH_OPTION"));
    }
}
