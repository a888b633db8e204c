// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Links.Tracing;
using Xunit;

namespace Nectar.Tests.Links.Tracing;

public sealed class HookPlannerTests
{
    private static readonly BtfTypes s_kernel = Kernel();

    [Theory]
    [InlineData("kprobe/two", "r2 = *(u64 *)(r1 + 112)", "fentry/two", "r2 = *(u64 *)(r1 + 0)")]
    [InlineData("kprobe/two", "r2 = *(u32 *)(r1 + 104)", "fentry/two", "r2 = *(u32 *)(r1 + 8)")]
    [InlineData("kretprobe/two", "r2 = *(u64 *)(r1 + 80)", "fexit/two", "r2 = *(u64 *)(r1 + 16)")]
    [InlineData("ksyscall/getsid", "r2 = *(u64 *)(r1 + 112)", "fentry/__x64_sys_getsid", "r2 = *(u64 *)(r1 + 0)")]
    [InlineData("fentry/two", "r2 = *(u64 *)(r1 + 8)", "kprobe/two", "r2 = *(u64 *)(r1 + 104)")]
    [InlineData("fexit/two", "r2 = *(u64 *)(r1 + 16)", "kretprobe/two", "r2 = *(u64 *)(r1 + 80)")]
    public void Plan_MissingHook_LoadsAreRewritten(string section, string load, string instead, string rewritten)
    {
        HookPlan plan = Plan(section, $"{load}\nr0 = 0\nexit");
        Assert.True(plan.IsFallback);
        Assert.Equal(instead, plan.Program.Definition.Section);
        Assert.Equal(Assembler.AssembleInstructions($"{rewritten}\nr0 = 0\nexit"), plan.Program.Instructions);
        Assert.Contains($"{section} was loaded as {instead}", plan.Message, StringComparison.Ordinal);
        bool isTrampoline = instead[0] == 'f';
        Assert.Equal(isTrampoline ? ProgramType.Tracing : ProgramType.Kprobe, plan.Program.Definition.Type);
        Assert.Equal(isTrampoline, plan.Program.Definition.ExpectedAttachType is not null);
    }

    [Theory]
    [InlineData("r6 = r1\nr2 = *(u64 *)(r6 + 104)\nr0 = 0\nexit", 1)]
    [InlineData("*(u64 *)(r10 - 16) = r1\nr1 = 0\nr3 = *(u64 *)(r10 - 16)\nr2 = *(u64 *)(r3 + 104)\nr0 = 0\nexit", 3)]
    [InlineData("r6 = r1\ncall bpf_get_current_pid_tgid\nif r0 == 0 goto out\nr2 = *(u64 *)(r6 + 104)\nout:\nr0 = 0\nexit", 3)]
    [InlineData("r6 = r1\nr7 = 0\nagain:\nr2 = *(u64 *)(r6 + 104)\nr7 += 1\nif r7 < 4 goto again\nr0 = 0\nexit", 2)]
    public void Plan_ContextThroughRegistersStackAndLoops_IsFollowed(string text, int slot)
    {
        HookPlan plan = Plan("kprobe/two", text);
        Assert.Equal(8, plan.Program.Instructions[slot].Offset);
    }

    [Fact]
    public void Plan_FentryAndBack_IsTheSameCode()
    {
        LinkedProgram program = Link("fentry/two", "r6 = r1\nr2 = *(u64 *)(r6 + 8)\nr3 = *(u64 *)(r1 + 0)\nr0 = 0\nexit");
        Instruction[] before = [.. program.Instructions];
        LinkedProgram kprobe = HookPlanner.Plan(program, Without("fentry"), s_kernel, true).Program;
        Assert.Equal((104, 112), (kprobe.Instructions[1].Offset, kprobe.Instructions[2].Offset));
        Assert.Equal(before, HookPlanner.Plan(kprobe, Without("kprobe"), s_kernel, true).Program.Instructions);
        Assert.Equal(before, program.Instructions);
    }

    [Theory]
    [InlineData("r6 = r1\nr1 = r6\ncall bpf_get_func_ip\nr0 = 0\nexit")]
    [InlineData("r6 = r1\nr2 = 0 ll\nr3 = 0\ncall bpf_get_stackid\nr0 = 0\nexit")]
    public void Plan_HelpersThatTakeAnyContext_AreLeft(string text) => Assert.True(Plan("kprobe/two", text).IsFallback);

    [Theory]
    [InlineData("kprobe/two", "r2 = *(u64 *)(r1 + 96)\nr0 = 0\nexit", "offset 96 of the context, which is no argument")] // a third argument
    [InlineData("kprobe/two", "r2 = *(u64 *)(r1 + 128)\nr0 = 0\nexit", "offset 128")] // the instruction pointer
    [InlineData("kretprobe/two", "r2 = *(u64 *)(r1 + 112)\nr0 = 0\nexit", "offset 112")] // arguments are gone at return
    [InlineData("kprobe/two", "r2 = *(u16 *)(r1 + 112)\nr0 = 0\nexit", "a part of an argument")]
    [InlineData("kprobe/two", "r1 += 112\nr2 = *(u64 *)(r1 + 0)\nr0 = 0\nexit", "calculates with the context")]
    [InlineData("kprobe/two", "r3 = r1\nr1 = r10\nr1 += -8\nr2 = 8\ncall bpf_probe_read_kernel\nr0 = 0\nexit", "passes the context to helper bpf_probe_read_kernel")]
    [InlineData("kprobe/two", "r2 = 0 ll\nr3 = 0\ncall bpf_tail_call\nr0 = 0\nexit", "bpf_tail_call")]
    [InlineData("kprobe/two", "r2 = r10\nr2 += -8\n*(u64 *)(r2 + 0) = r1\nr0 = 0\nexit", "stores the context")]
    [InlineData("kprobe/two", "r0 = 1\nexit", "not plainly 0")]
    [InlineData("kprobe/two", "call bpf_get_current_pid_tgid\nexit", "not plainly 0")]
    [InlineData("kprobe/two", "r6 = r1\ncall bpf_get_prandom_u32\nif r0 == 0 goto other\ngoto read\nother:\nr6 = r10\nread:\nr2 = *(u64 *)(r6 - 8)\nr0 = 0\nexit", "on some paths only")]
    [InlineData("kprobe/two", "*(u64 *)(r1 + 112) = 0\nr0 = 0\nexit", "writes to the context")]
    [InlineData("kprobe/two", "if r1 != 0 goto next\nr1 = r10\nr1 += -8\nnext:\nr2 = *(u64 *)(r1 + 112)\nr0 = 0\nexit", "on some paths only")]
    [InlineData("fentry/two", "r2 = *(u64 *)(r1 + 0)\nr3 = *(u64 *)(r2 + 16)\nr0 = 0\nexit", "bpf_probe_read_kernel")]
    [InlineData("fexit/two", "r2 = *(u64 *)(r1 + 0)\nr0 = 0\nexit", "argument 0, which the other hook does not have")]
    [InlineData("kprobe/missing", "r0 = 0\nexit", "no function 'missing'")]
    [InlineData("kprobe/by_value", "r0 = 0\nexit", "fit into registers")]
    [InlineData("kprobe/two+4", "r0 = 0\nexit", "'two+4'")]
    [InlineData("fentry.s/two", "r0 = 0\nexit", "may sleep")]
    [InlineData("kprobe", "r0 = 0\nexit", "names no function")]
    public void Plan_WhatCannotBeChanged_IsRefusedWithTheReason(string section, string text, string reason)
    {
        KernelException refused = Assert.Throws<KernelException>(() => Plan(section, text));
        Assert.StartsWith("error NEC4112: program 'p': this kernel has no", refused.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_RefusedProgram_IsLeftUnchanged()
    {
        LinkedProgram program = Link("kprobe/two", "r2 = *(u64 *)(r1 + 112)\nr2 = *(u64 *)(r1 + 128)\nr0 = 0\nexit");
        Instruction[] before = [.. program.Instructions];
        Assert.Throws<KernelException>(() => HookPlanner.Plan(program, Without("kprobe"), s_kernel, true));
        Assert.Equal(before, program.Instructions);
    }

    [Theory]
    [InlineData("kprobe/two")]
    [InlineData("tp/sched/sched_switch")]
    [InlineData("xdp")]
    [InlineData("unknown/section")]
    public void Plan_HookIsThere_ChangesNothing(string section)
    {
        LinkedProgram program = Link(section, "r0 = 0\nexit");
        HookPlan plan = HookPlanner.Plan(program, _ => FeatureStatus.Yes(), s_kernel, true);
        Assert.Same(program, plan.Program);
        Assert.False(plan.IsFallback);
    }

    [Fact]
    public void Plan_KprobeMultiMissing_IsLoadedForEachFunction()
    {
        LinkedProgram program = Link("kprobe.multi/tcp_*", "r2 = *(u64 *)(r1 + 128)\nr0 = 1\nexit");
        HookPlan plan = HookPlanner.Plan(program, feature => feature == Feature.KprobeMultiLink ? FeatureStatus.No("no fprobe") : FeatureStatus.Yes(), null, true);
        Assert.Equal(program.Instructions, plan.Program.Instructions);
        Assert.Equal(("kprobe.multi/tcp_*", "tcp_*"), (plan.Program.Definition.Section, plan.Program.Definition.AttachTarget));
        Assert.Null(plan.Program.Definition.ExpectedAttachType);
        Assert.Contains("for a kprobe at each function", plan.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_MissingHookWithoutFallback_SaysSoBeforeLoading()
    {
        FeatureMissingException missing = Assert.Throws<FeatureMissingException>(() => HookPlanner.Plan(Link("kprobe/two", "r0 = 0\nexit"), Without("kprobe"), s_kernel, false));
        Assert.Contains("program 'p' (kprobe/two)", missing.Message, StringComparison.Ordinal);
        Assert.Throws<FeatureMissingException>(() => HookPlanner.Plan(Link("kprobe/two", "r0 = 0\nexit"), _ => FeatureStatus.No("off"), s_kernel, true)); // no neighbour either
    }

    private static HookPlan Plan(string section, string text) => HookPlanner.Plan(Link(section, text), Without(section), s_kernel, true);

    private static Func<Feature, FeatureStatus> Without(string section) => section[0] == 'k'
        ? feature => feature == Feature.Kprobes ? FeatureStatus.No("CONFIG_KPROBES is off") : FeatureStatus.Yes()
        : feature => feature is Feature.Fentry or Feature.Fexit ? FeatureStatus.No("no trampolines") : FeatureStatus.Yes();

    private static LinkedProgram Link(string section, string text)
    {
        Instruction[] code = Assembler.AssembleInstructions(text);
        FunctionDefinition entry = new() { Name = "p", Section = section, Instructions = code };
        SectionNames.TryParse(section, out SectionDefinition? known, out string? target, out _);
        ProgramDefinition definition = new()
        {
            Name = "p",
            Section = section,
            Entry = entry,
            AttachTarget = target,
            Type = known?.Type ?? ProgramType.Unspec,
            ExpectedAttachType = known?.AttachType,
            IsSleepable = ((known?.Traits ?? 0) & SectionTraits.Sleepable) != 0,
        };
        return new LinkedProgram { Definition = definition, Instructions = code, Functions = [new LinkedFunction("p", 0, code.Length, entry)], Lines = [], Externs = [], CoreRelocations = [] };
    }

    private static BtfTypes Kernel()
    {
        BtfBuilder types = new();
        uint number = types.AddInt("int", 4, BtfIntEncoding.Signed), pointer = types.AddPointer(0);
        uint pair = types.AddComposite(BtfKind.Struct, "pair", 8, [new BtfMember("a", number, 0, 0), new BtfMember("b", number, 32, 0)]);
        types.AddFunc("two", types.AddFuncProto(number, [new BtfParameter("a", pointer), new BtfParameter("b", number)]), 1);
        types.AddFunc("by_value", types.AddFuncProto(number, [new BtfParameter("a", pair)]), 1);
        types.AddFunc("__x64_sys_getsid", types.AddFuncProto(number, [new BtfParameter("regs", pointer)]), 1);
        return types.Build();
    }
}
