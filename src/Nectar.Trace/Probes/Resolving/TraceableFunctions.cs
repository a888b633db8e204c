// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Linux.Symbols.Names;
using Nectar.Linux.Tracing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>
/// The functions of the kernel that can be hooked: ftrace's list; where that cannot be read, the functions of <c>kallsyms</c>. Kept as the
/// text that the kernel gives, names are made for what fits only.
/// </summary>
internal sealed class TraceableFunctions
{
    private const string Kernel = "vmlinux";

    // Functions that probes themselves stand on though nothing says so (tools/testing/selftests/bpf/prog_tests/kprobe_multi_test.c).
    private static readonly byte[][] s_excluded = ["arch_cpu_idle"u8.ToArray(), "default_idle"u8.ToArray(), "bpf_dispatcher_xdp_func"u8.ToArray()];

    private readonly byte[] _text;
    private readonly bool _hasAddresses;

    private TraceableFunctions(byte[] text, bool hasAddresses) => (_text, _hasAddresses) = (text, hasAddresses);

    /// <summary>Reads the list once for all attach points of a script.</summary>
    public static TraceableFunctions Of(AttachOptions options) => options.State.Functions ??= Read(options.TraceableFunctions);

    /// <summary>The functions that fit, with their modules, in order; each once.</summary>
    /// <param name="module">A pattern; empty for any.</param>
    /// <param name="name">A pattern.</param>
    public List<(string Module, string Name)> Match(string module, string name)
    {
        List<(string Module, string Name)> found = [];
        byte[] wantedModule = Encoding.UTF8.GetBytes(module.Length == 0 ? "*" : module), wantedName = Encoding.UTF8.GetBytes(name);
        foreach ((Range nameRange, Range moduleRange) in Lines())
        {
            ReadOnlySpan<byte> function = _text.AsSpan(nameRange), owner = _text.AsSpan(moduleRange);
            if (!NamePattern.Matches(wantedName, function) || !NamePattern.Matches(wantedModule, owner.IsEmpty ? "vmlinux"u8 : owner) || IsExcluded(function)) continue;
            found.Add((owner.IsEmpty ? Kernel : Encoding.UTF8.GetString(owner), Encoding.UTF8.GetString(function)));
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Module, b.Module) is var order and not 0 ? order : string.CompareOrdinal(a.Name, b.Name));
        int kept = 0;
        for (int i = 0; i < found.Count; i++)
        {
            if (kept == 0 || found[i] != found[kept - 1]) found[kept++] = found[i];
        }

        found.RemoveRange(kept, found.Count - kept);
        return found;
    }

    /// <summary>There is such a function.</summary>
    public bool Contains(string module, string name)
    {
        byte[] text = Encoding.UTF8.GetBytes(name), owner = Encoding.UTF8.GetBytes(module == Kernel ? "" : module);
        foreach ((Range nameRange, Range moduleRange) in Lines())
        {
            if (_text.AsSpan(nameRange).SequenceEqual(text) && (module.Length == 0 || _text.AsSpan(moduleRange).SequenceEqual(owner))) return !IsExcluded(text);
        }

        return false;
    }

    /// <summary>All names, for proposals.</summary>
    public IEnumerable<string> Names()
    {
        foreach ((Range name, _) in Lines()) yield return Encoding.UTF8.GetString(_text.AsSpan(name));
    }

    private static TraceableFunctions Read(string? path)
    {
        if (path is not null) return new TraceableFunctions(File.ReadAllBytes(path), hasAddresses: false);
        try
        {
            if (TraceFileSystem.PathOf("available_filter_functions") is { } list) return new TraceableFunctions(ReadAll(list), hasAddresses: false);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // locked down: take the next best
        }

        try
        {
            return new TraceableFunctions(ReadAll("/proc/kallsyms"), hasAddresses: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new TraceableFunctions([], hasAddresses: false);
        }
    }

    /// <summary>Files of the kernel do not know their length.</summary>
    private static byte[] ReadAll(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] bytes = new byte[8 << 20];
        int count = 0;
        while (file.Read(bytes.AsSpan(count)) is var read and > 0)
        {
            count += read;
            if (count == bytes.Length) Array.Resize(ref bytes, bytes.Length * 2);
        }

        Array.Resize(ref bytes, count);
        return bytes;
    }

    private static bool IsExcluded(ReadOnlySpan<byte> name)
    {
        if (name.StartsWith("rcu_"u8) || name.StartsWith("__ftrace_invalid_address__"u8) || name.IndexOf(".part."u8) >= 0) return true;
        foreach (byte[] excluded in s_excluded)
        {
            if (name.SequenceEqual(excluded)) return true;
        }

        return false;
    }

    /// <summary>Lines <c>name [module]</c>, or <c>address kind name [module]</c>.</summary>
    private IEnumerable<(Range Name, Range Module)> Lines()
    {
        int at = 0;
        while (at < _text.Length)
        {
            int length = _text.AsSpan(at).IndexOf((byte)'\n');
            int end = length < 0 ? _text.Length : at + length;
            if (TryLine(at, end, out Range name, out Range module)) yield return (name, module);
            at = end + 1;
        }
    }

    private bool TryLine(int start, int end, out Range name, out Range module)
    {
        (name, module) = (default, default);
        if (_hasAddresses)
        {
            int blank = _text.AsSpan(start, end - start).IndexOf((byte)' ');
            if (blank < 0 || start + blank + 3 > end || _text[start + blank + 1] is not ((byte)'t' or (byte)'T' or (byte)'w' or (byte)'W')) return false;
            start += blank + 3;
        }

        ReadOnlySpan<byte> line = _text.AsSpan(start, end - start);
        int nameEnd = line.IndexOfAny((byte)' ', (byte)'\t');
        name = nameEnd < 0 ? start..end : start..(start + nameEnd);
        int open = line.LastIndexOf((byte)'[');
        module = open > 0 && line[^1] == ']' ? (start + open + 1)..(end - 1) : 0..0;
        return name.End.Value > name.Start.Value && !_text.AsSpan(name).StartsWith("__pfx_"u8) && !(_hasAddresses && line.EndsWith("[bpf]"u8));
    }
}
