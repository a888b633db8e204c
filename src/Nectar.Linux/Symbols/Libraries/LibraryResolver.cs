// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Names;
using Nectar.Linux.Symbols.Processes;

namespace Nectar.Linux.Symbols.Libraries;

/// <summary>
/// Finds the file that a name stands for: a program through <c>PATH</c>, a library as the dynamic linker does (<c>LD_LIBRARY_PATH</c>,
/// <c>/etc/ld.so.cache</c>, the default folders; ld.so(8)). <c>c</c>, <c>libc</c>, <c>libc.so</c> and <c>libc.so.6</c> are the same library.
/// </summary>
/// <remarks>
/// For a process, what it has mapped is looked at first, then its own <c>PATH</c> and folders, inside its own root: if that is not
/// ours, the path that comes out starts with <c>/proc/PID/root</c>, so that it works from here. Thread-safe; nothing is cached.
/// </remarks>
public static class LibraryResolver
{
    private static readonly string[] s_defaultFolders =
    [
        "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib",
        "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
    ];

    /// <summary>The file of a program or library; a name with a slash is a path already.</summary>
    /// <param name="name"><c>bash</c>, <c>/usr/bin/bash</c>, <c>c</c>, <c>libssl</c>, <c>libc.so.6</c>.</param>
    /// <param name="processId">The process in whose file system and environment to look; null for our own.</param>
    /// <exception cref="ObjectFormatException">NEC4404: there is none; the message names the nearest.</exception>
    public static string Resolve(string name, int? processId = null) =>
        TryResolve(name, out string? path, processId) ? path : throw new ObjectFormatException(NotFound(name, processId));

    /// <summary>As <see cref="Resolve"/>; false if there is no such file. Programs come before libraries of the same name.</summary>
    public static bool TryResolve(string name, [NotNullWhen(true)] out string? path, int? processId = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('/', StringComparison.Ordinal))
        {
            path = Inside(Path.GetFullPath(name), processId);
            return File.Exists(path);
        }

        // A file name of a library is never looked for in PATH, as a program is never called so.
        return (!IsLibraryFileName(name) && TryResolveExecutable(name, out path, processId)) || TryResolveLibrary(name, out path, processId);
    }

    /// <summary>The program that a shell would run for a name.</summary>
    public static bool TryResolveExecutable(string name, [NotNullWhen(true)] out string? path, int? processId = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string folders = ProcessFiles.Variable(processId, "PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        foreach (string folder in folders.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!folder.StartsWith('/')) continue; // relative to a folder that only the shell knows
            path = Inside($"{folder.TrimEnd('/')}/{name}", processId);
            if (IsExecutable(path)) return true;
        }

        path = null;
        return false;
    }

    /// <summary>The shared library that the dynamic linker would load for a name.</summary>
    public static bool TryResolveLibrary(string name, [NotNullWhen(true)] out string? path, int? processId = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string[] stems = Stems(name);
        if (processId is { } mappedBy && TryMapped(mappedBy, stems, out path)) return true;
        string? folders = ProcessFiles.Variable(processId, "LD_LIBRARY_PATH");
        foreach (string folder in (folders ?? "").Split([':', ';'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (TryFolder(folder, stems, processId, out path)) return true;
        }

        if (TryCache(stems, processId, out path)) return true;
        foreach (string folder in s_defaultFolders)
        {
            if (TryFolder(folder, stems, processId, out path)) return true;
        }

        path = null;
        return false;
    }

    /// <summary>What <c>ldconfig</c> knows of, by soname; of several that fit the processor the best.</summary>
    private static bool TryCache(string[] stems, int? processId, [NotNullWhen(true)] out string? path)
    {
        CachedLibrary? best = null;
        foreach (CachedLibrary library in ReadCache(processId))
        {
            if (library.Level > ProcessorLevel.Current || !Fits(library.Name, stems)) continue;
            if (best is not { } other || Compare(library.Name, other.Name) is var order && (order > 0 || (order == 0 && library.Level > other.Level)))
            {
                if (File.Exists(Inside(library.Path, processId))) best = library;
            }
        }

        path = best is { } found ? Inside(found.Path, processId) : null;
        return path is not null;
    }

    private static List<CachedLibrary> ReadCache(int? processId)
    {
        if (!FileBytes.TryOpen(Inside("/etc/ld.so.cache", processId), out FileBytes? file, out _)) return [];
        using (file) return file.TryRead(0, (ulong)file.Length, out ReadOnlyMemory<byte> bytes) ? LdCache.Read(bytes.Span) : [];
    }

    private static bool TryFolder(string folder, string[] stems, int? processId, [NotNullWhen(true)] out string? path)
    {
        path = null;
        string inside = Inside(folder, processId);
        if (!folder.StartsWith('/') || !Directory.Exists(inside)) return false;
        string? best = null;
        try
        {
            foreach (string stem in stems)
            {
                foreach (string file in Directory.EnumerateFiles(inside, stem + "*"))
                {
                    string name = Path.GetFileName(file);
                    if (Fits(name, stems) && (best is null || Compare(name, best) > 0) && IsElf(file)) best = name;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        path = best is null ? null : $"{inside.TrimEnd('/')}/{best}";
        return path is not null;
    }

    private static bool TryMapped(int processId, string[] stems, [NotNullWhen(true)] out string? path)
    {
        path = null;
        if (!ProcessMaps.TryRead(processId, out ProcessMaps? maps)) return false;
        foreach (MappedRegion region in maps.Regions)
        {
            if (!region.IsFile || region.IsDeleted || !Fits(Path.GetFileName(region.Path), stems)) continue;
            path = Inside(region.Path, processId);
            return true;
        }

        return false;
    }

    /// <summary>The file names that a short name may stand for, without version.</summary>
    private static string[] Stems(string name)
    {
        if (IsLibraryFileName(name)) return [name];
        return name.StartsWith("lib", StringComparison.Ordinal) ? [$"{name}.so", $"lib{name}.so"] : [$"lib{name}.so", $"{name}.so"];
    }

    private static bool IsLibraryFileName(string name) => name.EndsWith(".so", StringComparison.Ordinal) || name.Contains(".so.", StringComparison.Ordinal);

    /// <summary>True for the stem itself and for the stem with a version behind it.</summary>
    private static bool Fits(string file, string[] stems)
    {
        foreach (string stem in stems)
        {
            if (file == stem || (file.Length > stem.Length && file[stem.Length] == '.' && file.StartsWith(stem, StringComparison.Ordinal) && OnlyVersion(file.AsSpan(stem.Length)))) return true;
        }

        return false;
    }

    private static bool OnlyVersion(ReadOnlySpan<char> text) => !text.ContainsAnyExcept("0123456789.");

    /// <summary>Orders by version: <c>libssl.so.3</c> is newer than <c>libssl.so.1.1</c>, and both than <c>libssl.so</c>.</summary>
    private static int Compare(string left, string right)
    {
        int[] a = Version(left), b = Version(right);
        int order = a.AsSpan().SequenceCompareTo(b);
        return order != 0 ? order : right.Length.CompareTo(left.Length);
    }

    private static int[] Version(string file)
    {
        int at = file.IndexOf(".so.", StringComparison.Ordinal);
        return at < 0 ? [] : [.. file[(at + 4)..].Split('.').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)];
    }

    private static string Inside(string path, int? processId) => processId is { } id ? ProcessFiles.Root(id) + path : path;

    private static bool IsExecutable(string path)
    {
        try
        {
            const UnixFileMode Any = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
            return !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & Any) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>False for the linker scripts that development packages install as <c>libc.so</c>.</summary>
    private static bool IsElf(string path)
    {
        if (!FileBytes.TryOpen(path, out FileBytes? file, out _)) return false;
        using (file) return file.TryRead(0, 4, out ReadOnlyMemory<byte> magic) && magic.Span[0] == 0x7f && magic.Span[1..].SequenceEqual("ELF"u8);
    }

    private static Diagnostic NotFound(string name, int? processId)
    {
        string where = processId is { } id ? $" of process {id}" : "";
        if (name.Contains('/', StringComparison.Ordinal)) return Diagnostic.Error(SymbolCodes.Library, $"no file '{name}'{(processId is null ? "" : $" in the file system{where}")}");
        NearestNames nearest = new(name);
        foreach (CachedLibrary library in ReadCache(processId))
        {
            nearest.Offer(library.Name);
            int end = library.Name.IndexOf(".so", StringComparison.Ordinal);
            if (end <= 0) continue;
            nearest.Offer(library.Name[..end]);
            if (library.Name.StartsWith("lib", StringComparison.Ordinal)) nearest.Offer(library.Name[3..end]);
        }

        return Diagnostic.Error(SymbolCodes.Library, $"no program '{name}' in PATH{where}, and no library of that name in LD_LIBRARY_PATH, /etc/ld.so.cache or the default folders", [.. nearest.Notes, "help: give the path"]);
    }
}
