// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Xunit;

namespace Nectar.Tests.Verifier.Rules;

public sealed class ReturnRuleTests
{
    [Theory]
    [InlineData(ProgramType.Xdp, AttachType.Xdp, "6.18", "anything")]
    [InlineData(ProgramType.CgroupSockAddr, AttachType.CgroupInet4Bind, "6.18", "0 to 3")]
    [InlineData(ProgramType.CgroupSockAddr, AttachType.CgroupInet4Bind, "5.4", "0 to 1")]
    [InlineData(ProgramType.CgroupSockAddr, AttachType.CgroupUdp4RecvMsg, "6.18", "1")]
    [InlineData(ProgramType.Tracing, AttachType.TraceFentry, "6.18", "0")]
    [InlineData(ProgramType.Tracing, AttachType.ModifyReturn, "6.18", "anything")]
    [InlineData(ProgramType.Lsm, AttachType.LsmMac, "6.18", "-4095 to 0")]
    [InlineData(ProgramType.Lsm, AttachType.LsmMac, "6.6", "anything")]
    [InlineData(ProgramType.Lsm, AttachType.LsmCgroup, "6.18", "0 to 1")]
    public void Programs_ReturnByTypeAttachTypeAndKernel(ProgramType type, AttachType attach, string kernel, string expected)
    {
        KernelVersion.TryParse(kernel, out KernelVersion version);
        Assert.Equal(expected, ReturnRules.For(new ProgramTraits(type, attach, Target: "bpf_lsm_file_open") { Kernel = version }, ReturnPlace.Program).ToString());
    }

    [Fact]
    public void VoidHooks_LookAtNothing()
    {
        Assert.Equal(ReturnRule.Nothing, ReturnRules.For(new ProgramTraits(ProgramType.Lsm, AttachType.LsmMac), ReturnPlace.Program, returnsVoid: true));
        Assert.Equal(ReturnRule.Within(1, 1), ReturnRules.For(new ProgramTraits(ProgramType.Lsm, AttachType.LsmCgroup), ReturnPlace.Program, returnsVoid: true));
        Assert.Equal(ReturnRule.Nothing, ReturnRules.For(new ProgramTraits(ProgramType.StructOps), ReturnPlace.ExceptionCallback, returnsVoid: true));
    }

    [Fact]
    public void Callbacks_HaveTheirOwnRanges()
    {
        ProgramTraits program = new(ProgramType.Xdp);
        Assert.Equal("0 to 1", ReturnRules.For(program, ReturnPlace.SynchronousCallback).ToString());
        Assert.Equal("0", ReturnRules.For(program, ReturnPlace.AsynchronousCallback).ToString());
        Assert.True(ReturnRule.Within(0, 1).Covers(0, 1));
        Assert.False(ReturnRule.Within(0, 1).Covers(-1, 1));
        Assert.False(ReturnRule.Within(0, 1).Covers(0, 2));
    }

    [Theory]
    [InlineData("6.1", true, 6, 1)]
    [InlineData("6.1.0-13-amd64", true, 6, 1)]
    [InlineData("5.15.200", true, 5, 15)]
    [InlineData("6", false, 0, 0)]
    [InlineData("6.", false, 0, 0)]
    [InlineData(".1", false, 0, 0)]
    [InlineData("x.1", false, 0, 0)]
    [InlineData("6.999", false, 0, 0)]
    public void KernelVersion_IsRead(string text, bool isRead, int major, int minor)
    {
        Assert.Equal(isRead, KernelVersion.TryParse(text, out KernelVersion version));
        Assert.Equal(new KernelVersion((byte)major, (byte)minor), version);
    }

    [Fact]
    public void KernelVersions_AreOrdered()
    {
        Assert.True(new KernelVersion(5, 15) < new KernelVersion(6, 1));
        Assert.True(new KernelVersion(6, 12) > new KernelVersion(6, 6));
        Assert.True(KernelVersion.Oldest <= KernelVersion.Newest);
        Assert.Equal(new KernelVersion(6, 9), KernelVersion.FromCode(new KernelVersion(6, 9).Code));
        Assert.Equal("6.9", new KernelVersion(6, 9).ToString());
    }
}
