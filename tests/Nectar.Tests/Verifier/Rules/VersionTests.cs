// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Xunit;

namespace Nectar.Tests.Verifier.Rules;

/// <summary>Would it load there? The answer by kernel, with the reason.</summary>
public sealed class VersionTests
{
    private static readonly Instruction s_exit = new(0x95, 0, 0, 0, 0);

    // r0 = 10; r0 += -1; if r0 != 0 goto -2; exit
    private static readonly Instruction[] s_loop = [new(0xb7, 0, 0, 0, 10), new(0x07, 0, 0, 0, -1), new(0x55, 0, 0, -2, 0), s_exit];

    // r0 = 1; if w0 == 1 goto +0; exit
    private static readonly Instruction[] s_shortJump = [new(0xb7, 0, 0, 0, 1), new(0x16, 0, 0, 0, 1), s_exit];

    public static TheoryData<string, string, string?> Cases() => new()
    {
        { "loop", "5.2", "loops came with Linux 5.3, the kernel asked about is 5.2" },
        { "loop", "5.3", null },
        { "loop", "6.18", null },
        { "short", "4.19", "came with Linux 5.1, the kernel asked about is 4.19" },
        { "short", "5.4", null },
        { "long", "5.1", "the program has 5001 instructions: programs of more than 4096 instructions came with Linux 5.2, the kernel asked about is 5.1" },
        { "long", "5.4", null },
        { "lookup", "5.8", "programs of type SkLookup came with Linux 5.9, the kernel asked about is 5.8" },
        { "lookup", "5.10", null },
        { "helper", "5.4", "bpf_ktime_get_boot_ns came with Linux 5.8, the kernel asked about is 5.4" },
        { "helper", "5.10", null },
        { "comm", "6.12", "bpf_get_current_uid_gid came with Linux 6.16, the kernel asked about is 6.12" },
        { "comm", "6.18", null },
        { "xdp", "5.4", null },
        { "devmap", "5.4", "programs for XdpDevMap came with Linux 5.8, the kernel asked about is 5.4" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Programs_AreJudgedByTheKernelAskedAbout(string program, string kernel, string? refusal)
    {
        KernelVersion.TryParse(kernel, out KernelVersion version);
        VerificationResult result = ProgramVerifier.Verify(Input(program), new VerifierOptions { Kernel = version });
        if (refusal is null) Assert.True(result.IsAccepted, result.Refusal?.Sentence);
        else Assert.Contains(refusal, Assert.IsType<Violation>(result.Refusal).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_StandInTheOrderOfTheEnumeration()
    {
        int at = 0;
        foreach ((KernelFeature feature, KernelVersion since, string name) in FeatureRules.All)
        {
            Assert.Equal(at++, (int)feature);
            Assert.InRange(since.Code, KernelVersion.Oldest.Code, KernelVersion.Newest.Code);
            Assert.NotEmpty(name);
        }

        Assert.Equal(Enum.GetValues<KernelFeature>().Length, at);
    }

    [Fact]
    public void Helpers_CameToATypeNoEarlierThanToTheKernel()
    {
        for (int helper = 1; helper < HelperNames.Count; helper++)
        {
            foreach (ProgramType type in Enum.GetValues<ProgramType>())
            {
                Assert.True(HelperSince.Find(helper, type) >= HelperSince.Find(helper));
                Assert.True(HelperSince.Find(helper, type) <= KernelVersion.Newest);
            }
        }

        Assert.Equal(new KernelVersion(6, 16), HelperSince.Find(HelperNames.IdOf("bpf_get_current_comm"), ProgramType.Xdp));
        Assert.Equal(new KernelVersion(4, 2), HelperSince.Find(HelperNames.IdOf("bpf_get_current_comm"), ProgramType.Kprobe));
    }

    [Fact]
    public void Types_HaveTheirFirstKernel()
    {
        foreach (ProgramType type in Enum.GetValues<ProgramType>()) Assert.True(type == ProgramType.Unspec || TypeSince.Find(type) != default, type.ToString());
        foreach (MapType type in Enum.GetValues<MapType>()) Assert.True(type == MapType.Unspec || TypeSince.Find(type) != default, type.ToString());
        Assert.Equal(new KernelVersion(5, 8), TypeSince.Find(MapType.RingBuf));
        Assert.Equal(new KernelVersion(6, 6), TypeSince.Find(AttachType.TcxIngress));
    }

    [Fact]
    public void Kfuncs_AreLookedUpByTypeAndKernel()
    {
        ProgramTraits xdp = new(ProgramType.Xdp), kprobe = new(ProgramType.Kprobe);
        Assert.Equal(RuleDenial.None, KfuncRules.Find("bpf_task_acquire", xdp).Denial);
        Assert.Equal(KfuncTraits.Acquires | KfuncTraits.RcuArguments | KfuncTraits.MaybeNull, KfuncRules.Find("bpf_task_acquire", xdp).Traits);
        Assert.Equal(RuleDenial.ProgramType, KfuncRules.Find("bpf_task_acquire", kprobe).Denial);
        Assert.Equal(RuleDenial.TooOld, KfuncRules.Find("bpf_task_acquire", xdp with { Kernel = new(6, 1) }).Denial);
        Assert.Equal(RuleDenial.AttachType, KfuncRules.Find("bpf_session_cookie", kprobe).Denial);
        Assert.Equal(RuleDenial.None, KfuncRules.Find("bpf_session_cookie", kprobe with { Attach = AttachType.TraceKprobeSession }).Denial);
        Assert.Equal(RuleDenial.NotSleepable, KfuncRules.Find("bpf_copy_from_user_str", xdp).Denial);
        Assert.Equal(RuleDenial.Unknown, KfuncRules.Find("bpf_no_such_function", xdp).Denial);
    }

    private static VerifierInput Input(string program)
    {
        Instruction[] code = program switch
        {
            "loop" => s_loop,
            "short" => s_shortJump,
            "long" => [.. Enumerable.Repeat(new Instruction(0xb7, 0, 0, 0, 0), 5000), s_exit],
            "lookup" or "xdp" or "devmap" => [new(0xb7, 0, 0, 0, 1), s_exit],
            "helper" => [new(0x85, 0, 0, 0, HelperNames.IdOf("bpf_ktime_get_boot_ns")), new(0xb7, 0, 0, 0, 0), s_exit],
            _ => [new(0x85, 0, 0, 0, HelperNames.IdOf("bpf_get_current_uid_gid")), new(0xb7, 0, 0, 0, 0), s_exit],
        };
        ProgramType type = program switch { "lookup" => ProgramType.SkLookup, "comm" or "xdp" or "devmap" => ProgramType.Xdp, _ => ProgramType.SocketFilter };
        return new VerifierInput { Name = program, Instructions = code, Type = type, AttachType = program switch { "xdp" => AttachType.Xdp, "devmap" => AttachType.XdpDevMap, _ => null } };
    }
}
