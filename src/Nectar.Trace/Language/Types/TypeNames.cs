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
        TypeKind.String when type.Size == 0 => "string",
        TypeKind.String => string.Create(CultureInfo.InvariantCulture, $"string[{type.Size}]"),
        TypeKind.Buffer => string.Create(CultureInfo.InvariantCulture, $"buffer[{type.Size}]"),
        TypeKind.InternetAddress => string.Create(CultureInfo.InvariantCulture, $"inet[{type.Size}]"),
        TypeKind.Array => string.Create(CultureInfo.InvariantCulture, $"{Describe(type.Element!)}[{type.Count}]"),
        TypeKind.Pointer => Describe(type.Element!) + " *",
        TypeKind.Struct => type.Struct!.Name,
        TypeKind.Tuple when type.IsRecord => "record { " + string.Join(", ", type.Fields.Select(f => $".{f.Name} = {Describe(f.Type)}")) + " }",
        TypeKind.Tuple => "(" + string.Join(",", type.Fields.Select(f => Describe(f.Type))) + ")",
        TypeKind.KernelStack or TypeKind.UserStack => StackName(type),
        TypeKind.Sum or TypeKind.Minimum or TypeKind.Maximum or TypeKind.Average or TypeKind.Statistics => (type.IsSigned ? "" : "u") + DescribeKind(type),
        _ => DescribeKind(type),
    };

    /// <summary>The kind alone: <c>int</c>, <c>string</c>; what <c>typeinfo(x).base_type</c> gives.</summary>
    public static string DescribeKind(TraceType type) => type.IsRecord ? "record" : DescribeKind(type.Kind);

    /// <inheritdoc cref="DescribeKind(TraceType)"/>
    public static string DescribeKind(TypeKind kind) => kind switch
    {
        TypeKind.Void => "void",
        TypeKind.Integer => "int",
        TypeKind.Boolean => "bool",
        TypeKind.String => "string",
        TypeKind.Buffer => "buffer",
        TypeKind.Array => "array",
        TypeKind.Pointer => "pointer",
        TypeKind.Struct => "c_type",
        TypeKind.Tuple => "tuple",
        TypeKind.KernelStack => "kstack",
        TypeKind.UserStack => "ustack",
        TypeKind.KernelSymbol => "ksym_t",
        TypeKind.UserSymbol => "usym_t",
        TypeKind.InternetAddress => "inet",
        TypeKind.MacAddress => "mac_address",
        TypeKind.Timestamp => "timestamp",
        TypeKind.Username => "username_t",
        TypeKind.CgroupPath => "cgroup_path_t",
        TypeKind.ErrorName => "strerror_t",
        TypeKind.SyscallName => "syscall_name_t",
        TypeKind.SignalName => "signal_name_t",
        TypeKind.Count => "count_t",
        TypeKind.Sum => "sum_t",
        TypeKind.Minimum => "min_t",
        TypeKind.Maximum => "max_t",
        TypeKind.Average => "avg_t",
        TypeKind.Statistics => "stats_t",
        TypeKind.Histogram => "hist_t",
        TypeKind.LinearHistogram => "lhist_t",
        TypeKind.TimeSeries => "tseries_t",
        _ => "none",
    };

    private static string StackName(TraceType type)
    {
        string prefix = type.Kind == TypeKind.KernelStack ? "kstack" : "ustack";
        return type.Stack is { } stack ? string.Create(CultureInfo.InvariantCulture, $"{prefix}_{StackModeName(stack.Mode)}_{stack.Limit}") : prefix;
    }

    public static string StackModeName(StackMode mode) => mode switch { StackMode.Perf => "perf", StackMode.Raw => "raw", StackMode.BuildId => "build_id", _ => "bpftrace" };

    public static StackMode? StackModeNamed(string name) => name switch
    {
        "bpftrace" => StackMode.Bpftrace, "perf" => StackMode.Perf, "raw" => StackMode.Raw, "build_id" => StackMode.BuildId, _ => null,
    };
}
