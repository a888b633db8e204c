// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    private void CheckFormat(Call call)
    {
        if (!_isLast || Text(call.Arguments[0]) is not { } format) return;
        List<string> specifiers = FormatText.Specifiers(format);
        int given = call.Arguments.Count - 1;
        if (given != specifiers.Count)
        {
            context.Report.Error(TraceCodes.Format, call, $"{(given < specifiers.Count ? "not enough" : "too many")} arguments for format string ({given} supplied, {specifiers.Count} expected)");
            return;
        }

        for (int i = 0; i < given; i++)
        {
            TraceType type = call.Arguments[i + 1].Type;
            string? problem = Problem(specifiers[i], type);
            if (problem is null) continue;
            context.Report.Error(TraceCodes.Format, call, problem);
            return;
        }
    }

    private static string? Problem(string specifier, TraceType type)
    {
        if (type.Kind == TypeKind.Void) return $"unable to print none type for specifier: {specifier}";
        if (type.IsNone || specifier == "s") return null;
        bool isGood;
        switch (specifier)
        {
            case "d" or "i" or "u" or "o" or "x" or "X" or "c" or "p" or "gr":
                isGood = type.Kind is TypeKind.Integer or TypeKind.Boolean or TypeKind.Pointer || type.IsCountable;
                break;
            case "r" or "rx" or "rh":
                isGood = type.Kind == TypeKind.Buffer;
                break;
            default:
                return $"unsupported format specifier: {specifier}";
        }

        return isGood ? null : $"unsupported format specifier for type '{type}': {specifier}";
    }

    private void CheckTracePrint(Call call)
    {
        const int Most = 3;
        context.Report.Warning(TraceCodes.Doubtful, call, "The debugf() builtin is not recommended for production use. For more information see bpf_trace_printk in bpf-helpers(7).");
        if (call.Arguments.Count - 1 > Most) context.Report.Error(TraceCodes.Format, call, $"cannot use more than {Most} conversion specifiers");
        if (!_isLast || Text(call.Arguments[0]) is not { } format) return;
        List<string> specifiers = FormatText.Specifiers(format);
        for (int i = 0; i < Math.Min(specifiers.Count, call.Arguments.Count - 1); i++)
        {
            TraceType type = call.Arguments[i + 1].Type;
            if (specifiers[i] is not ("d" or "u" or "x" or "p" or "s")) context.Report.Error(TraceCodes.Format, call.Arguments[0], $"Invalid format specifier for `debugf`: {specifiers[i]}");
            else if (!type.IsNone && type.Kind != (specifiers[i] == "s" ? TypeKind.String : TypeKind.Integer)) context.Report.Error(TraceCodes.Format, call.Arguments[i + 1], $"Type does not match format specifier: {specifiers[i]}");
        }
    }
}
