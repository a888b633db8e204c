// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Vm.Host;

/// <summary>The verified regime: what is refused, what runs untested, and what is tested all the same.</summary>
public sealed class VerifiedTests
{
    [Fact]
    public void Load_UnsafeProgram_IsRefusedWithTheReason()
    {
        VerificationException refused = Assert.Throws<VerificationException>(() => Asm.Program("r2 = *(u32 *)(r1 + 0)\nr0 = *(u8 *)(r2 + 0)\nexit"));
        Assert.Equal(("main", 1), (refused.Program, refused.Instruction));
        Assert.Contains("cannot prove 0 + 1 <= packet length", refused.Message, StringComparison.Ordinal);
        Assert.Equal(VmRegime.Verified, new VmOptions().Regime);
    }

    [Fact]
    public void MachineCode_OfProvedPrograms_IsNotLongerThanTrusted()
    {
        if (!JitCompiler.IsSupported) return;
        int compared = 0;
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.bpfasm"))
        {
            BpfObject source = Assembler.Assemble(File.ReadAllText(file), file);
            using VmObject verified = VmObject.Load(source), trusted = VmObject.Load(source, new VmOptions { Regime = VmRegime.Trusted });
            for (int i = 0; i < verified.Programs.Count; i++)
            {
                Assert.DoesNotContain(AccessKind.Unknown, verified.Programs[i].Executable.Prepared.Access);
                Assert.InRange(verified.Programs[i].MachineCode.Length, 1, trusted.Programs[i].MachineCode.Length);
                compared++;
            }
        }

        Assert.True(compared > 2);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void LoadThroughASocketOfTheContext_IsTested(VmEngine engine)
    {
        using VmObject loaded = Asm.Program("""
            r2 = *(u64 *)(r1 + 168)
            r0 = 1
            if r2 == 0 goto out
            r0 = *(u32 *)(r2 + 4)
            out:
            exit
            """, "sched_cls", engine);
        Assert.Equal(1u, loaded.Programs[0].Run(Asm.Packet(60)).ReturnValue);
        VmFault fault = loaded.Programs[0].Run(Asm.Packet(60), new RunContext { ["sk"] = 0x1234_5678_0000 }).Fault!;
        Assert.Equal((FaultKind.Memory, 3), (fault.Kind, fault.Instruction));
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void LoadsAroundATestedOne_StillWork(VmEngine engine)
    {
        using VmObject loaded = Asm.Program("""
            r6 = *(u32 *)(r1 + 76)
            r7 = *(u32 *)(r1 + 80)
            r8 = *(u32 *)(r1 + 0)
            r2 = *(u64 *)(r1 + 168)
            *(u64 *)(r10 - 8) = r8
            r0 = 0
            if r2 == 0 goto packet
            r0 = *(u32 *)(r2 + 4)
            packet:
            r3 = r6
            r3 += 4
            if r3 > r7 goto out
            r0 = *(u8 *)(r6 + 3)
            *(u8 *)(r6 + 2) = 77
            r3 = *(u64 *)(r10 - 8)
            r0 += r3
            out:
            exit
            """, "sched_cls", engine);
        Assert.Contains(AccessKind.Unknown, loaded.Programs[0].Executable.Prepared.Access);
        byte[] packet = Asm.Packet(60);
        RunResult result = loaded.Programs[0].Run(packet);
        Assert.Null(result.Fault);
        Assert.Equal(63u, result.ReturnValue);
        Assert.Equal(77, result.Packet[2]);
        Assert.Equal(2, packet[2]);
    }

    [Fact]
    public void AddressThatNoKernelHasNull_MayBeNullHere()
    {
        const string Text = """
            .license "GPL"
            .section "cgroup/connect4"
            .global main
            main:
                r6 = r10
                r6 += -8
                *(u64 *)(r6 + 0) = 1
                r2 = *(u64 *)(r1 + 64)
                if r2 != 0 goto use
                r6 = 16
            use:
                r1 = *(u64 *)(r6 + 0)
                r0 = 1
                exit
            """;
        BpfObject source = Assembler.Assemble(Text);
        Assert.Null(ProgramVerifier.Verify(source, "main").Explanation);
        Assert.Equal(6, Assert.Throws<VerificationException>(() => VmObject.Load(source)).Instruction);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void PlainMemory_HasNoRules_AndIsChecked(VmEngine engine)
    {
        using VmObject loaded = VmObject.Load(Untyped("r0 = *(u8 *)(r1 + 3)\nexit"), new VmOptions { Engine = engine });
        Assert.Equal(VmRegime.Checked, loaded.Programs[0].Regime);
        Assert.Equal(7u, loaded.Programs[0].Run([4, 5, 6, 7]).ReturnValue);
        Assert.Equal(FaultKind.Memory, loaded.Programs[0].Run([4, 5, 6]).Fault?.Kind);
    }

    [Fact]
    public void ProcessorNumbers_AreThoseOfThisHost()
    {
        const string Text = """
            .license "GPL"
            .map cpus type=array key=u32 value=64 max=1
            .program main type=xdp
                *(u32 *)(r10 - 4) = 0
                r1 = cpus ll
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                if r0 == 0 goto out
                r6 = r0
                call bpf_get_smp_processor_id
                r6 += r0
                r0 = *(u8 *)(r6 + 0)
            out:
                exit
            """;
        using (VmObject.Load(Assembler.Assemble(Text), new VmOptions { CpuCount = 64 }))
        {
        }

        Assert.Throws<VerificationException>(() => VmObject.Load(Assembler.Assemble(Text), new VmOptions { CpuCount = 65 }));
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void TailCall_ToAProgramWithAnotherContext_FallsThrough(VmEngine engine)
    {
        foreach (VmRegime regime in Enum.GetValues<VmRegime>())
        {
            using VmObject loaded = Asm.Load("""
                .license "GPL"
                .map jumps type=prog_array key=u32 value=u32 max=2 slots=0:other,1:same
                .program main type=xdp
                    r6 = r1
                    r2 = jumps ll
                    r3 = 0
                    call bpf_tail_call
                    r1 = r6
                    r2 = jumps ll
                    r3 = 1
                    call bpf_tail_call
                    r0 = 3
                    exit
                .program same type=xdp
                    r0 = 2
                    exit
                .program other type=sched_cls
                    r0 = *(u32 *)(r1 + 176)
                    exit
                """, engine, new VmOptions { Regime = regime });
            RunResult result = loaded.Programs["main"].Run(Asm.Packet(60));
            Assert.Null(result.Fault);
            Assert.Equal(2u, result.ReturnValue);
        }
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void ElementDeletedWhileHeld_StaysMemoryOfTheMap(VmEngine engine)
    {
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .map flows type=hash key=u32 value=u64 max=2
            .program main type=xdp
                *(u32 *)(r10 - 4) = 1
                *(u64 *)(r10 - 16) = 5
                r1 = flows ll
                r2 = r10
                r2 += -4
                r3 = r10
                r3 += -16
                r4 = 0
                call bpf_map_update_elem
                r1 = flows ll
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                if r0 == 0 goto none
                r6 = r0
                r1 = flows ll
                r2 = r10
                r2 += -4
                call bpf_map_delete_elem
                *(u64 *)(r6 + 0) = 9
                r0 = *(u64 *)(r6 + 0)
                exit
            none:
                r0 = 0
                exit
            """, engine);
        for (int i = 0; i < 100; i++) Assert.Equal(9u, loaded.Programs[0].Run(Asm.Packet(60)).ReturnValue);
        Assert.Equal(Errno.ENOENT, loaded.Maps[0].Lookup([1, 0, 0, 0], new byte[8]));
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void ReadOnlyData_IsAConstant_AndStaysOne(VmEngine engine)
    {
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .rodata
            offset: .quad 3
            .program main type=xdp
                r2 = *(u32 *)(r1 + 0)
                r3 = *(u32 *)(r1 + 4)
                r4 = r2
                r4 += 4
                r0 = 0
                if r4 > r3 goto out
                r1 = offset ll
                r1 = *(u64 *)(r1 + 0)
                r2 += r1
                r0 = *(u8 *)(r2 + 0)
            out:
                exit
            """, engine);
        Assert.Equal(3u, loaded.Programs[0].Run(Asm.Packet(60)).ReturnValue);
        BpfMap data = loaded.Maps.Single(map => map.Definition.Role == MapRole.ReadOnlyData);
        Assert.Equal(Errno.EPERM, data.Update(new byte[4], BitConverter.GetBytes(4000L)));
        Assert.Equal(3u, loaded.Programs[0].Run(Asm.Packet(60)).ReturnValue);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Fuel_IsCountedWhereItIsLimited(VmEngine engine)
    {
        const string Rounds = "r0 = 0\nagain: r0 += 1\nif r0 < 1000 goto again\nexit";
        using VmObject limited = Asm.Program(Rounds, engine: engine, options: new VmOptions { FuelLimit = 100 }), free = Asm.Program(Rounds, engine: engine);
        Assert.Equal(FaultKind.Fuel, limited.Programs[0].Run(Asm.Packet(60)).Fault?.Kind);
        Assert.Equal(1000u, free.Programs[0].Run(Asm.Packet(60)).ReturnValue);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void CallbacksThatGoOnForLong_EndAtTheTimeLimit(VmEngine engine)
    {
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .program main type=xdp
                r1 = 8388608
                r2 = outer ll
                r3 = 0
                r4 = 0
                call bpf_loop
                r0 = 0
                exit
            .function outer
                r1 = 8388608
                r2 = inner ll
                r3 = 0
                r4 = 0
                call bpf_loop
                r0 = 0
                exit
            .function inner
                r0 = 0
                exit
            """, engine, new VmOptions { TimeLimit = TimeSpan.FromMilliseconds(40) });
        Assert.Equal(FaultKind.Deadline, loaded.Programs[0].Run(Asm.Packet(60)).Fault?.Kind);
    }

    [KernelBtfFact("clang-19")]
    public void LoadFromMemoryOfWhichNothingIsKnown_IsTested()
    {
        BpfObject source = ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, "untrusted_memory.bpf.c")), "untrusted_memory");
        foreach (VmEngine engine in Enum.GetValues<VmEngine>())
        {
            using VmObject loaded = VmObject.Load(source, new VmOptions { Engine = engine, KernelTypes = () => BtfTypes.Parse(File.ReadAllBytes(KernelBtfFact.Path)) });
            VmFault fault = loaded.Programs[0].Run(Asm.Packet(60), new RunContext { ["ingress_ifindex"] = 0x12345 }).Fault!;
            Assert.Equal((FaultKind.Memory, 8), (fault.Kind, fault.AccessSize));
            Assert.Contains("0x1234d", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void PacketFieldsOfTheRules_AreThoseOfThisHost()
    {
        int fields = 0;
        foreach (ProgramType type in Enum.GetValues<ProgramType>())
        {
            Nectar.Bpf.Vm.ContextLayout layout = Nectar.Bpf.Vm.ContextLayout.For(type);
            foreach (AttachType attach in Enum.GetValues<AttachType>())
            {
                ProgramTraits traits = new(type, attach, false, null) { IsGpl = true };
                for (int offset = 0; offset < 512; offset++)
                {
                    foreach (int size in (int[])[4, 8])
                    {
                        ContextAccess access = ContextRules.Check(traits, offset, size, false);
                        AccessKind? kind = !access.IsAllowed ? null : access.Result switch
                        {
                            ContextResult.Packet => AccessKind.PacketStart,
                            ContextResult.PacketEnd => AccessKind.PacketEnd,
                            ContextResult.PacketMeta => AccessKind.PacketMeta,
                            _ => null,
                        };
                        if (kind is null) continue;
                        fields++;
                        Assert.True(kind == layout.Classify(offset, size, false), $"{type} {attach}: offset {offset}, {size} bytes: the verifier says {kind}, the host {layout.Classify(offset, size, false)}");
                    }
                }
            }
        }

        Assert.True(fields > 10);
    }

    [Fact]
    public void HelpersThatMoveThePacket_AreKnownToTheVerifier()
    {
        string[] inPlace = ["bpf_xdp_store_bytes", "bpf_dynptr_write"];
        foreach (HelperInfo helper in HelperTable.All.Where(helper => helper.WritesPacket && !helper.IsKfunc && !inPlace.Contains(helper.Name)))
        {
            Assert.True((HelperPrototypes.Find(helper.Id)!.Traits & HelperTraits.ChangesPacket) != 0, helper.Name);
        }
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void GeneratedPrograms_Accepted_NeverFaultWhereEachAccessIsTested(int part)
    {
        int accepted = 0;
        for (int seed = part * 1000; seed < (part * 1000) + 40; seed++)
        {
            BpfObject source = Wrapped(new ProgramGenerator(seed).Runnable(new RunnableOptions { Length = 20 + (seed % 5 * 20) }));
            VmObject? verified = TryVerified(source);
            if (verified is null) continue;
            accepted++;
            using (verified)
            using (VmObject tested = VmObject.Load(source, new VmOptions { Regime = VmRegime.Checked, Engine = VmEngine.Interpreter }))
            {
                RunResult here = verified.Programs[0].Run(Asm.Packet(64)), there = tested.Programs[0].Run(Asm.Packet(64));
                Assert.Null(there.Fault);
                Assert.Null(here.Fault);
                Assert.Equal(there.Value, here.Value);
            }
        }

        Assert.True(accepted > 30, $"{accepted} of 40 accepted");
    }

    private static BpfObject Untyped(string text)
    {
        FunctionDefinition entry = new() { Name = "main", Section = "memory", Instructions = Assembler.AssembleInstructions(text) };
        BpfObject source = new() { Name = "untyped" };
        source.Functions.Add(entry);
        source.Programs.Add(new ProgramDefinition { Name = "main", Section = "memory", Type = ProgramType.Unspec, Entry = entry });
        return source;
    }

    private static VmObject? TryVerified(BpfObject source)
    {
        try
        {
            return VmObject.Load(source);
        }
        catch (VerificationException)
        {
            return null;
        }
    }

    private static BpfObject Wrapped(Instruction[] code)
    {
        Instruction[] all =
        [
            new(0x85, 0, 1, 0, 1), // call the code: an entry of XDP may not return everything
            new(0x95, 0, 0, 0, 0),
            .. code,
        ];
        FunctionDefinition entry = new() { Name = "main", Section = "xdp", Instructions = all };
        BpfObject source = new() { Name = "generated", License = "GPL" };
        source.Functions.Add(entry);
        source.Programs.Add(new ProgramDefinition { Name = "main", Section = "xdp", Type = ProgramType.Xdp, Entry = entry });
        return source;
    }
}
