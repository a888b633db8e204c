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

/// <summary>Every program type and attach type returns numbers around the edges of its range, and one that is not known.</summary>
public sealed class ReturnRangeTests(ITestOutputHelper output)
{
    private const uint Sleepable = 1 << 4;
    private static readonly int[] s_values = [int.MinValue, -4096, -4095, -1, 0, 1, 2, 3, 4, int.MaxValue];

    public static TheoryData<ProgramType, AttachType, string?> Programs()
    {
        TheoryData<ProgramType, AttachType, string?> data = [];
        foreach (ProgramTypeInfo info in ProgramTypeInfo.All)
        {
            if (info.Type is ProgramType.Tracing or ProgramType.StructOps or ProgramType.Ext or ProgramType.Lsm or ProgramType.CgroupSockAddr) continue;
            data.Add(info.Type, info.ProbeAttachTypes.FirstOrDefault(), null);
        }

        foreach (AttachTypeInfo info in AttachTypeInfo.All)
        {
            if (info.ProgramType is not (ProgramType.Tracing or ProgramType.StructOps or ProgramType.Ext or ProgramType.Lsm)) data.Add(info.ProgramType, info.Type, null);
        }

        data.Add(ProgramType.Tracing, AttachType.TraceIter, "bpf_iter_task");
        data.Add(ProgramType.Tracing, AttachType.TraceRawTp, "btf_trace_sys_enter");
        data.Add(ProgramType.Tracing, AttachType.TraceFentry, "vfs_getattr");
        data.Add(ProgramType.Lsm, AttachType.LsmMac, "bpf_lsm_file_open");
        data.Add(ProgramType.Lsm, AttachType.LsmMac, "bpf_lsm_inode_xattr_skipcap");
        return data;
    }

    [BpfTheory]
    [MemberData(nameof(Programs))]
    public void Values_AreAdmittedAsTheTableSays(ProgramType type, AttachType attach, string? target)
    {
        uint flags = type == ProgramType.Syscall ? Sleepable : 0;
        uint btfId = target is null ? 0 : TypeProbes.FindKernelType(target, target.StartsWith("btf_trace_", StringComparison.Ordinal) ? BtfKind.Typedef : BtfKind.Func);
        ReturnRule rule = ReturnRules.For(new ProgramTraits(type, attach, flags != 0, target), ReturnPlace.Program);
        List<string> differences = [];
        int accepted = 0;
        foreach (int value in s_values)
        {
            Errno errno = KernelLoads.Load(type, [KernelProbe.Move(0, value), KernelProbe.Exit], out string log, attach, flags, btfId);
            if (errno != Errno.None && log.Length == 0)
            {
                output.WriteLine($"not compared: this kernel loads no {type} for {attach} {target}: {errno}");
                return;
            }

            if (errno == Errno.None) accepted++;
            if ((errno == Errno.None) != rule.Covers(value, value)) differences.Add($"{value}: the kernel says {errno}, the table {rule}; {log}");
        }

        Instruction[] unknown = [KernelProbe.Call(HelperNames.IdOf("bpf_get_prandom_u32")), KernelProbe.Exit];
        bool takesUnknown = KernelLoads.Load(type, unknown, out string why, attach, flags, btfId) == Errno.None;
        if (takesUnknown != (rule.Kind != ReturnCheck.Range)) differences.Add($"an unknown number: {takesUnknown}, the table {rule}; {why}");
        bool takesPointer = KernelLoads.Load(type, [new(0xbf, 0, 1, 0, 0), KernelProbe.Exit], out why, attach, flags, btfId) == Errno.None;
        if (takesPointer != (rule.Kind != ReturnCheck.Range)) differences.Add($"a pointer: {takesPointer}, the table {rule}; {why}");
        output.WriteLine($"{rule}: {accepted} of {s_values.Length} accepted");
        Assert.True(accepted > 0, "the kernel accepted nothing: the probe itself fails");
        Assert.Empty(differences);
    }
}
