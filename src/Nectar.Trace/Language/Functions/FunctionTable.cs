// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Functions;

/// <summary>All functions by name.</summary>
internal static class FunctionTable
{
    private const int MostArguments = 128;

    private static readonly Dictionary<string, FunctionInfo> s_functions = Make();

    public static IEnumerable<string> Names => s_functions.Keys;

    public static FunctionInfo? Find(string name) => s_functions.GetValueOrDefault(name);

    private static Dictionary<string, FunctionInfo> Make()
    {
        TraceType none = TraceType.Void, name = TraceType.UInt64;
        FunctionInfo[] all =
        [
            // values of maps
            Aggregation("count", 0, 0), Aggregation("sum", 1, 1, ArgumentRule.Any), Aggregation("min", 1, 1, ArgumentRule.Any), Aggregation("max", 1, 1, ArgumentRule.Any),
            Aggregation("avg", 1, 1, ArgumentRule.Any), Aggregation("stats", 1, 1, ArgumentRule.Any), Aggregation("hist", 1, 2, ArgumentRule.Integer, ArgumentRule.Number),
            Aggregation("lhist", 4, 4, ArgumentRule.Integer, ArgumentRule.Number, ArgumentRule.Number, ArgumentRule.Number),
            Aggregation("tseries", 3, 4, ArgumentRule.Integer, ArgumentRule.Number, ArgumentRule.Number, ArgumentRule.Literal),

            // maps
            OfMap("print", 1, 3, MapForm.Unknown, none, ArgumentRule.Any, ArgumentRule.Number, ArgumentRule.Number),
            OfMap("clear", 1, 1, MapForm.Unknown, none), OfMap("zero", 1, 1, MapForm.Unknown, none),
            OfMap("delete", 1, 2, MapForm.Unknown, TraceType.Boolean), OfMap("has_key", 2, 2, MapForm.Keyed, TraceType.Boolean), OfMap("find", 3, 3, MapForm.Keyed, TraceType.Boolean),
            OfMap("len", 1, 1, MapForm.Keyed, TraceType.Int64), OfMap("is_scalar", 1, 1, MapForm.Unknown, TraceType.Boolean) with { IsCompileTime = true },

            // output
            Formatted("printf"), Formatted("errorf"), Formatted("warnf"), Formatted("debugf"), Formatted("cat"), Formatted("system") with { IsUnsafe = true },
            Formatted("fail") with { IsCompileTime = true, IsFormatted = false },
            Fixed("exit", 0, 1, none, ArgumentRule.Integer), Fixed("time", 0, 1, none, ArgumentRule.Literal), Fixed("join", 1, 2, none, ArgumentRule.Any, ArgumentRule.Literal),
            Fixed("unwatch", 1, 1, none, ArgumentRule.Integer),

            // symbols, stacks, names
            Fixed("ksym", 1, 1, BuiltinTypes.KernelSymbol), Fixed("usym", 1, 1, BuiltinTypes.UserSymbol),
            Fixed("kaddr", 1, 1, TraceType.UInt64, ArgumentRule.Literal), Any("uaddr", 1, 1, ArgumentRule.Literal) with { Probes = ProbeKinds.UserSpace },
            Fixed("percpu_kaddr", 1, 2, TraceType.UInt64, ArgumentRule.Literal, ArgumentRule.Integer), Fixed("reg", 1, 1, TraceType.UInt64, ArgumentRule.Literal) with { Probes = ProbeKinds.Registers },
            Any("kstack", 0, 2), Any("ustack", 0, 2), Any("dw_ustack", 0, 2),
            Fixed("cgroupid", 1, 1, TraceType.UInt64, ArgumentRule.Literal), Fixed("cgroup_path", 1, 2, BuiltinTypes.CgroupPath, ArgumentRule.Integer, ArgumentRule.Text),
            Fixed("ntop", 1, 2, BuiltinTypes.InternetAddress), Any("pton", 1, 1), Fixed("macaddr", 1, 1, BuiltinTypes.MacAddress),
            Any("strftime", 2, 2, ArgumentRule.Literal, ArgumentRule.Integer),
            Fixed("strerror", 1, 1, new TraceType(TypeKind.ErrorName, 8), ArgumentRule.Integer), Fixed("syscall_name", 1, 1, new TraceType(TypeKind.SyscallName, 8), ArgumentRule.Integer),
            Fixed("signal_name", 1, 1, new TraceType(TypeKind.SignalName, 8), ArgumentRule.Integer),

            // text and bytes
            Any("str", 1, 2, ArgumentRule.Any, ArgumentRule.Integer), Any("buf", 1, 2, ArgumentRule.Any, ArgumentRule.Integer), Any("path", 1, 2, ArgumentRule.Any, ArgumentRule.Number),
            Fixed("strncmp", 3, 3, TraceType.UInt64, ArgumentRule.Text, ArgumentRule.Text, ArgumentRule.Number), Fixed("strcontains", 2, 2, TraceType.Boolean), Fixed("strstr", 2, 2, TraceType.Int64),
            Any("str_concat", 2, 2), Fixed("strlen", 1, 1, TraceType.UInt64), Fixed("strcap", 1, 1, TraceType.UInt64), Fixed("memcmp", 3, 3, TraceType.Int32),
            Any("bswap", 1, 1),

            // pointers
            Any("kptr", 1, 1), Any("uptr", 1, 1), Fixed("is_err", 1, 1, TraceType.Boolean), Any("container_of", 3, 3),
            Fixed("socket_cookie", 1, 1, TraceType.UInt64, ArgumentRule.Pointer) with { Probes = ProbeKinds.Tracing },
            Fixed("skboutput", 4, 4, TraceType.UInt32, ArgumentRule.Literal, ArgumentRule.Pointer, ArgumentRule.Integer, ArgumentRule.Integer) with { Probes = ProbeKinds.Tracing },

            // what the task is and what is done to it
            Any("nsecs", 0, 1), Fixed("pid", 0, 1, TraceType.UInt32), Fixed("tid", 0, 1, TraceType.UInt32), Fixed("comm", 0, 1, TraceType.String(64)),
            Fixed("ppid", 0, 1, TraceType.Int32), Fixed("leader_tid", 0, 1, TraceType.Int32), Fixed("pcomm", 0, 1, TraceType.String(16)), Fixed("leader_comm", 0, 1, TraceType.String(16)),
            Fixed("signal", 1, 1, none) with { Probes = ProbeKinds.Signals }, Fixed("signal_thread", 1, 1, none) with { Probes = ProbeKinds.Signals },
            Fixed("override", 1, 1, none), Fixed("write_user", 3, 3, TraceType.Boolean),

            // answered while compiling
            Question("is_str"), Question("is_ptr"), Question("is_array"), Question("is_integer"), Question("is_unsigned_integer"), Question("is_literal"),
            Question("kfunc_exist"), Question("kfunc_allowed"), Question("assert_str"),
            Fixed("static_assert", 2, 2, none) with { IsCompileTime = true }, Fixed("assert", 2, 2, none), Any("getopt", 1, 3) with { IsCompileTime = true },
            Fixed("signal_num", 1, 1, name) with { IsCompileTime = true },
        ];
        return all.ToDictionary(f => f.Name, StringComparer.Ordinal);
    }

    private static FunctionInfo Any(string name, int minimum, int maximum, params ReadOnlySpan<ArgumentRule> arguments) => new(name, minimum, maximum) { Arguments = [.. arguments] };

    private static FunctionInfo Fixed(string name, int minimum, int maximum, TraceType result, params ReadOnlySpan<ArgumentRule> arguments) =>
        Any(name, minimum, maximum, arguments) with { Result = result };

    private static FunctionInfo Aggregation(string name, int minimum, int maximum, params ReadOnlySpan<ArgumentRule> arguments) => Any(name, minimum, maximum, arguments) with { IsAggregation = true };

    private static FunctionInfo Formatted(string name) => Fixed(name, 1, MostArguments, TraceType.Void, ArgumentRule.Literal) with { IsFormatted = true };

    private static FunctionInfo OfMap(string name, int minimum, int maximum, MapForm form, TraceType result, params ReadOnlySpan<ArgumentRule> arguments) =>
        Fixed(name, minimum, maximum, result, arguments) with { TakesMap = true, MapForm = form };

    private static FunctionInfo Question(string name) => Fixed(name, 1, 1, TraceType.Boolean) with { IsCompileTime = true };
}
