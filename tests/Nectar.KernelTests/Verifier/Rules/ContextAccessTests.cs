// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Nectar.KernelTests.Support;
using Nectar.Linux.Features;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Verifier.Rules;

/// <summary>Every offset, size and direction of every context that has fields, asked of the kernel with a program of four instructions.</summary>
public sealed partial class ContextAccessTests(ITestOutputHelper output)
{
    private const uint Sleepable = 1 << 4;
    private static readonly int[] s_sizes = [1, 2, 4, 8];

    // Bytes to walk: a little more than the struct has. Contexts of thousands of bytes are walked at their ends.
    private static readonly (ProgramType Type, int From, int To)[] s_ranges =
    [
        (ProgramType.SocketFilter, -8, 208), (ProgramType.Kprobe, -8, 184), (ProgramType.SchedCls, -8, 208), (ProgramType.SchedAct, -8, 208), (ProgramType.Tracepoint, -8, 32),
        (ProgramType.Tracepoint, 8176, 8208), (ProgramType.Xdp, -8, 40), (ProgramType.PerfEvent, -8, 200), (ProgramType.CgroupSkb, -8, 208), (ProgramType.CgroupSock, -8, 96),
        (ProgramType.LwtIn, -8, 208), (ProgramType.LwtOut, -8, 208), (ProgramType.LwtXmit, -8, 208), (ProgramType.SockOps, -8, 240), (ProgramType.SkSkb, -8, 208),
        (ProgramType.CgroupDevice, -8, 24), (ProgramType.SkMsg, -8, 96), (ProgramType.RawTracepoint, -8, 112), (ProgramType.CgroupSockAddr, -8, 88), (ProgramType.LwtSeg6local, -8, 208),
        (ProgramType.LircMode2, -4, 16), (ProgramType.SkReuseport, -8, 72), (ProgramType.FlowDissector, -8, 208), (ProgramType.CgroupSysctl, -8, 24), (ProgramType.RawTracepointWritable, -8, 112),
        (ProgramType.CgroupSockOpt, -8, 56), (ProgramType.SkLookup, -8, 88), (ProgramType.Syscall, -8, 32), (ProgramType.Syscall, 32752, 32760), (ProgramType.Netfilter, -8, 32),
    ];

    public static TheoryData<ProgramType, AttachType> Programs()
    {
        TheoryData<ProgramType, AttachType> data = [];
        foreach (ProgramTypeInfo info in ProgramTypeInfo.All)
        {
            if (info.Type is ProgramType.Tracing or ProgramType.StructOps or ProgramType.Ext or ProgramType.Lsm or ProgramType.CgroupSockAddr) continue;
            data.Add(info.Type, info.ProbeAttachTypes.FirstOrDefault());
        }

        foreach (AttachTypeInfo info in AttachTypeInfo.All)
        {
            bool isNamed = info.ProgramType is ProgramType.CgroupSock or ProgramType.CgroupSockAddr or ProgramType.Xdp or ProgramType.Kprobe or ProgramType.SchedCls or ProgramType.CgroupSkb;
            if (isNamed || info.Type is AttachType.CgroupSetSockOpt or AttachType.SkReuseportSelectOrMigrate) data.Add(info.ProgramType, info.Type);
        }

        return data;
    }

    [BpfTheory]
    [MemberData(nameof(Programs))]
    public void Accesses_AreAdmittedAsTheTableSays(ProgramType type, AttachType attach)
    {
        uint flags = type == ProgramType.Syscall ? Sleepable : 0;
        if (KernelLoads.Load(type, KernelProbe.Nothing, out string why, attach, flags) is var usable && usable != Errno.None && why.Length == 0)
        {
            output.WriteLine($"not compared: this kernel loads no {type} for {attach}: {usable}");
            return;
        }

        ProgramTraits program = new(type, attach, type == ProgramType.Syscall);
        List<string> differences = [];
        int asked = 0, allowed = 0, inFront = 0;
        foreach ((ProgramType row, int from, int to) in s_ranges)
        {
            if (row != type) continue;
            for (int offset = from; offset < to; offset++)
            {
                foreach (int size in s_sizes)
                {
                    foreach (bool isWrite in new[] { false, true })
                    {
                        ContextAccess ours = ContextRules.Check(program, offset, size, isWrite);
                        string theirs = Ask(type, attach, flags, offset, size, isWrite), mine = ours.IsAllowed ? isWrite ? "yes" : Describe(ours) : "no";
                        asked++;
                        if (theirs != "no") allowed++;
                        if (theirs == "scalar" && mine == "no" && type == ProgramType.Tracepoint && offset < 0)
                        {
                            inFront++; // the kernel compares the offset as unsigned and lets programs read what lies in front of the record; we do not
                            continue;
                        }

                        if (theirs != mine) differences.Add($"{(isWrite ? "write" : "read")} of {size} at {offset}: the kernel says {theirs}, the table {mine} ({ours.Field}, {ours.Denial})");
                    }
                }
            }
        }

        output.WriteLine($"{asked} accesses asked, {allowed} allowed, {inFront} in front of the context");
        Assert.True(allowed > 0, "the kernel allowed nothing: the probe itself fails");
        Assert.True(differences.Count == 0, $"{differences.Count} differences: {string.Join("; ", differences.Take(12))}");
    }

    /// <summary>"no", or "yes" for a store, or what the kernel says that a load gives.</summary>
    private static string Ask(ProgramType type, AttachType attach, uint flags, int offset, int size, bool isWrite)
    {
        int width = size switch { 1 => 0x10, 2 => 0x08, 4 => 0x00, _ => 0x18 };
        Instruction[] code = isWrite
            ? [KernelProbe.Move(2, 0), new((byte)(0x63 & ~0x18 | width), 1, 2, (short)offset, 0), KernelProbe.Move(0, 1), KernelProbe.Exit]
            : [new((byte)(0x61 & ~0x18 | width), 2, 1, (short)offset, 0), KernelProbe.Move(0, 1), KernelProbe.Exit];
        KernelLoads.Load(type, code, out string log, attach, flags, logLevel: 2);
        if (log.Contains("invalid bpf_context access", StringComparison.Ordinal)) return "no";
        if (isWrite) return log.Contains("1: (", StringComparison.Ordinal) && log.Contains("2: (", StringComparison.Ordinal) ? "yes" : log;
        return LoadedRegister().Match(log) is { Success: true } match ? match.Groups[1].Value : log;
    }

    /// <summary>The kernel's name of what a load gives.</summary>
    private static string Describe(ContextAccess access)
    {
        string name = access.Result switch
        {
            ContextResult.Scalar => "scalar",
            ContextResult.Packet => "pkt",
            ContextResult.PacketEnd => "pkt_end",
            ContextResult.PacketMeta => "pkt_meta",
            ContextResult.FlowKeys => "flow_keys",
            ContextResult.SocketCommon => "sock_common",
            ContextResult.Socket => "sock",
            ContextResult.TracepointBuffer => "tp_buffer",
            ContextResult.BtfObject => access.Trust == ContextTrust.Trusted ? "trusted_ptr_" + access.BtfType : "ptr_" + access.BtfType,
            _ => access.Result.ToString(),
        };
        return access.MaybeNull ? name + "_or_null" : name;
    }

    [GeneratedRegex(@"^0: .*; .*\bR2(?:_w)?=([a-z_]+)\(", RegexOptions.Multiline)]
    private static partial Regex LoadedRegister();
}
