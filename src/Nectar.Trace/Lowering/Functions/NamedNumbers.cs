// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Lookup;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Numbers that are printed as names.</summary>
internal static class NamedNumbers
{
    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Bytes("strerror", WriteNumber),
        FunctionEntry.Bytes("syscall_name", WriteNumber),
        FunctionEntry.Bytes("signal_name", WriteNumber),
        FunctionEntry.Bytes("cgroup_path", WriteGroup),
        FunctionEntry.Of("cgroupid", Group),
    ];

    private static void WriteNumber(ProbeLowering probe, CallSite site, Value destination, bool padded) => probe.Builder.Store(destination, probe.LowerScalar(site[0]), 8);

    /// <summary>u64 index of the pattern, u64 number of the group.</summary>
    private static void WriteGroup(ProbeLowering probe, CallSite site, Value destination, bool padded)
    {
        Value group = probe.LowerScalar(site[0]);
        probe.Builder.Store(destination, probe.Number(probe.Script.AddString(site.Count > 1 ? site[1].TextOf() ?? "*" : "*")), 8);
        probe.Builder.Store(destination, group, 8, 8);
    }

    /// <summary>A control group's number is its directory's in the file system (64-bit kernels).</summary>
    private static Operand Group(ProbeLowering probe, CallSite site)
    {
        string path = site[0].TextOf() ?? "";
        if (probe.Script.Options.Portable) return probe.Scalar(site, Processes.Setting(probe, string.Create(CultureInfo.InvariantCulture, $"{TracePlan.GroupPrefix}{probe.Script.AddString(path)}"), 0));
        if (!FileNumbers.TryGet(path, out ulong number)) throw probe.Refuse(site[0], $"there is no control group '{path}'", "note: the path of its directory is wanted, as in /sys/fs/cgroup/system.slice");
        return probe.Number(site.Type, (long)number);
    }
}
