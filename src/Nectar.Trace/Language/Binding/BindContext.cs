// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Binding;

/// <summary>What all of a script's probes share while it is bound.</summary>
internal sealed class BindContext(Script script, BindOptions options, BindReport report, TraceConfig config, TypeWorld types)
{
    private readonly Dictionary<string, TraceMap> _maps = new(StringComparer.Ordinal);
    private readonly Dictionary<TraceMap, MapForm> _forms = [];

    public Script Script { get; } = script;

    public BindOptions Options { get; } = options;

    public BindReport Report { get; } = report;

    public TraceConfig Config { get; } = config;

    public TypeWorld Types { get; } = types;

    public Dictionary<string, Subprogram> Functions { get; } = new(StringComparer.Ordinal);

    public IReadOnlyCollection<TraceMap> Maps => _maps.Values;

    /// <summary>Maps that somebody reads, writes or prints.</summary>
    public HashSet<TraceMap> UsedMaps { get; } = [];

    public TraceMap Map(string name)
    {
        if (!_maps.TryGetValue(name, out TraceMap? map)) _maps.Add(name, map = new TraceMap(name));
        return map;
    }

    public MapForm FormOf(TraceMap map) => _forms.GetValueOrDefault(map);

    /// <summary>Uses of maps in the form that they do not have: told only where the code is not left out by <c>comptime</c>.</summary>
    public Dictionary<Node, string> BadUses { get; } = [];

    /// <summary>With keys or without: the first use decides. False if this one is different.</summary>
    public bool TryUse(TraceMap map, MapForm form) => _forms.TryAdd(map, form) || _forms[map] == form;
}
