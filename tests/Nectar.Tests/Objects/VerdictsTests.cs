// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Xunit;

namespace Nectar.Tests.Objects;

public sealed class VerdictsTests
{
    [Theory]
    [InlineData(ProgramType.Xdp, 1, "XDP_DROP")]
    [InlineData(ProgramType.SchedCls, 0xffffffff, "TC_ACT_UNSPEC")]
    [InlineData(ProgramType.SchedAct, 2, "TC_ACT_SHOT")]
    [InlineData(ProgramType.SocketFilter, 0, "drop")]
    [InlineData(ProgramType.SocketFilter, 96, "keep 96 bytes")]
    [InlineData(ProgramType.SocketFilter, 0xffffffff, "keep all")]
    [InlineData(ProgramType.CgroupSkb, 1, "allow")]
    [InlineData(ProgramType.Xdp, 77, "77")]
    [InlineData(ProgramType.Kprobe, 3, "3")]
    public void NameOf_KnownAndUnknownValues_ReadAsTheKernelNamesThem(ProgramType type, uint value, string expected) =>
        Assert.Equal(expected, Verdicts.NameOf(type, value));
}
