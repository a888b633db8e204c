// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    private static readonly SearchValues<char> s_symbolCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-");

    private void CheckPrint(Call call)
    {
        if (call.Arguments[0] is MapReference { Map: { } map })
        {
            if (_loopDepth > 0)
                context.Report.Warning(TraceCodes.Doubtful, call, "Due to it's asynchronous nature using 'print()' in a loop can lead to unexpected behavior. The map will likely be updated before the runtime can 'print' it.");
            if (map.ValueType.Kind == TypeKind.Statistics && call.Arguments.Count > 1)
                context.Report.Warning(TraceCodes.Doubtful, call, "print()'s top and div arguments are ignored when used on stats() maps.");
            return;
        }

        TraceType type = call.Arguments[0].Type;
        if (type.IsNone) return;
        if (type.IsHistogram) context.Report.Error(TraceCodes.Arguments, call, $"Map type {type} cannot print the value of individual keys. You must print the whole map.");
        else if (type.IsContext && call.Arguments[0] is not Identifier { Name: "args" }) context.Report.Error(TraceCodes.Arguments, call, $"{type} type passed to print() is not printable");
        else if (type.Kind == TypeKind.Void) context.Report.Error(TraceCodes.Arguments, call, $"{type} type passed to print() is not printable");
        else if (call.Arguments.Count != 1) context.Report.Error(TraceCodes.Arguments, call, $"Non-map print() only takes 1 argument, {call.Arguments.Count} found");
    }

    private void CheckIsMap(Call call)
    {
        if (call.Arguments[0] is not MapReference) context.Report.Error(TraceCodes.Arguments, call.Arguments[0], $"{call.Name}() expects a map argument");
    }

    private void CheckKeyed(Call call)
    {
        if (call.Arguments[0] is not MapReference { Map: { } map } reference)
        {
            context.Report.Error(TraceCodes.Arguments, call.Arguments[0], $"{call.Name}() expects a map argument");
            return;
        }

        if (call.Arguments.Count == 1)
        {
            if (context.FormOf(map) == MapForm.Keyed) context.Report.Error(TraceCodes.MapUse, call, "call to delete() with a single argument expects a map without explicit keys (scalar map)");
            return;
        }

        if (context.FormOf(map) == MapForm.Scalar)
        {
            string what = call.Name switch { "delete" => "delete() with two arguments", "has_key" => "has_key()", _ => call.Name };
            context.Report.Error(TraceCodes.MapUse, call, $"call to {what} expects a map with explicit keys (non-scalar map)");
            return;
        }

        context.TryUse(map, MapForm.Keyed);
        UseKey(map, call.Arguments[1], call);
        if (_isLast && map.KeyType.IsNone) ReportUndefined(reference);
        if (call.Name != "find") return;
        if (call.Arguments[2] is VariableReference { Symbol: { } symbol } variable)
        {
            Assign(symbol, map.ValueType, call, null);
            variable.Type = symbol.Type;
            symbol.NeedsMemory = true;
        }
        else
        {
            context.Report.Error(TraceCodes.Arguments, call.Arguments[2], "find() expects a variable for what it finds");
        }
    }

    private TraceType Length(Call call)
    {
        if (call.Arguments[0] is MapReference { Map: { } map })
        {
            if (context.FormOf(map) == MapForm.Scalar) context.Report.Error(TraceCodes.MapUse, call, "call to len() expects a map with explicit keys (non-scalar map)");
        }
        else if (!call.Arguments[0].Type.IsStack && !call.Arguments[0].Type.IsNone)
        {
            context.Report.Error(TraceCodes.Arguments, call, "call to len() expects a map, ustack, or kstack");
        }

        return TraceType.Int64;
    }

    private TraceType IsScalar(Call call)
    {
        if (call.Arguments[0] is MapReference { Map: { } map }) return Literal(call, context.FormOf(map) == MapForm.Scalar);
        context.Report.Error(TraceCodes.Arguments, call, "is_scalar() expects a map for the first argument");
        return TraceType.Boolean;
    }

    /// <summary>Text, an array of characters, or a pointer to one.</summary>
    private void CheckText(Call call, int index)
    {
        TraceType type = call.Arguments[index].Type;
        if (type.Kind is TypeKind.String or TypeKind.None) return;
        if (type.Kind is not (TypeKind.Array or TypeKind.Pointer)) context.Report.Error(TraceCodes.Arguments, call, "string-like values must be either strings, arrays or pointers");
        else if (!type.Element!.Equals(TraceType.Int8))
            context.Report.Error(TraceCodes.Arguments, call, type.Kind == TypeKind.Array ? "string-like arrays must contain a char-like type" : "string-like pointers must point to a char-like type");
    }

    private TraceType Capacity(Call call)
    {
        CheckText(call, 0);
        TraceType type = call.Arguments[0].Type;
        return type.Kind switch { TypeKind.String => Literal(call, type.Size, false), TypeKind.Array => Literal(call, type.Count, false), _ => TraceType.UInt64 };
    }

    private void CheckAddress(Call call)
    {
        Expression address = call.Arguments[^1];
        if (call.Arguments.Count == 2 && call.Arguments[0].Type is { IsNone: false, IsInteger: false }) context.Report.Error(TraceCodes.Arguments, call, $"ntop() only supports int arguments ({Given(call.Arguments[0])} provided)");
        TraceType type = address.Type;
        if (type.IsNone) return;
        if (type.Kind is not (TypeKind.Integer or TypeKind.String or TypeKind.Array)) context.Report.Error(TraceCodes.Arguments, call, $"ntop() expects an integer or array argument, got {Given(address)}");
        else if (!type.IsInteger && type.Size is not (4 or 16)) context.Report.Error(TraceCodes.Arguments, call, "ntop() argument must be 4 or 16 bytes in size");
    }

    private void CheckMac(Call call)
    {
        Expression address = call.Arguments[0];
        TraceType type = address.Type;
        if (type.IsNone) return;
        if (address is StringLiteral) context.Report.Error(TraceCodes.Arguments, call, "macaddr() does not support literal string arguments");
        else if (type.Kind is not (TypeKind.Integer or TypeKind.Array or TypeKind.String or TypeKind.Buffer or TypeKind.InternetAddress or TypeKind.MacAddress or TypeKind.Pointer))
            context.Report.Error(TraceCodes.Arguments, call, $"macaddr() only supports array or pointer arguments ({Given(address)} provided)");
        else if (type.Kind is not (TypeKind.Integer or TypeKind.Pointer) && type.Size < 6) context.Report.Error(TraceCodes.Arguments, call, "macaddr() argument must be at least 6 bytes in size");
    }

    private TraceType Swapped(Call call)
    {
        TraceType type = call.Arguments[0].Type;
        if (type.IsNone) return type;
        if (type.IsInteger) return TraceType.Integer(type.Size, false);
        context.Report.Error(TraceCodes.Arguments, call, $"bswap() only supports integer arguments ({Given(call.Arguments[0])} provided)");
        return TraceType.None;
    }

    private TraceType Placed(Call call)
    {
        TraceType type = call.Arguments[0].Type;
        if (type.IsNone) return type;
        if (type.Kind is TypeKind.Integer or TypeKind.Pointer) return WithPlace(type, call.Name == "kptr" ? AddressSpace.Kernel : AddressSpace.User);
        context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}() only supports integer or pointer arguments ({Given(call.Arguments[0])} provided)");
        return TraceType.None;
    }

    private TraceType KernelAddress(Call call, FunctionInfo function)
    {
        if (call.Name == "percpu_kaddr" && Text(call.Arguments[0]) is { } symbol && context.Types.FindVariable(symbol) is null)
            context.Report.Error(TraceCodes.UnknownName, call, $"Could not resolve variable \"{symbol}\" from BTF");
        return function.Result! with { Space = AddressSpace.Kernel };
    }

    private TraceType Register(Call call)
    {
        if (Text(call.Arguments[0]) is { } name && !Registers.IsKnown(name)) context.Report.Error(TraceCodes.Arguments, call, $"'{name}' is not a valid register on this architecture (x86_64)", Hints.Nearest("register", name, Registers.Names));
        return TraceType.UInt64 with { Space = DefaultSpace };
    }

    private TraceType UserAddress(Call call)
    {
        if (Text(call.Arguments[0]) is { } name && (name.Length == 0 || name.AsSpan().ContainsAnyExcept(s_symbolCharacters)))
            context.Report.Error(TraceCodes.Arguments, call, $"uaddr() expects a string that is a valid symbol (^[a-zA-Z0-9./_-]+$) as input (\"{name}\" provided)");
        return TraceType.Pointer(TraceType.Int64, AddressSpace.User);
    }

    private TraceType Container(Call call)
    {
        string name = call.Arguments[1] switch { Identifier word => word.Name, _ => call.Arguments[1].Span.Text };
        string member = call.Arguments[2] switch { Identifier word => word.Name, _ => call.Arguments[2].Span.Text };
        TraceType? type = context.Types.Find(name) ?? context.Types.Find("struct " + name);
        if (type is not { Kind: TypeKind.Struct, Struct: { } structure })
        {
            context.Report.Error(TraceCodes.UnknownType, call.Arguments[1], $"Cannot resolve unknown type \"{name}\"", NearTypes(name));
            return TraceType.None;
        }

        if (structure.Find(member) is null) context.Report.Error(TraceCodes.UnknownField, call.Arguments[2], $"'{type}' has no field named '{member}'", NearFields(structure, member));
        return TraceType.Pointer(type, call.Arguments[0].Type.Space);
    }

    private void CheckSocket(Call call)
    {
        TraceType type = call.Arguments[0].Type;
        if (type.Kind != TypeKind.Pointer || type.Element!.Struct?.Name == "struct sock") return;
        string given = type.Element.Kind == TypeKind.Struct ? $"'{type.Element} *'" : TypeNames.DescribeKind(type);
        context.Report.Error(TraceCodes.Arguments, call, $"socket_cookie() only supports 'struct sock *' as the argument ({given} provided)");
    }

    private void CheckNamespace(Call call)
    {
        if (call.Arguments[0] is not Identifier mode) context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}() only supports curr_ns and init as the argument");
        else if (mode.Name is not ("curr_ns" or "init")) context.Report.Error(TraceCodes.Arguments, mode, $"Invalid PID namespace mode: {mode.Name} (expects: curr_ns or init)");
    }

    private void CheckSignal(Call call)
    {
        string name = call.Name + "()";
        Expression signal = call.Arguments[0];
        if (!context.Options.IsUnsafe) context.Report.Error(TraceCodes.Unsafe, call, $"{name} is unsafe. To use you need the --unsafe flag");
        else if (Text(signal) is { } text)
        {
            if (!SignalNames.TryFind(text, out _)) context.Report.Error(TraceCodes.Arguments, call, $"Invalid string for signal: {text}", Hints.Nearest("signal", text, SignalNames.All));
        }
        else if (signal.Type is { IsNone: false, IsInteger: false }) context.Report.Error(TraceCodes.Arguments, call, $"{name} accepts a string literal or an integer");
        else if (IsLiteral(signal) && Number(signal) is < 1 or > 64) context.Report.Error(TraceCodes.Arguments, call, $"{name} accepts a string literal or an integer between 1 and 64 (inclusive)");
    }

    private void CheckOverride(Call call)
    {
        if (Kind is not (null or ProbeKind.Kprobe)) context.Report.Error(TraceCodes.NotInThisProbe, call, "override() can only be used inside kprobes");
        else if (!context.Options.IsUnsafe) context.Report.Error(TraceCodes.Unsafe, call, "override() is unsafe. To use you need the --unsafe flag");
        else if (call.Arguments[0].Type is { IsNone: false, IsInteger: false }) context.Report.Error(TraceCodes.Arguments, call, $"override() only supports int arguments ({Given(call.Arguments[0])} provided)");
    }

    private TraceType Question(Call call)
    {
        TraceType type = call.Arguments[0].Type;
        _usedIntrospection = true;
        if (type.IsNone) return TraceType.None;
        return Literal(call, call.Name switch
        {
            "is_str" => type.Kind == TypeKind.String,
            "is_ptr" => type.Kind == TypeKind.Pointer,
            "is_array" => type.Kind == TypeKind.Array,
            "is_integer" => type.IsInteger,
            _ => type is { IsInteger: true, IsSigned: false },
        });
    }

    private TraceType KernelFunction(Call call)
    {
        if (Text(call.Arguments[0]) is { } name) return Literal(call, context.Types.IsKernelFunction(name));
        context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}() accepts a string literal only");
        return TraceType.Boolean;
    }

    private void CheckScriptFails(Call call)
    {
        if (!_isLast) return;
        if (call.Name == "static_assert")
        {
            if (Truth(call.Arguments[0]) is not { } truth) context.Report.Error(TraceCodes.Comptime, call.Arguments[0], "Unable to resolve comptime expression");
            else if (!truth) context.Report.Error(TraceCodes.ScriptFails, call, Text(call.Arguments[1]) ?? "static_assert failed");
            return;
        }

        if (call.Arguments.Exists(a => !IsLiteral(a)))
        {
            context.Report.Error(TraceCodes.Arguments, call, "fail() arguments need to be literals");
            return;
        }

        List<object> values = [];
        for (int i = 1; i < call.Arguments.Count; i++)
        {
            values.Add(call.Arguments[i] switch
            {
                { Constant: StringConstant text } => text.Text,
                { Type.Kind: TypeKind.Boolean } b => Truth(b) == true ? 1L : 0L,
                var number => ((IntegerConstant)number.Constant!).Bits,
            });
        }

        context.Report.Error(TraceCodes.ScriptFails, call, FormatText.Fill(Text(call.Arguments[0]) ?? "", values));
    }

    /// <summary><c>getopt(name, default, description)</c>: known before the program is made.</summary>
    private TraceType Option(Call call)
    {
        if (Text(call.Arguments[0]) is not { } name)
        {
            context.Report.Error(TraceCodes.Arguments, call.Arguments[0], "First argument to 'getopt' must be a string literal.");
            return TraceType.None;
        }

        Expression? standard = call.Arguments.Count > 1 ? call.Arguments[1] : null;
        if (standard is not null && !IsLiteral(standard))
        {
            context.Report.Error(TraceCodes.Arguments, standard, "Second argument to 'getopt' must be a string literal, integer literal, or a boolean literal.");
            return TraceType.None;
        }

        if (call.Arguments.Count == 3 && Text(call.Arguments[2]) is null) context.Report.Warning(TraceCodes.Arguments, call.Arguments[2], "Function 'getopt' requires the third parameter to be a string literal.");
        bool isGiven = context.Options.NamedParameters.TryGetValue(name, out string? given);
        if (standard is { Constant: StringConstant text })
        {
            call.Constant = new StringConstant(isGiven ? given ?? "" : text.Text);
            return TraceType.String(context.Config.MaxStringLength);
        }

        if (standard is null || standard.Type.Kind == TypeKind.Boolean)
        {
            string? word = given?.ToLowerInvariant();
            bool value = isGiven ? word is null or "true" or "1" or "on" or "yes" : standard is not null && Truth(standard) == true;
            // what the command line says has no place in the script
            if (isGiven && word is not (null or "true" or "1" or "on" or "yes" or "false" or "0" or "off" or "no"))
                context.Report.Error(TraceCodes.Arguments, default(TextSpan), $"program command line option --{name} expects a boolean (e.g. 'true') (value: {given})");
            return Literal(call, value);
        }

        long number = ((IntegerConstant)standard.Constant!).Bits;
        TraceType type = IsNegative(standard) ? TraceType.Int64 : TraceType.UInt64;
        if (isGiven)
        {
            bool isNegative = given is ['-', ..];
            if (IntegerText(isNegative ? given![1..] : given ?? "") is { } parsed) number = isNegative ? -(long)parsed : (long)parsed;
            else context.Report.Error(TraceCodes.Arguments, default(TextSpan), given is null ? $"program command line option --{name} expects an integer (value: true)" : $"program command line option --{name} invalid integer (value: {given})");
            if (isNegative) type = TraceType.Int64;
        }

        call.Constant = new IntegerConstant(number);
        return type;
    }
}
