// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Linux.Features;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Refusals;

/// <summary>Real refusals of the running kernel.</summary>
public sealed class RefusalKernelTests(ITestOutputHelper output)
{
    private static readonly Instruction[] s_nothing = [Instruction.FromUInt64(0xb7), Instruction.FromUInt64(0x95)];

    [KernelFact]
    public void WithoutCapabilities_TheMissingOnesAreNamed()
    {
        KernelException map = Refused(() => ReducedCapabilities.Run([], () => KernelMap.Create(Array("m")).Dispose()));
        Assert.Equal(Errno.EPERM, map.Errno);
        Assert.Contains("map 'm': create: EPERM: this process lacks CAP_BPF", map.Message, StringComparison.Ordinal);
        KernelException program = Refused(() => ReducedCapabilities.Run(["CAP_BPF"], () => Load(ProgramType.Xdp)));
        Assert.Contains("program 'p': load: EPERM: this process lacks CAP_NET_ADMIN", program.Message, StringComparison.Ordinal);
        Assert.Contains("cap_net_admin", program.Hint, StringComparison.Ordinal);
        Assert.Contains("this process lacks CAP_SYS_ADMIN", Refused(() => ReducedCapabilities.Run(["CAP_BPF"], () => KernelProgram.OpenById(1).Dispose())).Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void WithoutCapabilities_FeaturesAreUnknown_NotAbsent() =>
        ReducedCapabilities.Run([], () => Assert.Equal(FeatureState.Unknown, KernelFeatures.ProbeProgramType(ProgramType.LwtXmit) is { State: FeatureState.Yes } known ? FeatureState.Unknown : KernelFeatures.ProbeProgramType(ProgramType.LwtXmit).State));

    [KernelFact]
    public void Maps_AreRefusedWithTheRuleTheyBreak()
    {
        KernelException problem = Refused(() => KernelMap.Create(new MapDefinition { Name = "ring", Type = MapType.RingBuf, KeySize = 4, MaxEntries = 4096 }).Dispose());
        Assert.Contains("map 'ring': create: EINVAL: ", problem.Message, StringComparison.Ordinal);
        Assert.Contains("key", problem.Message, StringComparison.Ordinal);
        if (!KernelFeatures.ProbeMapType(MapType.Rhash).IsYes)
        {
            KernelException newer = Refused(() => KernelMap.Create(new MapDefinition { Name = "r", Type = MapType.Rhash, KeySize = 4, ValueSize = 4, MaxEntries = 1, Flags = MapFlags.NoPrealloc }).Dispose());
            Assert.Contains("maps of type rhash: needs Linux 7.2", newer.Message, StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public void Ids_ThatAreGone_SaySo()
    {
        KernelException problem = Refused(() => KernelProgram.OpenById(uint.MaxValue - 7).Dispose());
        Assert.Contains("ENOENT: there is no such object (any more)", problem.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void BlockedPrograms_AreToldFromMissingPrivileges()
    {
        FeatureStatus fentry = KernelFeatures.Probe(Feature.Fentry);
        if (fentry.Errno != Errno.EPERM) return; // only where a sandbox blocks it; the rows are tested on every machine
        KernelException problem = Refused(() => KernelProgram.Load(new ProgramLoad { Name = "p", Type = ProgramType.Tracing, ExpectedAttachType = AttachType.TraceFentry, AttachBtfId = 1, Instructions = s_nothing }).Dispose());
        Assert.Contains("blocks fentry programs: it refuses the smallest one too; it is not the memory lock limit", problem.Message, StringComparison.Ordinal);
        Assert.NotNull(problem.Hint);
    }

    [KernelFact]
    public void ProgramTypes_ThatTheKernelLacks_SayWhich()
    {
        if (KernelFeatures.ProbeProgramType(ProgramType.LircMode2).State != FeatureState.No) return;
        KernelException problem = Refused(() => Load(ProgramType.LircMode2));
        Assert.Contains("programs of type lirc_mode2: ", problem.Message, StringComparison.Ordinal);
    }

    private KernelException Refused(Action action)
    {
        KernelException problem = Assert.ThrowsAny<KernelException>(action);
        output.WriteLine(problem.Message);
        return problem;
    }

    private static void Load(ProgramType type) => KernelProgram.Load(new ProgramLoad { Name = "p", Type = type, Instructions = s_nothing }).Dispose();

    private static MapDefinition Array(string name) => new() { Name = name, Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
}
