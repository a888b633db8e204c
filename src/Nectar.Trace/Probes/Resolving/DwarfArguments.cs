// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Linux.Symbols.Dwarf;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Parameters and result of a function of a program.</summary>
internal sealed record DwarfArguments(StructType Arguments, TraceType? Result)
{
    /// <summary>What the debug information of a file says; null where it has none.</summary>
    public static DwarfArguments? Read(string file, string function, AttachOptions options)
    {
        if (options.DebugTypes(file) is not { } types || types.Info.FindFunctions(function) is not [var found, ..]) return null;
        List<StructField> fields = [];
        RegisterArguments places = new(found.ReturnType);
        int offset = 0, alignment = 1;
        for (int i = 0; i < found.Parameters.Count; i++)
        {
            DwarfParameter parameter = found.Parameters[i];
            int place = places.Next(parameter.Type);
            TraceType type = place < 0 ? TraceType.None : types.Make(parameter.Type);
            if (!type.IsNone && parameter.Type.Underlying().IsPassedByReference) type = TraceType.Pointer(type);
            int own = type.IsNone ? 1 : type.Alignment;
            alignment = Math.Max(alignment, own);
            offset = TraceType.Align(offset, own);
            fields.Add(new StructField(parameter.Name ?? string.Create(CultureInfo.InvariantCulture, $"arg{i}"), type, offset) { Argument = Math.Max(place, 0) });
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
