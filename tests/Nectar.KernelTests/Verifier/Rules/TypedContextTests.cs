// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;
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

/// <summary>Every argument of every typed tracepoint and iterator of this kernel, read by a program of three instructions.</summary>
public sealed partial class TypedContextTests(ITestOutputHelper output)
{
    private static readonly int[] s_allSizes = [8, 4, 1], s_fullSize = [8];

    [BpfFact]
    public void Tracepoints_GiveWhatTheTableSays() => Compare(AttachType.TraceRawTp, "btf_trace_", BtfKind.Typedef, minimum: 100);

    [BpfFact]
    public void Iterators_GiveWhatTheTableSays() => Compare(AttachType.TraceIter, "bpf_iter_", BtfKind.Func, minimum: 10);

    private void Compare(AttachType attach, string prefix, BtfKind kind, int minimum)
    {
        BtfTypes types = KernelBtf.Running.Vmlinux;
        List<string> differences = [];
        int targets = 0, arguments = 0, pointers = 0;
        for (uint id = 1; id < types.Count; id++)
        {
            if (types[id].Kind != kind || !types[id].NameUtf8.StartsWith(System.Text.Encoding.UTF8.GetBytes(prefix))) continue;
            string target = types[id].Name;
            ProgramTraits program = new(ProgramType.Tracing, attach, Target: target);
            if (KernelLoads.Load(ProgramType.Tracing, KernelProbe.Nothing, out _, attach, 0, id) != Errno.None) continue; // functions of that name that are no iterators
            uint prototype = TypedContext.FindPrototype(types, program);
            Assert.NotEqual(0u, prototype);
            targets++;
            int end = (types[prototype].Count * 8) + 16;
            for (int offset = -8; offset <= end; offset += targets < 20 ? 4 : 8)
            {
                foreach (int size in targets < 20 ? s_allSizes : s_fullSize)
                {
                    ContextAccess ours = TypedContext.Check(types, prototype, program, offset, size, isWrite: false);
                    string theirs = Ask(attach, id, offset, size), mine = ours.IsAllowed ? Describe(ours) : "no";
                    arguments++;
                    if (theirs.Contains("ptr_", StringComparison.Ordinal)) pointers++;
                    if (theirs != mine) differences.Add($"{target}+{offset}, {size} bytes: the kernel says {theirs}, the table {mine} ({ours.Field}, {ours.Denial})");
                }
            }
        }

        output.WriteLine($"{targets} targets, {arguments} accesses, {pointers} pointers");
        Assert.True(targets >= minimum && pointers >= minimum, "the kernel let almost nothing in: the probe itself fails");
        Assert.True(differences.Count == 0, $"{differences.Count} differences: {string.Join("; ", differences.Take(60))}");
    }

    private static string Ask(AttachType attach, uint id, int offset, int size)
    {
        int width = size switch { 1 => 0x10, 4 => 0x00, _ => 0x18 };
        KernelLoads.Load(ProgramType.Tracing, [new((byte)(0x61 & ~0x18 | width), 2, 1, (short)offset, 0), KernelProbe.Move(0, 0), KernelProbe.Exit], out string log, attach, 0, id, logLevel: 2);
        if (log.Contains("invalid bpf_context access", StringComparison.Ordinal)) return "no";
        return LoadedRegister().Match(log) is { Success: true } match ? match.Groups[1].Value : log;
    }

    private static string Describe(ContextAccess access)
    {
        string name = access.Result switch
        {
            ContextResult.Scalar => "scalar",
            ContextResult.Buffer => "buf",
            ContextResult.ReadOnlyBuffer => "rdonly_buf",
            ContextResult.BtfObject => access.Trust switch
            {
                ContextTrust.Trusted => "trusted_", ContextTrust.Untrusted => "untrusted_", ContextTrust.User => "user_", ContextTrust.PerCpu => "percpu_", ContextTrust.Rcu => "rcu_", _ => "",
            } + "ptr_" + access.BtfType,
            _ => access.Result.ToString(),
        };
        return access.MaybeNull ? access.Result == ContextResult.BtfObject ? name.Replace("ptr_", "ptr_or_null_", StringComparison.Ordinal) : name + "_or_null" : name;
    }

    [GeneratedRegex(@"^(?:0: .*; |1: R).*\bR2(?:_w)?=([A-Za-z_0-9]+)\(", RegexOptions.Multiline)]
    private static partial Regex LoadedRegister();
}
