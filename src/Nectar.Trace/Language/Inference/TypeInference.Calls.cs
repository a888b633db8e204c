// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    private TraceType VisitCall(Call call)
    {
        call.Constant = null;
        if (call.Target is { } target) return VisitOwnCall(call, target);
        if (FunctionTable.Find(call.Name) is not { } function)
        {
            foreach (Expression argument in call.Arguments) Visit(argument);
            context.Report.Error(TraceCodes.UnknownName, call, $"Unknown function: '{call.Name}'", _isLast ? Hints.Nearest("function", call.Name, FunctionTable.Names) : []);
            return TraceType.None;
        }

        CheckSwitchedOff(call, call.Name);
        if (function.IsUnsafe && !context.Options.IsUnsafe)
            context.Report.Error(TraceCodes.Unsafe, call, $"{call.Name}() is an unsafe function being used in safe mode", "help: run with --unsafe if you mean it");
        if (!CheckPlace(call, function) || !CheckCount(call, function)) return function.Result ?? TraceType.None;
        VisitArguments(call, function);
        if (!CheckArguments(call, function)) return function.Result ?? TraceType.None;
        return ResultOf(call, function);
    }

    /// <summary>What <c>unstable_NAME</c> says of a feature that bpftrace has no final form of: here it has one, so only an <c>error</c> or <c>warn</c> that is written down counts.</summary>
    private void CheckSwitchedOff(Node node, string feature)
    {
        if (!_isLast || !context.Config.Unstable.TryGetValue("unstable_" + feature, out string? choice)) return;
        if (choice == "error") context.Report.Error(TraceCodes.Config, node, $"{feature} is switched off by unstable_{feature}=error");
        else if (choice == "warn") context.Report.Warning(TraceCodes.Doubtful, node, $"Script is using an unstable feature: {feature}");
    }

    private TraceType VisitOwnCall(Call call, Subprogram target)
    {
        foreach (Expression argument in call.Arguments) Visit(argument);
        if (call.Arguments.Count != target.Parameters.Count)
        {
            context.Report.Error(TraceCodes.Arguments, call, $"Function `{call.Name}` requires {target.Parameters.Count} arguments, got {call.Arguments.Count}");
        }
        else if (_isLast)
        {
            for (int i = 0; i < call.Arguments.Count; i++)
            {
                TraceType from = call.Arguments[i].Type, to = target.Parameters[i].Type.Resolved;
                if (!from.IsNone && !to.IsNone && !Converts(call.Arguments[i], from, to))
                    context.Report.Error(TraceCodes.TypeMismatch, call.Arguments[i], $"Expected {to} for argument `{target.Parameters[i].Variable.Name}` got {from}");
            }
        }

        return target.Result.Resolved;
    }

    private bool CheckPlace(Call call, FunctionInfo function)
    {
        if (function.IsAggregation && !_assigned.Contains(call))
        {
            foreach (Expression argument in call.Arguments) Visit(argument);
            context.Report.Error(TraceCodes.MapUse, call, $"{call.Name}() must be assigned directly to a map");
            return false;
        }

        if (function.Probes is not { } probes || Kind is not { } kind || probes.Contains(kind)) return true;
        foreach (Expression argument in call.Arguments) Visit(argument);
        context.Report.Error(TraceCodes.NotInThisProbe, call, call.Name switch
        {
            "signal" or "signal_thread" => $"{call.Name}() can not be used for this probetype {ProbeTypeName(kind)}",
            _ => $"{call.Name} can not be used with \"{ProbeProviders.NameOf(kind)}\" probes",
        });
        return false;
    }

    private bool CheckCount(Call call, FunctionInfo function)
    {
        int count = call.Arguments.Count, minimum = function.Minimum, maximum = function.Maximum;
        if (count >= minimum && count <= maximum) return true;
        string wanted;
        if (minimum == maximum) wanted = minimum switch { 0 => "requires no arguments", 1 => "requires one argument", _ => $"requires {minimum} arguments" };
        else if (count < minimum) wanted = minimum == 1 ? "requires at least one argument" : $"requires at least {minimum} arguments";
        else wanted = maximum switch { 0 => "requires no arguments", 1 => "takes up to one argument", _ => $"takes up to {maximum} arguments" };
        context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}() {wanted} ({count} provided)");
        return false;
    }

    private void VisitArguments(Call call, FunctionInfo function)
    {
        bool isOutput = call.Name is "printf" or "errorf" or "warnf" or "debugf";
        for (int i = 0; i < call.Arguments.Count; i++)
        {
            Expression argument = call.Arguments[i];
            if (IsModeWord(call, i)) continue;
            if (i == 0 && function.TakesMap && argument is MapReference map)
            {
                map.Type = map.Map?.ValueType ?? TraceType.None;
                if (_introspection > 0 && map.Map is { } introspected) _introspected.Add(introspected);
                CheckDefined(map);
                continue;
            }

            if (function.IsCompileTime && call.Name.StartsWith("is_", StringComparison.Ordinal)) Introspect(argument);
            else if (call.Name == "container_of" && i > 0) continue;
            else if (call.Name == "find" && i == 2) continue;
            else Visit(argument);
            if (argument is StringLiteral literal && !(isOutput && i == 0) && call.Name != "cgroupid" && ScriptText.Encode(literal.Value).Length > context.Config.MaxStringLength - 1)
                context.Report.Error(TraceCodes.Arguments, literal, $"String is too long (over {context.Config.MaxStringLength} bytes): {literal.Value}");
        }
    }

    private void CheckDefined(MapReference reference)
    {
        if (_isLast && reference.Map is { } map && (map.ValueType.IsNone || context.FormOf(map) == MapForm.Unknown)) ReportUndefined(reference);
    }

    /// <summary>Arguments that are words of their function, not values.</summary>
    private static bool IsModeWord(Call call, int index) => call.Arguments[index] is Identifier && (call.Name, index) is ("nsecs" or "pid" or "tid" or "kstack" or "ustack" or "dw_ustack", 0);

    private bool CheckArguments(Call call, FunctionInfo function)
    {
        bool isGood = true;
        for (int i = 0; i < function.Arguments.Length && i < call.Arguments.Count; i++)
        {
            ArgumentRule rule = function.Arguments[i];
            Expression argument = call.Arguments[i];
            if (rule.Kind == TypeKind.None || argument.Type.IsNone) continue;
            string given = TypeNames.DescribeKind(argument.Type), wanted = TypeNames.DescribeKind(rule.Kind);
            if (rule.IsLiteral && (!IsLiteral(argument) || argument.Type.Kind != rule.Kind))
            {
                if (rule.Kind == TypeKind.String && argument is PositionalParameter parameter)
                    context.Report.Error(TraceCodes.Arguments, argument, $"Use str(${parameter.Number}) to treat ${parameter.Number} as a string");
                context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}() expects a {wanted} literal ({given} provided)");
                isGood = false;
            }
            else if (argument.Type.Kind != rule.Kind && !(rule.Kind == TypeKind.Integer && argument.Type.IsCountable))
            {
                context.Report.Error(TraceCodes.Arguments, call, $"{call.Name}() only supports {wanted} arguments ({given} provided)");
                isGood = false;
            }
        }

        return isGood;
    }
}
