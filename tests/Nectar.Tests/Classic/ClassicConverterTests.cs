// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Classic;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Classic;

public sealed class ClassicConverterTests
{
    private static readonly ClassicContext s_context = new()
    {
        Protocol = 0x86dd,
        PacketType = 2,
        InterfaceIndex = 3,
        Mark = 0xffffffff,
        Queue = 5,
        Hash = 0x80000007,
        Cpu = 8,
        VlanTag = 9,
        VlanTagPresent = true,
        VlanProtocol = 0x8100,
        NetworkOffset = 14,
        LinkOffset = 0,
    };

    private static readonly ClassicAncillary[] s_convertible =
    [
        ClassicAncillary.Protocol, ClassicAncillary.PacketType, ClassicAncillary.InterfaceIndex, ClassicAncillary.Mark, ClassicAncillary.Queue, ClassicAncillary.Hash,
        ClassicAncillary.Cpu, ClassicAncillary.XorX, ClassicAncillary.VlanTag, ClassicAncillary.VlanTagPresent, ClassicAncillary.VlanProtocol,
    ];

    private static readonly uint[] s_bases = [ClassicAncillaryTable.NetworkBase, ClassicAncillaryTable.LinkBase];

    [Theory]
    [InlineData(ClassicSemantics.Linux)]
    [InlineData(ClassicSemantics.Libpcap)]
    public void ToExtended_GeneratedProgramsForSockets_DoTheSame(ClassicSemantics semantics)
    {
        ClassicProgramGenerator generator = new(21) { Ancillaries = semantics == ClassicSemantics.Linux ? s_convertible : [ClassicAncillary.VlanTag, ClassicAncillary.Protocol], HeaderBases = s_bases };
        ClassicConversion conversion = new() { Semantics = semantics };
        for (int i = 0; i < 3000; i++)
        {
            ClassicInstruction[] program = generator.NextProgram(i % 20 == 0 ? 900 : 60);
            ClassicProgram classic = ClassicProgram.Create(program, semantics);
            Instruction[] extended = ClassicConverter.ToExtended(program, conversion);
            ExtendedEvaluator evaluator = new(extended);
            for (int p = 0; p < 8; p++)
            {
                byte[] packet = generator.NextPacket();
                ClassicContext context = p % 4 == 3 ? default : s_context;
                Same(classic.Run(packet, 1500, context), evaluator.RunSocket(packet, 1500, context), i, program, extended);
            }
        }
    }

    [Theory]
    [InlineData(ClassicSemantics.Linux, false)]
    [InlineData(ClassicSemantics.Linux, true)]
    [InlineData(ClassicSemantics.Libpcap, false)]
    public void ToExtended_GeneratedProgramsForMemory_DoTheSame(ClassicSemantics semantics, bool headers)
    {
        ClassicProgramGenerator generator = new(22) { Ancillaries = [ClassicAncillary.XorX], HeaderBases = headers ? s_bases : [] };
        ClassicConversion conversion = new() { Target = ClassicTarget.Memory, Semantics = semantics, WireLengthInRegister3 = true, NetworkOffset = headers ? 14 : null, LinkOffset = headers ? 0 : null };
        ClassicContext context = new() { NetworkOffset = conversion.NetworkOffset, LinkOffset = conversion.LinkOffset };
        for (int i = 0; i < 5000; i++)
        {
            ClassicInstruction[] program = generator.NextProgram(i % 20 == 0 ? 900 : 60);
            ClassicProgram classic = ClassicProgram.Create(program, semantics);
            Instruction[] extended = ClassicConverter.ToExtended(program, conversion);
            ExtendedEvaluator evaluator = new(extended);
            for (int p = 0; p < 8; p++)
            {
                byte[] packet = generator.NextPacket();
                Same(classic.Run(packet, 1500, context), evaluator.RunMemory(packet, 1500), i, program, extended);
            }
        }
    }

    [ToolFact("tcpdump")]
    public void ToExtended_ProgramsOfTcpdump_DoTheSameOnEveryLength()
    {
        string tcpdump = TestEnvironment.FindTool("tcpdump")!;
        Random random = new(1);
        int compared = 0;
        foreach ((string link, string expression) in FilterExpressions.All)
        {
            (int exit, string decimals, _) = TestEnvironment.Run(tcpdump, "-y", link, "-ddd", expression);
            if (exit != 0) continue;
            ClassicInstruction[] program = ClassicText.Parse(decimals);
            if (!ClassicValidator.IsValid(program)) continue; // 'protochain' jumps backward: no kernel takes it
            foreach (ClassicSemantics semantics in Enum.GetValues<ClassicSemantics>())
            {
                ClassicProgram classic = ClassicProgram.Create(program, semantics);
                Instruction[] extended = ClassicConverter.ToExtended(program, new ClassicConversion { Target = ClassicTarget.Memory, Semantics = semantics });
                ExtendedEvaluator evaluator = new(extended);
                for (int length = 0; length < 120; length++)
                {
                    // Bytes that the filters ask for are likely, so that both verdicts happen.
                    byte[] packet = new byte[length];
                    for (int i = 0; i < length; i++) packet[i] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)0;
                    if (length > 14) (packet[12], packet[13], packet[14]) = random.Next(3) switch { 0 => ((byte)8, (byte)0, (byte)0x45), 1 => ((byte)0x86, (byte)0xdd, (byte)0x60), _ => ((byte)0x81, (byte)0, (byte)0) };
                    if (length > 23) (packet[20], packet[23]) = (6, (byte)(random.Next(2) == 0 ? 6 : 17));
                    Same(classic.Run(packet), evaluator.RunMemory(packet, 0), length, program, extended);
                }
            }

            compared++;
        }

        Assert.True(compared >= 60, $"only {compared} programs could be compared");
    }

    [Fact]
    public void ToExtended_Memory_AsksOnceForAllThatIsNeeded()
    {
        // tcp port 80 without fragments: every accepting path reads at least byte 23 of IPv4.
        ClassicInstruction[] program = ClassicText.Parse(
            """
            ldh [12]
            jeq #0x800 jt 2 jf 8
            ldb [23]
            jeq #0x6 jt 4 jf 8
            ldh [20]
            jset #0x1fff jt 8 jf 6
            ldxb 4*([14]&0xf)
            ja 9
            ret #0
            ldh [x + 14]
            jeq #0x50 jt 13 jf 11
            ldh [x + 16]
            jeq #0x50 jt 13 jf 14
            ret #262144
            ret #0
            """);
        Instruction[] code = ClassicConverter.ToExtended(program, new ClassicConversion { Target = ClassicTarget.Memory });
        // One check of the length against 24 bytes, one of the length against X + 16 (X + 18 only if the first port does not match).
        Assert.Equal(1, code.Count(c => c.Opcode == 0xa5));
        Assert.Equal(24, code.Single(c => c.Opcode == 0xa5).Immediate);
        Assert.Equal(2, code.Count(c => c.Opcode == 0x2d));
        Assert.DoesNotContain(code, c => c.Opcode == 0x85);
    }

    [Theory]
    [InlineData("ld [hatype]", "[hatype]")]
    [InlineData("ld [poff]", "[poff]")]
    [InlineData("ld [nla]", "[nla]")]
    [InlineData("ld [nlan]", "[nlan]")]
    public void TryConvert_WhatSocketsDoNotHave_SaysWhy(string load, string name)
    {
        DiagnosticBag diagnostics = new();
        Assert.Null(ClassicConverter.TryConvert(ClassicText.Parse($"ld #1\n{load}\nret"), new ClassicConversion(), diagnostics));
        Diagnostic diagnostic = Assert.Single(diagnostics.Items);
        Assert.Equal(ClassicCodes.NotConvertible, diagnostic.Code);
        Assert.Equal(1, diagnostic.Instruction);
        Assert.StartsWith($"'{name}' cannot be converted: no", diagnostic.Message.Replace("__sk_buff has ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void TryConvert_WhatMemoryDoesNotHave_ReportsAll()
    {
        DiagnosticBag diagnostics = new();
        Assert.Null(ClassicConverter.TryConvert(ClassicText.Parse("ld [proto]\nld [-1048576]\nldb [-2097152]\nldxb 4*([-1048576]&0xf)\nret"), new ClassicConversion { Target = ClassicTarget.Memory }, diagnostics));
        Assert.Equal([0, 1, 2, 3], diagnostics.Items.Select(d => d.Instruction!.Value));
    }

    [Fact]
    public void ToExtended_JumpsBeyond16Bits_ReachTheirTarget()
    {
        // 4095 indexed loads make more than 32767 extended instructions between the first jump and its target.
        List<ClassicInstruction> program = [new(0x28, 0), new(0x35, 0, 1, 0x8000), new(5, 4090)];
        while (program.Count < 4093) program.Add(new(0x40, 0xfffffff0));
        program.AddRange([new(0x6, 1), new(0x6, 2), new(0x6, 3)]);
        ClassicInstruction[] classic = [.. program];
        Instruction[] extended = ClassicConverter.ToExtended(classic, new ClassicConversion { Target = ClassicTarget.Memory, NetworkOffset = 0, LinkOffset = 0 });
        Assert.True(extended.Length > 40_000);
        Assert.Contains(extended, c => c.Opcode == 0x06);
        foreach (byte first in new byte[] { 0, 0x80 })
        {
            byte[] packet = [first, 0, 3, 4];
            Assert.Equal(ClassicProgram.Create(classic).Run(packet), new ExtendedEvaluator(extended).RunMemory(packet, 4));
        }
    }

    [Fact]
    public void ToExtended_GeneratedPrograms_HaveNoUnreachedInstruction()
    {
        ClassicProgramGenerator generator = new(23);
        for (int i = 0; i < 2000; i++)
        {
            ClassicInstruction[] program = generator.NextProgram();
            foreach (ClassicTarget target in Enum.GetValues<ClassicTarget>())
            {
                Instruction[] code = ClassicConverter.ToExtended(program, new ClassicConversion { Target = target });
                bool[] reached = new bool[code.Length];
                Stack<int> work = new([0]);
                while (work.TryPop(out int at))
                {
                    if (reached[at]) continue;
                    reached[at] = true;
                    OpcodeInfo info = OpcodeTable.Find(code[at])!;
                    Assert.True(OpcodeTable.ReservedFieldsAreZero(info, code[at]), code[at].ToString());
                    if (info.IsJump) work.Push(at + 1 + (info.Form == OperandForm.JumpLong ? code[at].Immediate : code[at].Offset));
                    if (info.Operation is not (Operation.Exit or Operation.Ja or Operation.JaLong)) work.Push(at + 1);
                }

                Assert.True(reached.All(r => r), ClassicListing.Format(program));
            }
        }
    }

    private static void Same(uint expected, uint actual, int index, ClassicInstruction[] program, Instruction[] extended)
    {
        if (expected != actual) Assert.Fail($"case {index}: classic 0x{expected:x}, extended 0x{actual:x}\n{ClassicListing.Format(program)}\n{string.Join('\n', extended)}");
    }
}
