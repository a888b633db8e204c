// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Code of calls: the table of all functions of the language, gathered from the themes.</summary>
internal static class FunctionLowering
{
    private static readonly Dictionary<string, FunctionEntry> s_functions = Gather();

    /// <summary>Names of all functions, for tests.</summary>
    public static IEnumerable<string> Known => s_functions.Keys;

    public static Operand Lower(ProbeLowering probe, Call call) => Lower(probe, new CallSite(call, call.Name, call.Arguments));

    public static Operand Lower(ProbeLowering probe, CallSite site)
    {
        FunctionEntry entry = Find(probe, site);
        if (entry.Make is { } make) return make(probe, site);
        Value memory = probe.Temporary(site.Type.Size + entry.Slack);
        entry.Write!(probe, site, memory, true);
        return Operand.Memory(site.Type, memory);
    }

    /// <summary>Writes the bytes of a call or builtin where they are wanted, if it can do so; false if it has to be copied from where <see cref="Lower(ProbeLowering, Call)"/> leaves it.</summary>
    /// <param name="probe">The program.</param>
    /// <param name="value">Any expression.</param>
    /// <param name="destination">As many bytes as the type has, and <see cref="SlackOf"/> more.</param>
    /// <param name="padded">What is behind a text shall be zero.</param>
    public static bool TryWrite(ProbeLowering probe, Expression value, Value destination, bool padded)
    {
        if (SiteOf(value) is not { } site || !s_functions.TryGetValue(site.Name, out FunctionEntry? entry) || entry.Write is not { } write) return false;
        write(probe, site, destination, padded);
        return true;
    }

    /// <summary>True if <see cref="TryWrite"/> will write it.</summary>
    public static bool CanWrite(Expression value) => SiteOf(value) is { } site && s_functions.TryGetValue(site.Name, out FunctionEntry? entry) && entry.Write is not null;

    /// <summary>Bytes that <see cref="TryWrite"/> needs behind the value's own.</summary>
    public static int SlackOf(Expression value) => SiteOf(value) is { } site && s_functions.TryGetValue(site.Name, out FunctionEntry? entry) ? entry.Slack : 0;

    private static CallSite? SiteOf(Expression value) => value switch
    {
        Call { Target: null } call => new CallSite(call, call.Name, call.Arguments),
        Identifier word when value.Constant is null => new CallSite(word, word.Name, []),
        _ => null,
    };

    private static FunctionEntry Find(ProbeLowering probe, CallSite site) =>
        s_functions.TryGetValue(site.Name, out FunctionEntry? entry) ? entry : throw probe.Refuse(site.Node, $"there is no function '{site.Name}'");

    private static Dictionary<string, FunctionEntry> Gather()
    {
        Dictionary<string, FunctionEntry> all = new(128, StringComparer.Ordinal);
        foreach (FunctionEntry[] theme in (ReadOnlySpan<FunctionEntry[]>)
            [Processes.Functions, Times.Functions, Hooks.Functions, Stacks.Functions, Strings.Functions, Searches.Functions, Memory.Functions, Symbols.Functions,
             Networking.Functions, NamedNumbers.Functions, Maps.Functions, Printing.Functions, Control.Functions])
        {
            foreach (FunctionEntry entry in theme) all.Add(entry.Name, entry);
        }

        return all;
    }
}
