// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Inference;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

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
        TypeWorld types = options.Types ?? new TypeWorld(script.Declarations);
        script.Declarations.Outside = types.FindInKernel;
        if (options.Attach is { } attach) (attach.Config, attach.TypeOf, attach.TypeOfId) = (config, types.FindByCName, types.Make);
        BindContext context = new(script, options, report, config, types);
        DeclareFunctions(context);
        DeclareMaps(context);
        ImmutableArray<BoundProbe> probes = new ProbeSplitter(context, diagnostics).Split();

        TypeInference inference = new(context);
        foreach (Subprogram function in script.Functions) new NameBinder(context, static (_, _) => null).Bind(function);
        foreach (BoundProbe probe in probes) new NameBinder(context, (node, condition) => inference.DecideEarly(probe, node, condition)).Bind(probe.Syntax);
        inference.Run(probes, script.Functions);
        CheckMaps(context, probes);

        TraceMap[] maps = [.. context.UsedMaps];
        Array.Sort(maps, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new BoundScript(script.Source, config, probes, [.. script.Functions], [.. maps]) { Types = types };
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

    private static void CheckMaps(BindContext context, ImmutableArray<BoundProbe> probes)
    {
        foreach (MapDeclaration declaration in context.Script.Maps)
        {
            TraceMap map = context.Map(declaration.Name);
            if (!context.UsedMaps.Contains(map)) context.Report.Warning(TraceCodes.Unused, declaration, $"Unused map: {map.Name}");
        }

        if (context.Script.Maps.Count == 0) return;
        foreach (BoundProbe probe in probes) TreeWalk.Visit(probe.Syntax, CheckDeclaration);
        foreach (Subprogram function in context.Script.Functions) TreeWalk.Visit(function, CheckDeclaration);

        bool CheckDeclaration(Node node)
        {
            if (node is not MapReference { Map: { } map } || map.ValueType.IsNone || map.Kind == TraceMapKind.Default) return true;
            bool isPerCpu = map.Kind is TraceMapKind.PerCpuHash or TraceMapKind.PerCpuLruHash or TraceMapKind.PerCpuArray;
            if (isPerCpu == map.ValueType.IsAggregation) return true;
            string declared = context.Script.Maps.First(d => d.Name == map.Name).Kind, needed = map.ValueType.IsAggregation ? "percpuhash" : "hash";
            context.Report.Error(TraceCodes.MapUse, node, $"Incompatible map types. Type from declaration: {declared}. Type from value/key type: {needed}");
            return true;
        }
    }
}
