// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Binding;

/// <summary>Finds out what a script means: settings, hooks, names, types, constants. Writes it into the tree.</summary>
internal static class Binder
{
    private const int MostEntries = 1 << 30;

    /// <summary>Binds a script. Where the bag has errors afterwards, what is given must not be compiled.</summary>
    public static BoundScript Bind(Script script, BindOptions options, DiagnosticBag diagnostics)
    {
        BindReport report = new(diagnostics, options.Warns);
        TraceConfig config = new ConfigBinder(report, diagnostics).Bind(script, options);
        BindContext context = new(script, options, report, config, options.Types ?? new TypeWorld());
        DeclareFunctions(context);
        DeclareMaps(context);
        ImmutableArray<BoundProbe> probes = new ProbeSplitter(context).Split();

        foreach (Subprogram function in script.Functions) new NameBinder(context).Bind(function);
        foreach (BoundProbe probe in probes) new NameBinder(context).Bind(probe.Syntax);
        new TypeInference(context).Run(probes, script.Functions);
        CheckMaps(context);

        TraceMap[] maps = [.. context.UsedMaps];
        Array.Sort(maps, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        SourceText source = script.Span.Source ?? (probes.Length > 0 ? probes[0].Syntax.Span.Source : null) ?? new SourceText("stdin", "");
        return new BoundScript(source, config, probes, [.. script.Functions], [.. maps]);
    }

    private static void DeclareFunctions(BindContext context)
    {
        foreach (Subprogram function in context.Script.Functions)
        {
            if (FunctionTable.Find(function.Name) is not null) context.Report.Error(TraceCodes.Scope, function, $"the function '{function.Name}' has the name of one of the language's own");
            else if (!context.Functions.TryAdd(function.Name, function)) context.Report.Error(TraceCodes.Scope, function, $"Redefinition of function: {function.Name}");
        }
    }

    private static void DeclareMaps(BindContext context)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (MapDeclaration declaration in context.Script.Maps)
        {
            if (!seen.Add(declaration.Name))
            {
                context.Report.Error(TraceCodes.Scope, declaration, $"Redeclaration of map: {declaration.Name}");
                continue;
            }

            TraceMap map = context.Map(declaration.Name);
            TraceMapKind? kind = declaration.Kind switch
            {
                "hash" => TraceMapKind.Hash, "lruhash" => TraceMapKind.LruHash, "percpuhash" => TraceMapKind.PerCpuHash, "percpulruhash" => TraceMapKind.PerCpuLruHash,
                "array" => TraceMapKind.Array, "percpuarray" => TraceMapKind.PerCpuArray, _ => null,
            };
            if (kind is null) context.Report.Error(TraceCodes.MapUse, declaration, $"Invalid bpf map type: {declaration.Kind}", "help: Valid map types: hash, lruhash, percpuhash, percpulruhash");
            else map.Kind = kind.Value;
            map.MaxEntries = declaration.MaxEntries switch
            {
                IntegerLiteral { Value: > 0 and <= MostEntries } number => (int)number.Value,
                PositionalParameter parameter when parameter.Number > 0 && parameter.Number <= context.Options.PositionalParameters.Length
                    && int.TryParse(context.Options.PositionalParameters[parameter.Number - 1], NumberStyles.None, CultureInfo.InvariantCulture, out int given) && given > 0 => given,
                null => 0,
                _ => BadSize(context, declaration),
            };
        }
    }

    private static int BadSize(BindContext context, MapDeclaration declaration)
    {
        context.Report.Error(TraceCodes.MapUse, declaration, $"the size of {declaration.Name} has to be a number from 1 to {MostEntries}");
        return 1;
    }

    private static void CheckMaps(BindContext context)
    {
        foreach (MapDeclaration declaration in context.Script.Maps)
        {
            TraceMap map = context.Map(declaration.Name);
            if (!context.UsedMaps.Contains(map))
            {
                context.Report.Warning(TraceCodes.Unused, declaration, $"Unused map: {map.Name}");
                continue;
            }

            bool isPerCpu = map.Kind is TraceMapKind.PerCpuHash or TraceMapKind.PerCpuLruHash or TraceMapKind.PerCpuArray;
            if (map.ValueType.IsNone || map.Kind == TraceMapKind.Default || isPerCpu == map.ValueType.IsAggregation) continue;
            string declared = declaration.Kind, needed = map.ValueType.IsAggregation ? "percpuhash" : "hash";
            context.Report.Error(TraceCodes.MapUse, declaration, $"Incompatible map types. Type from declaration: {declared}. Type from value/key type: {needed}");
        }
    }
}
