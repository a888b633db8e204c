// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    private TraceType ResultOf(Call call, FunctionInfo function)
    {
        List<Expression> arguments = call.Arguments;
        if (function.IsAggregation) return AggregationResult(call);
        if (function.IsFormatted) CheckFormat(call);
        switch (call.Name)
        {
            case "print": CheckPrint(call); break;
            case "clear" or "zero": CheckIsMap(call); break;
            case "delete" or "has_key" or "find": CheckKeyed(call); break;
            case "len": return Length(call);
            case "is_scalar": return IsScalar(call);
            case "str": return StringResult(call);
            case "buf": return BufferResult(call);
            case "path": return PathResult(call);
            case "str_concat":
                CheckText(call, 0);
                CheckText(call, 1);
                return TraceType.String(context.Config.MaxStringLength);
            case "strlen": CheckText(call, 0); break;
            case "strcap": return Capacity(call);
            case "strcontains" or "strstr":
                CheckText(call, 0);
                CheckText(call, 1);
                break;
            case "strncmp" when IsNegative(arguments[2]): context.Report.Error(TraceCodes.Arguments, call, "Builtin strncmp requires a non-negative literal"); break;
            case "strftime": return Date(call);
            case "nsecs": return Time(call);
            case "kstack": return StackResult(call, isKernel: true);
            case "ustack" or "dw_ustack": return StackResult(call, isKernel: false);
            case "ksym" or "usym" when arguments[0].Type.Kind is not (TypeKind.Integer or TypeKind.Pointer or TypeKind.None):
                context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}() expects an integer or pointer argument");
                break;
            case "join" when arguments[0].Type.Kind is not (TypeKind.Integer or TypeKind.Pointer or TypeKind.None):
                context.Report.Error(TraceCodes.Arguments, call, $"() only supports int or pointer arguments ({Given(arguments[0])} provided)");
                break;
            case "ntop": CheckAddress(call); break;
            case "pton": return NetworkAddress(call);
            case "macaddr": CheckMac(call); break;
            case "bswap": return Swapped(call);
            case "kptr" or "uptr": return Placed(call);
            case "kaddr" or "percpu_kaddr": return KernelAddress(call, function);
            case "reg": return Register(call);
            case "uaddr": return UserAddress(call);
            case "container_of": return Container(call);
            case "socket_cookie": CheckSocket(call); break;
            case "skboutput" when context.Options.Warns && arguments[1].Type.IsNone: break;
            case "pid" or "tid": CheckNamespace(call); break;
            case "comm" when arguments.Count == 1 && arguments[0].Type is { IsNone: false, IsInteger: false }:
                context.Report.Error(TraceCodes.Arguments, call, "Only integer supported for comm()'s pid");
                break;
            case "signal" or "signal_thread": CheckSignal(call); break;
            case "override": CheckOverride(call); break;
            case "write_user" when !context.Options.IsUnsafe: context.Report.Error(TraceCodes.Unsafe, call, "write_user() is unsafe. To use you need the --unsafe flag"); break;
            case "debugf": CheckTracePrint(call); break;
            case "fail" or "static_assert": CheckScriptFails(call); break;
            case "getopt": return Option(call);
            case "is_str" or "is_ptr" or "is_array" or "is_integer" or "is_unsigned_integer": return Question(call);
            case "is_literal": return Literal(call, IsLiteral(arguments[0]));
            case "kfunc_exist" or "kfunc_allowed": return KernelFunction(call);
        }

        return function.Result ?? TraceType.None;
    }

    private static string Given(Expression argument) => TypeNames.DescribeKind(argument.Type);

    private TraceType AggregationResult(Call call)
    {
        List<Expression> arguments = call.Arguments;
        TraceType given = arguments.Count > 0 ? arguments[0].Type : TraceType.UInt64;
        if (given.IsNone) return TraceType.None;
        if (call.Name is not ("count" or "hist" or "lhist" or "tseries") && !given.IsInteger && !given.IsCountable)
        {
            context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}() only supports integer arguments ({given} provided)");
            return TraceType.None;
        }

        return call.Name switch
        {
            "count" => BuiltinTypes.Count,
            "sum" => BuiltinTypes.Aggregation(TypeKind.Sum, given.IsSigned),
            "min" => BuiltinTypes.Aggregation(TypeKind.Minimum, given.IsSigned),
            "max" => BuiltinTypes.Aggregation(TypeKind.Maximum, given.IsSigned),
            "avg" => BuiltinTypes.Aggregation(TypeKind.Average, given.IsSigned),
            "stats" => BuiltinTypes.Aggregation(TypeKind.Statistics, given.IsSigned),
            "hist" => HistogramResult(call),
            "lhist" => LinearResult(call),
            _ => SeriesResult(call),
        };
    }

    private TraceType HistogramResult(Call call)
    {
        long bits = call.Arguments.Count > 1 ? Number(call.Arguments[1]) ?? 0 : 0;
        if (bits is >= 0 and <= 5) return BuiltinTypes.Aggregation(TypeKind.Histogram, false, new HistogramShape(Bits: (int)bits));
        context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}: bits {bits} must be 0..5");
        return TraceType.None;
    }

    private TraceType LinearResult(Call call)
    {
        long minimum = Number(call.Arguments[1]) ?? 0, maximum = Number(call.Arguments[2]) ?? 0, step = Number(call.Arguments[3]) ?? 0;
        if (IsNegative(call.Arguments[1])) return Bad("lhist: invalid min value (must be non-negative literal)");
        if (IsNegative(call.Arguments[2])) return Bad("lhist: invalid max value (must be non-negative literal)");
        if (IsNegative(call.Arguments[3])) return Bad("lhist: invalid step value");
        if (step <= 0) return Bad($"lhist() step must be >= 1 ({step} provided)");
        if (minimum > maximum) return Bad($"lhist() min must be less than max (provided min {minimum} and max {maximum})");
        if ((maximum - minimum) / step > 1000) return Bad($"lhist() too many buckets, must be <= 1000 (would need {(maximum - minimum) / step})");
        if (maximum - minimum < step) return Bad($"lhist() step is too large for the given range (provided step {step} for range {maximum - minimum})");
        return BuiltinTypes.Aggregation(TypeKind.LinearHistogram, false, new HistogramShape(Minimum: minimum, Maximum: maximum, Step: step));

        TraceType Bad(string message)
        {
            context.Report.Error(TraceCodes.Arguments, call, message);
            return TraceType.None;
        }
    }

    private TraceType SeriesResult(Call call)
    {
        long interval = Number(call.Arguments[1]) ?? 0, intervals = Number(call.Arguments[2]) ?? 0;
        string aggregation = call.Arguments.Count > 3 ? Text(call.Arguments[3]) ?? "" : "";
        if (IsNegative(call.Arguments[1])) return Bad("tseries: invalid interval_ns value (must be non-negative literal)");
        if (IsNegative(call.Arguments[2])) return Bad("tseries: invalid num_intervals value (must be non-negative literal)");
        if (interval <= 0) return Bad($"tseries() interval_ns must be >= 1 ({interval} provided)");
        if (intervals <= 0) return Bad($"tseries() num_intervals must be >= 1 ({intervals} provided)");
        if (intervals > 1_000_000) return Bad($"tseries() num_intervals must be < 1000000 ({intervals} provided)");
        if (call.Arguments.Count > 3 && aggregation is not ("avg" or "max" or "min" or "sum"))
            return Bad($"tseries() expects one of the following aggregation functions: avg, max, min, sum (\"{aggregation}\" provided)");
        return BuiltinTypes.Aggregation(TypeKind.TimeSeries, call.Arguments[0].Type.IsSigned, new HistogramShape(Interval: (ulong)interval, Intervals: (int)intervals, Aggregation: aggregation));

        TraceType Bad(string message)
        {
            context.Report.Error(TraceCodes.Arguments, call, message);
            return TraceType.None;
        }
    }

    private TraceType StringResult(Call call)
    {
        Expression value = call.Arguments[0];
        string? text = value is PositionalParameter parameter ? ParameterText(parameter.Number) : OffsetText(value) ?? Text(value);
        if (text is null && IsLiteral(value) && Number(value) is { } number)
            text = value.Type.IsSigned ? number.ToString(System.Globalization.CultureInfo.InvariantCulture) : ((ulong)number).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (text is not null && (call.Arguments.Count == 1 || (Number(call.Arguments[1]) is { } cut && cut >= 0)))
            return Literal(call, call.Arguments.Count == 1 || Number(call.Arguments[1])!.Value >= text.Length ? text : text[..(int)Number(call.Arguments[1])!.Value]);

        int size = context.Config.MaxStringLength;
        if (call.Arguments.Count == 2 && IsLiteral(call.Arguments[1]) && Number(call.Arguments[1]) is { } length)
        {
            if (IsNegative(call.Arguments[1])) context.Report.Error(TraceCodes.Arguments, call, $"str() cannot use negative length ({length})");
            else if ((ulong)length + 1 > (ulong)size) context.Report.Warning(TraceCodes.Doubtful, call, $"length param ({length}) is too long and will be shortened to {size} bytes (see BPFTRACE_MAX_STRLEN)");
            else size = (int)length + 1;
        }

        if (value.Type.Kind is not (TypeKind.String or TypeKind.Integer or TypeKind.Pointer or TypeKind.Array or TypeKind.None))
            context.Report.Error(TraceCodes.Arguments, call, $"str() expects a string, integer or a pointer type as first argument ({value.Type} provided)");
        return TraceType.String(size) with { Space = AddressSpace.Kernel };
    }

    /// <summary><c>$1 + 3</c> inside of <c>str</c> is the text from there on, also where it looks like a number.</summary>
    private string? OffsetText(Expression value)
    {
        if (value is not Binary { Operator: BinaryOperator.Add, Left: PositionalParameter parameter } sum || Number(sum.Right) is not { } skip || skip < 0) return null;
        string text = ParameterText(parameter.Number);
        return skip >= text.Length ? "" : text[(int)skip..];
    }

    private TraceType BufferResult(Call call)
    {
        Expression data = call.Arguments[0];
        int most = context.Config.MaxStringLength - 4, size = most;
        if (data.Type.Kind is not (TypeKind.Integer or TypeKind.String or TypeKind.Pointer or TypeKind.Array or TypeKind.None))
            context.Report.Error(TraceCodes.Arguments, call, $"buf() expects an integer, string, or array argument but saw {Given(data)}");
        if (call.Arguments.Count == 1)
        {
            if (data.Type.IsNone) return TraceType.None;
            if (data.Type.Kind != TypeKind.Array) context.Report.Error(TraceCodes.Arguments, call, $"buf() expects a length argument for non-array type {Given(data)}");
            else size = data.Type.Size;
        }
        else if (IsNegative(call.Arguments[1]))
        {
            context.Report.Error(TraceCodes.Arguments, call, $"buf() cannot use negative length ({Number(call.Arguments[1])})");
        }
        else if (IsLiteral(call.Arguments[1]) && Number(call.Arguments[1]) is { } length)
        {
            size = (int)Math.Min((ulong)length, (ulong)most);
        }

        return TraceType.Buffer(Math.Min(size, most)) with { Space = AddressSpace.Kernel };
    }

    private TraceType PathResult(Call call)
    {
        if (Kind is { } kind && !ProbeKinds.Paths.Contains(kind)) context.Report.Error(TraceCodes.NotInThisProbe, call, "The path function can only be used with 'fentry', 'fexit', 'iter' probes");
        Expression path = call.Arguments[0];
        if (path.Type.Kind is not (TypeKind.Struct or TypeKind.Pointer or TypeKind.None)) context.Report.Error(TraceCodes.Arguments, call, $"path() only supports pointer or C type argument ({Given(path)} provided)");
        if (call.Arguments.Count == 1) return TraceType.String(context.Config.MaxStringLength);
        if (Number(call.Arguments[1]) is { } size and > 0) return TraceType.String((int)Math.Min(size, int.MaxValue));
        context.Report.Error(TraceCodes.Arguments, call, "path: invalid size value, need non-negative literal");
        return TraceType.String(context.Config.MaxStringLength);
    }

    private TraceType Date(Call call)
    {
        ClockKind clock = call.Arguments[1].Type.Clock;
        if (clock == ClockKind.Monotonic) context.Report.Error(TraceCodes.Arguments, call, "strftime() can not take a monotonic timestamp");
        if (IsNegative(call.Arguments[1])) context.Report.Error(TraceCodes.Arguments, call, "strftime() does not accept negative timestamps");
        return BuiltinTypes.Timestamp(clock);
    }

    private TraceType Time(Call call)
    {
        if (call.Arguments is not [Identifier mode])
        {
            context.Report.Error(TraceCodes.Arguments, call, $"nsecs() only supports timestamp_mode arguments ({Given(call.Arguments[0])} provided)");
            return TraceType.UInt64;
        }

        ClockKind? clock = mode.Name switch { "boot" => ClockKind.Boot, "monotonic" => ClockKind.Monotonic, "tai" => ClockKind.Tai, "sw_tai" => ClockKind.SoftwareTai, _ => null };
        if (clock is null) context.Report.Error(TraceCodes.Arguments, mode, $"Invalid timestamp mode: {mode.Name}", "help: monotonic, boot, tai or sw_tai");
        return TraceType.UInt64 with { Clock = clock ?? ClockKind.Boot };
    }

    private TraceType StackResult(Call call, bool isKernel)
    {
        StackMode mode = context.Config.StackMode;
        int at = 0;
        long limit = DefaultFrames;
        if (call.Arguments.Count >= 1 && call.Arguments[0] is Identifier word)
        {
            at = 1;
            if (TypeNames.StackModeNamed(word.Name) is { } named) mode = named;
            else context.Report.Error(TraceCodes.Arguments, word, $"Error parsing stack mode: {call.Name}: Invalid value for stack_mode: valid values are bpftrace, raw, perf, build_id");
        }
        else if (call.Arguments.Count == 2)
        {
            at = 1;
            context.Report.Error(TraceCodes.Arguments, call, "Expected stack mode as first argument");
        }

        if (at < call.Arguments.Count)
        {
            if (IsLiteral(call.Arguments[at]) && Number(call.Arguments[at]) is { } number and not 0 && !IsNegative(call.Arguments[at])) limit = number;
            else context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}: invalid limit value");
        }

        if (limit > MostFrames) context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}([int limit]): limit shouldn't exceed {MostFrames}, {limit} given");
        if (isKernel && mode == StackMode.BuildId) context.Report.Error(TraceCodes.Arguments, call, "'build_id' stack mode can only be used for ustack");
        StackOptions options = new(mode, (int)Math.Min(limit, MostFrames));
        return isKernel ? TraceType.KernelStack(options) : TraceType.UserStack(options);
    }

    private TraceType NetworkAddress(Call call)
    {
        if (Text(call.Arguments[0]) is not { } text)
        {
            context.Report.Error(TraceCodes.Arguments, call, "pton() expects an string literal at the first argument");
            return TraceType.None;
        }

        if (!text.Contains('.', StringComparison.Ordinal) && !text.Contains(':', StringComparison.Ordinal))
        {
            context.Report.Error(TraceCodes.Arguments, call, $"pton() expects an string argument of an IPv4/IPv6 address, got {text}");
            return TraceType.None;
        }

        bool isFour = text.Contains('.', StringComparison.Ordinal) && !text.Contains(':', StringComparison.Ordinal);
        bool isGood = IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == (isFour ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6)
            && (!isFour || text.Split('.').Length == 4) && !text.Contains('%', StringComparison.Ordinal);
        if (!isGood)
        {
            context.Report.Error(TraceCodes.Arguments, call, $"pton() expects a valid IPv4/IPv6 address, got {text}");
            return TraceType.None;
        }

        return TraceType.Array(TraceType.UInt8, isFour ? 4 : 16);
    }
}
