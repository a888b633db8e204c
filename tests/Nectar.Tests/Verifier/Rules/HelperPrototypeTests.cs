// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Xunit;

namespace Nectar.Tests.Verifier.Rules;

public sealed class HelperPrototypeTests
{
    [Fact]
    public void EveryHelper_HasARowWithItsNumber()
    {
        for (int id = 1; id < HelperNames.Count; id++)
        {
            HelperPrototype prototype = Assert.IsType<HelperPrototype>(HelperPrototypes.Find(id));
            Assert.Equal(id, prototype.Id);
            Assert.Equal(HelperNames.NameOf(id), prototype.Name);
        }

        Assert.Null(HelperPrototypes.Find(0));
        Assert.Null(HelperPrototypes.Find(-1));
        Assert.Null(HelperPrototypes.Find(HelperNames.Count));
    }

    [Fact]
    public void EveryVariant_IsOfItsHelper()
    {
        foreach (HelperVariant variant in Enum.GetValues<HelperVariant>())
        {
            if (variant != HelperVariant.None) Assert.InRange(HelperPrototypes.Variant(variant).Id, 1, HelperNames.Count - 1);
        }

        Assert.Equal("bpf_get_func_ip", HelperPrototypes.Variant(HelperVariant.MultiFunctionAddress).Name);
        Assert.Equal("bpf_get_cgroup_classid", HelperPrototypes.Variant(HelperVariant.CurrentClassId).Name);
    }

    [Fact]
    public void Sizes_FollowTheirMemory()
    {
        for (int id = 1; id < HelperNames.Count; id++)
        {
            HelperPrototype prototype = HelperPrototypes.Find(id)!;
            for (int at = 0; at < prototype.Parameters.Length; at++)
            {
                Parameter parameter = prototype.Parameters[at];
                bool isSized = at + 1 < prototype.Parameters.Length && prototype.Parameters[at + 1].Kind is ParameterKind.Size or ParameterKind.SizeOrZero;
                bool needsSize = parameter.Kind == ParameterKind.Memory && (parameter.Flags & ParameterFlags.FixedSize) == 0;
                Assert.True(isSized == needsSize, $"{prototype}: parameter {at + 1}");
            }
        }
    }

    [Fact]
    public void Rows_AreReadInFull()
    {
        HelperPrototype strtol = HelperPrototypes.Find(HelperNames.IdOf("bpf_strtol"))!;
        Assert.Equal(
            [
                new Parameter(ParameterKind.Memory, ParameterFlags.ReadOnly), new Parameter(ParameterKind.Size), new Parameter(ParameterKind.Anything),
                new Parameter(ParameterKind.Memory, ParameterFlags.Write | ParameterFlags.Uninitialized | ParameterFlags.Aligned | ParameterFlags.FixedSize, 8),
            ],
            strtol.Parameters);
        HelperPrototype exchange = HelperPrototypes.Find(HelperNames.IdOf("bpf_kptr_xchg"))!;
        Assert.Equal([new Parameter(ParameterKind.KptrSlot), new Parameter(ParameterKind.BtfObject, ParameterFlags.MaybeNull | ParameterFlags.Release)], exchange.Parameters);
        Assert.Equal(new HelperResult(ResultKind.BtfObject, MaybeNull: true), exchange.Result);
        Assert.Equal(HelperTraits.Acquires, exchange.Traits);
        Assert.Equal(new HelperResult(ResultKind.BtfObject, IsTrusted: true, BtfType: "task_struct"), HelperPrototypes.Find(HelperNames.IdOf("bpf_get_current_task_btf"))!.Result);
        Assert.True(HelperPrototypes.Find(HelperNames.IdOf("bpf_sk_release"))!.Has(HelperTraits.Releases));
    }

    [Theory]
    [InlineData("bpf_xdp_adjust_head", ProgramType.Xdp, "6.18", "None")]
    [InlineData("bpf_xdp_adjust_head", ProgramType.Xdp, "4.9", "TooOld")]
    [InlineData("bpf_xdp_adjust_head", ProgramType.SchedCls, "6.18", "ProgramType")]
    [InlineData("bpf_loop", ProgramType.Xdp, "5.15", "TooOld")]
    [InlineData("bpf_loop", ProgramType.Xdp, "6.1", "None")]
    [InlineData("bpf_copy_from_user", ProgramType.Xdp, "6.18", "NotSleepable")]
    public void Resolve_LooksAtTypeAndKernel(string helper, ProgramType type, string kernel, string expected)
    {
        Assert.True(KernelVersion.TryParse(kernel, out KernelVersion version));
        Assert.Equal(expected, HelperPrototypes.Resolve(HelperNames.IdOf(helper), new ProgramTraits(type) { Kernel = version }).Denial.ToString());
    }

    [Theory]
    [InlineData("bpf_bind", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Connect, true)]
    [InlineData("bpf_bind", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Bind, false)]
    [InlineData("bpf_setsockopt", ProgramType.CgroupSockOpt, AttachType.CgroupGetSockOpt, false)]
    [InlineData("bpf_seq_printf", ProgramType.Tracing, AttachType.TraceIter, true)]
    [InlineData("bpf_seq_printf", ProgramType.Tracing, AttachType.TraceFentry, false)]
    [InlineData("bpf_get_func_arg", ProgramType.Tracing, AttachType.TraceFentry, true)]
    public void Resolve_LooksAtTheAttachType(string helper, ProgramType type, AttachType attach, bool isAllowed)
    {
        HelperAnswer answer = HelperPrototypes.Resolve(HelperNames.IdOf(helper), new ProgramTraits(type, attach));
        Assert.Equal(isAllowed ? RuleDenial.None : RuleDenial.AttachType, answer.Denial);
        Assert.Equal(isAllowed, answer.Prototype is not null);
    }

    [Fact]
    public void Resolve_GivesTheVariantOfTheProgram()
    {
        int cookie = HelperNames.IdOf("bpf_get_socket_cookie"), classId = HelperNames.IdOf("bpf_get_cgroup_classid");
        Assert.Equal(ParameterKind.Context, HelperPrototypes.Resolve(cookie, new ProgramTraits(ProgramType.SchedCls)).Prototype!.Parameters[0].Kind);
        Assert.Equal(ParameterKind.BtfSocketCommon, HelperPrototypes.Resolve(cookie, new ProgramTraits(ProgramType.Tracing, AttachType.TraceFentry)).Prototype!.Parameters[0].Kind);
        Assert.Single(HelperPrototypes.Resolve(classId, new ProgramTraits(ProgramType.SchedCls)).Prototype!.Parameters);
        Assert.Empty(HelperPrototypes.Resolve(classId, new ProgramTraits(ProgramType.SkMsg)).Prototype!.Parameters);
    }

    [Fact]
    public void Resolve_WantsLicenceAndCapabilities()
    {
        int print = HelperNames.IdOf("bpf_trace_printk");
        Assert.Equal(RuleDenial.License, HelperPrototypes.Resolve(print, new ProgramTraits(ProgramType.Xdp) { IsGpl = false }).Denial);
        Assert.Equal(RuleDenial.Capability, HelperPrototypes.Resolve(print, new ProgramTraits(ProgramType.SocketFilter) { HasPerfmon = false }).Denial);
        Assert.Equal(RuleDenial.Unknown, HelperPrototypes.Resolve(5000, new ProgramTraits(ProgramType.Xdp)).Denial);
    }
}
