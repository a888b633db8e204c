// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Linux.Symbols.Dwarf;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Parameters and result of a function of a program.</summary>
internal sealed record DwarfArguments(StructType Arguments, TraceType? Result)
{
    private const int RegisterArguments = 6; // of x86-64; those behind are on the stack

    /// <summary>What the debug information of a file says; null where it has none, or parameters are not in registers.</summary>
    public static DwarfArguments? Read(string file, string function, AttachOptions options)
    {
        if (options.DebugTypes(file) is not { } types || types.Info.FindFunctions(function) is not [var found, ..] || found.Parameters.Count > RegisterArguments) return null;
        List<StructField> fields = [];
        int offset = 0, alignment = 1;
        for (int i = 0; i < found.Parameters.Count; i++)
        {
            DwarfParameter parameter = found.Parameters[i];
            TraceType type = types.Make(parameter.Type);
            alignment = Math.Max(alignment, type.IsNone ? 1 : type.Alignment);
            offset = TraceType.Align(offset, type.IsNone ? 1 : type.Alignment);
            fields.Add(new StructField(parameter.Name ?? string.Create(CultureInfo.InvariantCulture, $"arg{i}"), type, offset) { Argument = i });
            offset += type.Size;
        }

        TraceType result = types.Make(found.ReturnType);
        return new DwarfArguments(new StructType($"struct uprobe_{function}_args", TraceType.Align(offset, alignment), _ => fields), result.IsNone ? null : result);
    }

    /// <summary>The parameters as C declares them.</summary>
    public static IEnumerable<string> Declarations(string file, string function, AttachOptions options)
    {
        if (options.DebugTypes(file) is not { } types || types.Info.FindFunctions(function) is not [var found, ..]) yield break;
        foreach (DwarfParameter parameter in found.Parameters)
        {
            yield return $"{parameter.Type.ToString().Replace(" *", "*", StringComparison.Ordinal)} {parameter.Name}";
        }
    }
}
