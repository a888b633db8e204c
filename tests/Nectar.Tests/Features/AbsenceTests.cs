// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Linux.Features;
using Xunit;

namespace Nectar.Tests.Features;

/// <summary>Hosts are written down as values, so that every kind of machine can be had on any.</summary>
public sealed class AbsenceTests
{
    private static readonly HostState s_root = new()
    {
        Release = KernelRelease.From("6.12.0", "", null, null),
        Config = KernelConfig.Parse("# CONFIG_NETKIT is not set\nCONFIG_BPF=y"),
        Capabilities = ulong.MaxValue,
    };

    [Fact]
    public void MissingCapability_ComesFirst() =>
        Assert.Equal((4603, "this process lacks CAP_BPF and CAP_PERFMON"), Find(s_root with { Capabilities = 0 }, Errno.EPERM, new(9, 0), "CONFIG_NETKIT"));

    [Fact]
    public void OldKernels_AskForSysAdmin() =>
        Assert.Equal((4603, "this process lacks CAP_SYS_ADMIN"), Find(s_root with { Capabilities = 0, Release = KernelRelease.From("5.4.0", "", null, null) }, Errno.EPERM, new(4, 1)));

    [Fact]
    public void SysAdmin_StandsForTheNewerOnes() => Assert.True((s_root with { Capabilities = 1ul << 21 }).Has(Capability.Perfmon));

    [Fact]
    public void ChildUserNamespace_IsNamed() =>
        Assert.Equal((4603, "this process is in a child user namespace, whose capabilities do not count for bpf(2)"), Find(s_root with { InChildUserNamespace = true }, Errno.EPERM, new(4, 1)));

    [Fact]
    public void OptionThatIsOff_BeatsTheErrno() => Assert.Equal((4602, "CONFIG_NETKIT is off in this kernel (-)"), Find(s_root, Errno.EINVAL, new(6, 7), "CONFIG_NETKIT"));

    [Fact]
    public void OptionThatDoesNotExistYet_IsAMatterOfAge() =>
        Assert.Equal((4601, "needs Linux 6.7; this is 6.1.55 (6.1.55)"), Find(s_root with { Release = KernelRelease.From("6.1.55", "", null, null), Config = KernelConfig.Parse("CONFIG_BPF=y") }, Errno.EINVAL, new(6, 7), "CONFIG_NETKIT"));

    [Fact]
    public void RefusalWithoutReason_IsABlock()
    {
        (int code, string reason) = Find(s_root, Errno.EPERM, new(5, 5), "CONFIG_BPF");
        Assert.Equal(4604, code);
        Assert.Contains("the memory lock limit is not the reason", reason, StringComparison.Ordinal);
        Assert.Contains("seccomp", Find(s_root with { HasSeccompFilter = true }, Errno.EPERM, new(5, 5)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none [integrity] confidentiality", 2)]
    [InlineData("[none] integrity confidentiality", 1)]
    [InlineData("none integrity [confidentiality]", 3)]
    [InlineData("nothing", 0)]
    public void Lockdown_IsWhatStandsInBrackets(string text, int expected) => Assert.Equal((LockdownMode)expected, HostState.ParseLockdown(text));

    private static (int Code, string Reason) Find(HostState host, Errno errno, Version minimum, params string[] options)
    {
        Absence absence = Absence.Find(minimum, options, [Capability.Bpf, Capability.Perfmon], errno, host);
        return (absence.Code.Number, absence.Reason);
    }
}
