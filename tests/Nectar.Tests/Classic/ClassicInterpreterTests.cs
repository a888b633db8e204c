// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Classic;
using Xunit;

namespace Nectar.Tests.Classic;

public sealed class ClassicInterpreterTests
{
    private static readonly byte[] s_packet = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];

    [Theory]
    [InlineData("ld [0]\nret", 0x11223344)]
    [InlineData("ld [4]\nret", 0x55667788)]
    [InlineData("ld #7\nld [5]\nret #9", 0)] // out of bounds ends with 0
    [InlineData("ldh [6]\nret", 0x7788)]
    [InlineData("ldh [7]\nret #9", 0)]
    [InlineData("ldb [7]\nret", 0x88)]
    [InlineData("ldb [8]\nret #9", 0)]
    [InlineData("ldx #2\nldh [x + 1]\nret", 0x4455)]
    [InlineData("ldx #4\nld [x + 1]\nret #9", 0)]
    [InlineData("ldx #4294967295\nldb [x + 1]\nret", 0x11)] // Linux adds in 32 bits
    [InlineData("ldxb 4*([3]&0xf)\ntxa\nret", 16)]
    [InlineData("ldxb 4*([8]&0xf)\nret #9", 0)]
    [InlineData("ld #pktlen\nret", 1000)]
    [InlineData("ldx #pktlen\ntxa\nret", 1000)]
    [InlineData("txa\nret", 0)] // registers start at 0
    [InlineData("ld #5\ndiv x\nret #9", 0)]
    [InlineData("ld #5\nmod x\nret #9", 0)]
    [InlineData("ld #5\nldx #33\nlsh x\nret", 10)]
    [InlineData("ld #0x80000000\nldx #33\nrsh x\nret", 0x40000000)]
    [InlineData("ld #1\nneg\nret", 0xffffffff)]
    [InlineData("ld #7\nst M[3]\nldx M[3]\ntxa\nxor #1\nret", 6)]
    [InlineData("ld #7\nldx #3\nldb [xor_x]\nret", 4)]
    [InlineData("ld [vlanp]\nret", 0)]
    [InlineData("ld #5\nld [ifidx]\nret #9", 5)] // no interface: Linux ends with what A holds
    [InlineData("ld [-1048576]\nret #9", 0)] // no network header known
    public void Run_Program_DoesAsLinux(string text, uint expected) =>
        Assert.Equal(expected, ClassicProgram.Create(ClassicText.Parse(text)).Run(s_packet, 1000));

    [Theory]
    [InlineData("ldx #4294967295\nldb [x + 1]\nret", 0)]
    [InlineData("ld #5\nldx #33\nlsh x\nret", 0)]
    [InlineData("ld #5\nldx #31\nlsh x\nret", 0x80000000)]
    [InlineData("ld #7\nldx #3\nldb [xor_x]\nret #9", 0)]
    public void Run_ProgramOfLibpcap_DoesAsLibpcap(string text, uint expected) =>
        Assert.Equal(expected, ClassicProgram.Create(ClassicText.Parse(text), ClassicSemantics.Libpcap).Run(s_packet, 1000));

    [Fact]
    public void Run_WithContext_ReadsEveryAncillaryValue()
    {
        ClassicContext context = new()
        {
            Protocol = 0x800,
            PacketType = 2,
            InterfaceIndex = 3,
            Mark = 4,
            Queue = 5,
            HardwareType = 6,
            Hash = 7,
            Cpu = 8,
            VlanTag = 9,
            VlanTagPresent = true,
            VlanProtocol = 0x8100,
            PayloadOffset = 11,
            NetworkOffset = -1,
            LinkOffset = -2,
            Start = 2,
        };
        (string Name, uint Value)[] expected =
        [
            ("[proto]", 0x800), ("[type]", 2), ("[ifidx]", 3), ("[mark]", 4), ("[queue]", 5), ("[hatype]", 6), ("[rxhash]", 7), ("[cpu]", 8),
            ("[vlan_tci]", 9), ("[vlanp]", 1), ("[vlan_tpid]", 0x8100), ("[poff]", 11),
            ("[0]", 0x33445566), ("[-1048576]", 0x22334455), ("[-2097152]", 0x11223344), ("[x + -2097152]", 0x11223344), ("[-2097151]", 0x22334455), ("[-2097144]", 0),
        ];
        foreach ((string name, uint value) in expected)
        {
            ClassicProgram program = ClassicProgram.Create(ClassicText.Parse($"ld {name}\nret"));
            Assert.True(value == program.Run(s_packet, 8, context), name);
        }
    }

    [Fact]
    public void Run_NetlinkAttributes_FindsThem()
    {
        // type 1 of 5 bytes (3 of padding), type 2 that holds type 7
        byte[] packet = [5, 0, 1, 0, 0xaa, 0, 0, 0, 12, 0, 2, 0x80, 8, 0, 7, 0, 1, 2, 3, 4];
        Assert.Equal(8u, Run("ldx #2\nldb [nla]\nret"));
        Assert.Equal(0u, Run("ldx #3\nldb [nla]\nret"));
        Assert.Equal(12u, Run("ld #8\nldx #7\nldb [nlan]\nret"));
        Assert.Equal(0u, Run("ld #0\nldx #7\nldb [nlan]\nret"));
        Assert.Equal(0u, Run("ld #17\nldx #7\nldb [nla]\nret"));

        uint Run(string text) => ClassicProgram.Create(ClassicText.Parse(text)).Run(packet);
    }

    [Fact]
    public void Run_AnyProgram_AllocatesNothing()
    {
        ClassicProgram program = ClassicProgram.Create(ClassicText.Parse("ldh [12]\njeq #0x800 jt 2 jf 3\nret #1\nret #0"));
        byte[] packet = new byte[60];
        program.Run(packet);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) program.Run(packet);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
