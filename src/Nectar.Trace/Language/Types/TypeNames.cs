// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Trace.Language.Types;

/// <summary>Types in words, as bpftrace's messages name them.</summary>
internal static class TypeNames
{
    public static string Describe(TraceType type) => type.Kind switch
    {
        TypeKind.Integer => type.Enum is { } of ? $"enum {of.Name}" : string.Create(CultureInfo.InvariantCulture, $"{(type.IsSigned ? "int" : "uint")}{type.Size * 8}"),
        TypeKind.Boolean => "bool",
        TypeKind.String => string.Create(CultureInfo.InvariantCulture, $"string[{type.Size}]"),
        TypeKind.Buffer => string.Create(CultureInfo.InvariantCulture, $"buf[{type.Size - 4}]"),
        TypeKind.Array => string.Create(CultureInfo.InvariantCulture, $"{Describe(type.Element!)}[{type.Count}]"),
        TypeKind.Pointer => Describe(type.Element!) + " *",
        TypeKind.Struct => type.Struct!.Name,
        TypeKind.Tuple => "(" + string.Join(",", type.Fields.Select(f => f.Name.Length == 0 ? Describe(f.Type) : $"{f.Name}={Describe(f.Type)}")) + ")",
        TypeKind.KernelStack => "kstack",
        TypeKind.UserStack => "ustack",
        TypeKind.KernelSymbol => "ksym_t",
        TypeKind.UserSymbol => "usym_t",
        TypeKind.InternetAddress => "inet",
        TypeKind.MacAddress => "mac_address",
        TypeKind.Timestamp => "timestamp",
        TypeKind.Username => "username",
        TypeKind.CgroupPath => "cgroup_path_t",
        TypeKind.ErrorName => "strerror_t",
        TypeKind.SyscallName => "syscall_name_t",
        TypeKind.SignalName => "signal_name_t",
        TypeKind.Count => "count_t",
        TypeKind.Sum => type.IsSigned ? "sum_t" : "usum_t",
        TypeKind.Minimum => type.IsSigned ? "min_t" : "umin_t",
        TypeKind.Maximum => type.IsSigned ? "max_t" : "umax_t",
        TypeKind.Average => type.IsSigned ? "avg_t" : "uavg_t",
        TypeKind.Statistics => type.IsSigned ? "stats_t" : "ustats_t",
        TypeKind.Histogram => "hist_t",
        TypeKind.LinearHistogram => "lhist_t",
        TypeKind.TimeSeries => "tseries_t",
        TypeKind.Void => "void",
        _ => "none",
    };
}
