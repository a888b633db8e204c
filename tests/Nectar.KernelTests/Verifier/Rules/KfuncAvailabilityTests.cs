// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Nectar.KernelTests.Support;
using Nectar.Linux.Features;
using Nectar.Linux.Loading;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Verifier.Rules;

/// <summary>Every kernel function that the running kernel's types tag as callable, in every type of program.</summary>
public sealed class KfuncAvailabilityTests(ITestOutputHelper output)
{
    private const uint Sleepable = 1 << 4;

    // Functions of the kernel's own tests that are tagged but registered for attaching only.
    private static readonly string[] s_notRegistered = ["bpf_fentry_test1", "bpf_modify_return_test", "bpf_modify_return_test2"];

    public static TheoryData<ProgramType, AttachType, bool, string?> Programs()
    {
        TheoryData<ProgramType, AttachType, bool, string?> data = [];
        foreach (ProgramTypeInfo info in ProgramTypeInfo.All)
        {
            if (info.Type is ProgramType.Tracing or ProgramType.StructOps or ProgramType.Ext or ProgramType.Lsm or ProgramType.LircMode2) continue;
            data.Add(info.Type, info.ProbeAttachTypes.FirstOrDefault(), info.Type == ProgramType.Syscall, null);
        }

        data.Add(ProgramType.Kprobe, AttachType.TraceKprobeSession, false, null);
        data.Add(ProgramType.Tracing, AttachType.TraceRawTp, false, "btf_trace_sys_enter");
        data.Add(ProgramType.Tracing, AttachType.TraceIter, false, "bpf_iter_task");
        data.Add(ProgramType.Tracing, AttachType.TraceIter, true, "bpf_iter_task");
        return data;
    }

    [BpfTheory]
    [MemberData(nameof(Programs))]
    public void Kfuncs_AreAdmittedAsTheTableSays(ProgramType type, AttachType attach, bool isSleepable, string? target)
    {
        BtfTypes types = KernelBtf.Running.Vmlinux;
        uint btfId = target is null ? 0 : types.FindByName(target, target.StartsWith("btf_trace_", StringComparison.Ordinal) ? BtfKind.Typedef : BtfKind.Func);
        ProgramTraits program = new(type, attach, isSleepable, target);
        List<string> differences = [];
        int compared = 0, allowed = 0;
        foreach (uint id in Tagged(types))
        {
            string name = types[id].Name;
            KfuncAnswer ours = KfuncRules.Find(name, program);
            Errno errno = KernelLoads.Load(type, [new(0x85, 0, 2, 0, (int)id), KernelProbe.Exit], out string log, attach, isSleepable ? Sleepable : 0, btfId);
            string theirs = log.Contains("is not allowed", StringComparison.Ordinal) ? "no"
                : log.Contains("must be sleepable", StringComparison.Ordinal) || log.Contains("sleepable progs", StringComparison.Ordinal) ? "sleeps"
                : log.Contains("metadata kfuncs require", StringComparison.Ordinal) ? "no"
                : errno == Errno.None || log.Length > 0 ? "yes" : $"{errno} without a word";
            string mine = ours.Denial switch { RuleDenial.None => "yes", RuleDenial.NotSleepable => "sleeps", _ => "no" };
            compared++;
            if (theirs == "yes") allowed++;
            bool isListed = ours.Denial != RuleDenial.Unknown || Array.IndexOf(s_notRegistered, name) >= 0;
            if (theirs != mine || !isListed) differences.Add($"{name}: the kernel says {theirs}, the table {mine} ({ours.Denial}); {log.Trim()}");
        }

        output.WriteLine($"{compared} functions compared, {allowed} allowed");
        Assert.True(compared > 100 && allowed > 20, "the kernel allowed almost nothing: the probe itself fails");
        Assert.Empty(differences);
    }

    [BpfFact]
    public void FastCalls_AreTaggedAsTheTableSays()
    {
        BtfTypes types = KernelBtf.Running.Vmlinux;
        List<string> differences = [];
        int tagged = 0;
        HashSet<uint> fast = [];
        for (uint id = 1; id < types.Count; id++)
        {
            if (types[id].Kind == BtfKind.DeclTag && types[id].Name == "bpf_fastcall" && fast.Add(types[id].TypeId)) tagged++;
        }

        foreach (uint id in Tagged(types))
        {
            bool ours = (KfuncRules.Find(types[id].Name, new ProgramTraits(ProgramType.Syscall, 0, true)).Traits & KfuncTraits.FastCall) != 0;
            if (ours != fast.Contains(id)) differences.Add(types[id].Name);
        }

        Assert.True(tagged > 0, "no function is tagged");
        Assert.Empty(differences);
    }

    private static List<uint> Tagged(BtfTypes types)
    {
        List<uint> tagged = [];
        for (uint id = 1; id < types.Count; id++)
        {
            if (types[id].Kind == BtfKind.DeclTag && types[id].NameUtf8.SequenceEqual("bpf_kfunc"u8)) tagged.Add(types[id].TypeId);
        }

        return tagged;
    }
}
