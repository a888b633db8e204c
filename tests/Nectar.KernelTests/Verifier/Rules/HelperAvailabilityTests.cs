// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Nectar.KernelTests.Support;
using Nectar.Linux.Features;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Verifier.Rules;

/// <summary>For every helper in every type of program: does the kernel let the call through to its arguments, as the table says?</summary>
public sealed class HelperAvailabilityTests(ITestOutputHelper output)
{
    private const uint Sleepable = 1 << 4;

    // What this kernel's configuration or its host leaves out; the table says what kernels can have.
    private static readonly (string Helper, ProgramType? Type, string Reason)[] s_explained =
    [
        ("bpf_probe_write_user", null, "needs a host that is not locked down"),
        ("bpf_override_return", ProgramType.Kprobe, "needs CONFIG_BPF_KPROBE_OVERRIDE"),
    ];

    public static TheoryData<ProgramType, AttachType, string?> Programs()
    {
        TheoryData<ProgramType, AttachType, string?> data = [];
        foreach (ProgramTypeInfo info in ProgramTypeInfo.All)
        {
            if (info.Type is ProgramType.StructOps or ProgramType.Ext or ProgramType.Lsm or ProgramType.Tracing) continue;
            if (info.Type == ProgramType.CgroupSockAddr) continue;
            data.Add(info.Type, info.ProbeAttachTypes.FirstOrDefault(), null);
        }

        foreach (AttachTypeInfo info in AttachTypeInfo.All)
        {
            if (info.ProgramType is ProgramType.CgroupSockAddr or ProgramType.CgroupSock or ProgramType.CgroupSockOpt or ProgramType.CgroupDevice or ProgramType.CgroupSysctl or ProgramType.Kprobe)
            {
                data.Add(info.ProgramType, info.Type, null);
            }
        }

        foreach (string target in new[] { "bpf_iter_task", "bpf_iter_tcp", "bpf_iter_unix", "bpf_iter_bpf_map" }) data.Add(ProgramType.Tracing, AttachType.TraceIter, target);
        data.Add(ProgramType.Tracing, AttachType.TraceRawTp, "btf_trace_sys_enter");
        data.Add(ProgramType.Tracing, AttachType.TraceFentry, "vfs_getattr");
        data.Add(ProgramType.Tracing, AttachType.TraceFexit, "bpf_fentry_test1");
        data.Add(ProgramType.Lsm, AttachType.LsmMac, "bpf_lsm_file_open");
        return data;
    }

    [BpfTheory]
    [MemberData(nameof(Programs))]
    public void Helpers_AreAdmittedAsTheTableSays(ProgramType type, AttachType attach, string? target)
    {
        uint btfId = target is null ? 0 : TypeProbes.FindKernelType(target, target.StartsWith("btf_trace_", StringComparison.Ordinal) ? BtfKind.Typedef : BtfKind.Func);
        bool isSleepable = type == ProgramType.Syscall;
        Errno usable = KernelProbe.Load(type, KernelProbe.Nothing, out string why, attach, isSleepable ? Sleepable : 0, btfId);
        if (usable != Errno.None && why.Length == 0)
        {
            output.WriteLine($"not compared: this kernel loads no {type} for {attach} {target}: {usable}");
            return;
        }

        List<string> differences = [];
        int compared = 0, allowed = 0;
        for (int helper = 1; helper < HelperNames.Count; helper++)
        {
            HelperAnswer ours = HelperPrototypes.Resolve(helper, new ProgramTraits(type, attach, isSleepable, target));
            Errno errno = KernelProbe.Load(type, [KernelProbe.Call(helper), KernelProbe.Exit], out string log, attach, isSleepable ? Sleepable : 0, btfId);
            string name = HelperNames.NameOf(helper)!;
            string theirs = errno == Errno.None ? "yes"
                : log.Contains("program of this type cannot use helper", StringComparison.Ordinal) || log.Contains("unknown func", StringComparison.Ordinal) ? "no"
                : log.Contains("not allowed in probe", StringComparison.Ordinal) ? "no"
                : log.Contains("might sleep", StringComparison.Ordinal) ? "sleeps"
                : log.Length > 0 ? "yes" : $"{errno} without a word";
            string mine = ours.Denial switch { RuleDenial.None => "yes", RuleDenial.NotSleepable => "sleeps", _ => "no" };
            compared++;
            if (theirs == "yes") allowed++;
            if (mine == theirs) continue;
            if (mine == "yes" && theirs == "no" && Array.Exists(s_explained, row => row.Helper == name && (row.Type ?? type) == type))
            {
                output.WriteLine($"{name}: {Array.Find(s_explained, row => row.Helper == name).Reason}");
                continue;
            }

            differences.Add($"{name}: the kernel says {theirs}, the table {mine} ({ours.Denial}); {log.Split('\n')[^Math.Min(2, log.Split('\n').Length)]}");
        }

        output.WriteLine($"{compared} helpers compared, {allowed} allowed");
        Assert.Equal(HelperNames.Count - 1, compared);
        Assert.True(allowed >= 10, "the kernel allowed almost nothing: the probe itself fails");
        Assert.Empty(differences);
    }

    [BpfFact]
    public void Licence_IsWantedAsTheTableSays()
    {
        List<string> differences = [];
        int restricted = 0;
        foreach (ProgramType type in new[] { ProgramType.Kprobe, ProgramType.PerfEvent, ProgramType.SchedCls, ProgramType.Xdp })
        {
            for (int helper = 1; helper < HelperNames.Count; helper++)
            {
                HelperAnswer ours = HelperPrototypes.Resolve(helper, new ProgramTraits(type) { IsGpl = false });
                if (ours.Denial is not (RuleDenial.None or RuleDenial.License)) continue;
                KernelLoads.Load(type, [KernelProbe.Call(helper), KernelProbe.Exit], out string log, license: "Proprietary");
                bool isRestricted = log.Contains("GPL-restricted", StringComparison.Ordinal);
                if (isRestricted) restricted++;
                bool isAbsent = log.Contains("cannot use helper", StringComparison.Ordinal) || log.Contains("unknown func", StringComparison.Ordinal);
                if (!isAbsent && isRestricted != (ours.Denial == RuleDenial.License)) differences.Add($"{type} {HelperNames.NameOf(helper)}: {ours.Denial}; {log}");
            }
        }

        Assert.True(restricted > 30, $"{restricted} restricted helpers");
        Assert.Empty(differences);
    }
}
