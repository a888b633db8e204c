// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Symbols.Names;

namespace Nectar.Linux.Tracing;

/// <summary>A function of the kernel that can be traced.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its address; 0 where the kernel hides it.</param>
internal readonly record struct KernelFunction(string Name, ulong Address);

/// <summary>Which functions the kernel has and which of them can be traced, from its text files.</summary>
internal static class KernelFunctions
{
    private const string Symbols = "/proc/kallsyms";
    private static readonly string s_machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";

    /// <summary>The names that a system call's function may have, the likeliest first.</summary>
    internal static string[] SystemCallNames(string call) => [$"__{s_machine}_sys_{call}", $"__se_sys_{call}", $"sys_{call}", $"SyS_{call}"];

    /// <summary>The function of a system call (<c>openat</c> is <c>__x64_sys_openat</c>); null if the kernel has none.</summary>
    internal static string? FindSystemCall(string call)
    {
        string[] names = SystemCallNames(call);
        HashSet<string> found = [];
        foreach ((_, ReadOnlyMemory<char> name, _) in Functions(Symbols))
        {
            foreach (string candidate in names)
            {
                if (name.Span.SequenceEqual(candidate)) found.Add(candidate);
            }
        }

        return names.FirstOrDefault(found.Contains);
    }

    /// <summary>The names of all functions.</summary>
    internal static IEnumerable<string> Names() => Functions(Symbols).Select(line => line.Name.ToString());

    /// <summary>The names of all system calls.</summary>
    internal static IEnumerable<string> SystemCalls()
    {
        string prefix = $"__{s_machine}_sys_";
        return Names().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..]);
    }

    /// <summary>The names of functions that fit a pattern: those that ftrace can trace, or all where the kernel does not list them.</summary>
    internal static IEnumerable<string> Match(string pattern) => TraceFileSystem.PathOf("available_filter_functions") is not null
        ? MatchTraceable(pattern).Select(function => function.Name).Distinct()
        : Names().Where(name => NamePattern.Matches(pattern, name.AsSpan())).Distinct();

    /// <summary>The functions that ftrace can trace and whose name fits a pattern; in modules too.</summary>
    /// <exception cref="KernelException">NEC4109: the kernel has no list of them.</exception>
    internal static List<KernelFunction> MatchTraceable(string pattern)
    {
        // Kernel 6.5 lists the addresses as well; before, they are looked up by name.
        if (TraceFileSystem.PathOf("available_filter_functions_addrs") is { } list)
        {
            List<KernelFunction> found = [];
            foreach ((ulong address, ReadOnlyMemory<char> name, _) in Lines(list, hasKind: false))
            {
                if (NamePattern.Matches(pattern, name.Span)) found.Add(new KernelFunction(name.ToString(), address));
            }

            return found;
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(TraceFileSystem.Require("available_filter_functions")))
        {
            ReadOnlySpan<char> name = line.AsSpan();
            int blank = name.IndexOfAny(' ', '\t');
            if (blank >= 0) name = name[..blank];
            if (NamePattern.Matches(pattern, name)) names.Add(name.ToString());
        }

        if (names.Count == 0) return [];
        List<KernelFunction> resolved = [];
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup = names.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach ((ulong address, ReadOnlyMemory<char> name, _) in Functions(Symbols))
        {
            if (lookup.TryGetValue(name.Span, out string? known)) resolved.Add(new KernelFunction(known, address));
        }

        return resolved;
    }

    /// <summary>Reads one line of <c>kallsyms</c> (with a kind) or <c>available_filter_functions_addrs</c> (without).</summary>
    internal static bool TryParse(string line, bool hasKind, out ulong address, out ReadOnlyMemory<char> name, out char kind)
    {
        (name, kind) = (default, '\0');
        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        if (blank <= 0 || !ulong.TryParse(line.AsSpan(0, blank), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out address))
        {
            address = 0;
            return false;
        }

        int start = blank + 1;
        if (hasKind)
        {
            if (line.Length < start + 3 || line[start + 1] != ' ') return false;
            kind = line[start];
            start += 2;
        }

        int end = line.AsSpan(start).IndexOfAny(' ', '\t');
        name = line.AsMemory(start, end < 0 ? line.Length - start : end);
        return name.Length > 0;
    }

    private static IEnumerable<(ulong Address, ReadOnlyMemory<char> Name, char Kind)> Functions(string path) => Lines(path, hasKind: true).Where(line => line.Kind is 't' or 'T' or 'w' or 'W');

    private static IEnumerable<(ulong Address, ReadOnlyMemory<char> Name, char Kind)> Lines(string path, bool hasKind)
    {
        IEnumerable<string> lines;
        try
        {
            lines = File.ReadLines(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            yield break; // a kernel without kallsyms: every name is unknown, which the caller reports
        }

        foreach (string line in lines)
        {
            if (TryParse(line, hasKind, out ulong address, out ReadOnlyMemory<char> name, out char kind)) yield return (address, name, kind);
        }
    }
}
