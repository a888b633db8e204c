// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Btf;

namespace Nectar.Trace.Probes.Fallback;

/// <summary>Where a tracepoint has the arguments of a function, found by the names in the kernel's types.</summary>
internal sealed class TwinArguments
{
    private const int MostArguments = 12;
    private const string ResultName = "retval";

    // The kernel's way to say more about a parameter (Documentation/bpf/kfuncs.rst).
    private static readonly string[] s_suffixes = ["__nullable", "__str"];

    private readonly BtfTypes _types;
    private readonly BtfType? _tracepoint;

    /// <param name="twin">The row.</param>
    /// <param name="function">The function; null if the types do not have it: then there are no arguments.</param>
    /// <param name="types">Those that the tracepoint is in.</param>
    /// <param name="tracepoint">What it is called with, behind the tracer's own parameter; null if that is not known.</param>
    public TwinArguments(TracepointTwin twin, FunctionTypes? function, BtfTypes types, BtfType? tracepoint)
    {
        (_types, _tracepoint) = (types, tracepoint);
        Dictionary<string, string> names = Pairs(twin.Names).ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
        int[] map = new int[MostArguments];
        Array.Fill(map, Replacement.None);
        for (int i = 0; function is not null && i < function.Prototype.Count && i < map.Length; i++)
        {
            BtfParameter parameter = function.Prototype.Parameter(i);
            bool isNamed = names.TryGetValue(parameter.Name, out string? other);
            int index = Find(other ?? parameter.Name);
            // Of one name alone does not make them the same.
            if (index >= 0 && (isNamed || FunctionTypes.AreSame(function.Types, parameter.TypeId, types, TypeOf(index)))) map[i] = index;
        }

        Map = [.. map];
        Result = names.TryGetValue(ResultName, out string? result) ? Find(result) : Replacement.None;
        List<(int, uint)> conditions = [];
        foreach ((string name, string value) in Pairs(twin.Conditions))
        {
            int index = Find(name);
            if (index < 0) return;
            conditions.Add((index, uint.Parse(value, CultureInfo.InvariantCulture)));
        }

        Conditions = [.. conditions];
    }

    /// <summary>For each parameter of the function that of the tracepoint.</summary>
    public ImmutableArray<int> Map { get; }

    /// <summary>The tracepoint's parameter that is the function's result.</summary>
    public int Result { get; }

    /// <summary>Null if they cannot be looked at.</summary>
    public ImmutableArray<(int Argument, uint Value)>? Conditions { get; }

    /// <summary>Parts of <c>a=b c=d</c>.</summary>
    public static IEnumerable<(string Name, string Value)> Pairs(string text)
    {
        foreach (string pair in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            yield return (pair[..equals], pair[(equals + 1)..]);
        }
    }

    private uint TypeOf(int index) => _tracepoint!.Value.Parameter(index + 1).TypeId;

    /// <summary>A parameter's number behind the tracer's own; −1 if there is none of the name.</summary>
    private int Find(string name)
    {
        for (int i = 1; _tracepoint is { } prototype && i < prototype.Count; i++)
        {
            string known = prototype.Parameter(i).Name;
            foreach (string suffix in s_suffixes)
            {
                if (known.EndsWith(suffix, StringComparison.Ordinal)) known = known[..^suffix.Length];
            }

            if (known == name) return i - 1;
        }

        return Replacement.None;
    }
}
