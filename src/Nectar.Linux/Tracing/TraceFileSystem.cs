// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Features;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Tracing;

/// <summary>The trace filesystem (<c>tracefs</c>): the numbers of tracepoints, the functions that can be traced, probes made by text.</summary>
internal static unsafe class TraceFileSystem
{
    private const string Preferred = "/sys/kernel/tracing", Older = "/sys/kernel/debug/tracing";
    private static readonly Lazy<string?> s_root = new(Find);

    /// <summary>Where it is mounted; null if it is not and could not be.</summary>
    internal static string? Root => s_root.Value;

    /// <summary>The number of an event; null if there is none.</summary>
    internal static int? EventId(string category, string name) =>
        Root is { } root && IsPlain(category) && IsPlain(name) ? (int?)HostFile.ReadNumber($"{root}/events/{category}/{name}/id") : null;

    /// <summary>All categories, without the dots of the filesystem.</summary>
    internal static IEnumerable<string> Categories() => Folders("events");

    /// <summary>The events of a category.</summary>
    internal static IEnumerable<string> Events(string category) => IsPlain(category) ? Folders($"events/{category}") : [];

    /// <summary>The path of a file that is there; null otherwise.</summary>
    internal static string? PathOf(string file) => Root is { } root && File.Exists($"{root}/{file}") ? $"{root}/{file}" : null;

    /// <summary>The text of a file; null if there is none.</summary>
    internal static string? ReadText(string file) => Root is { } root ? HostFile.ReadText($"{root}/{file}") : null;

    /// <summary>The path of a file.</summary>
    /// <exception cref="KernelException">NEC4109: there is none in this kernel, or no trace filesystem.</exception>
    internal static string Require(string file)
    {
        if (PathOf(file) is { } path) return path;
        string[] notes = Root is null
            ? ["help: mount -t tracefs tracefs /sys/kernel/tracing, as root"]
            : ["note: this kernel was configured without it"];
        throw new KernelException(Diagnostic.Error(TracingCodes.TraceFileSystem, $"tracefs: there is no file '{file}'", notes), Errno.ENOENT, "open", file);
    }

    /// <summary>Gives a command to a control file, in one write behind what is there.</summary>
    internal static Errno Command(string path, string command)
    {
        int fd = Libc.Open(path, Libc.OWriteOnly | Libc.OAppend | Libc.OCloseOnExec);
        if (fd < 0) return Libc.LastErrno;
        using KernelHandle file = new(fd);
        byte[] bytes = Encoding.UTF8.GetBytes(command);
        fixed (byte* text = bytes)
        {
            return Libc.Write(file.Fd, text, (nuint)bytes.Length) == bytes.Length ? Errno.None : Libc.LastErrno;
        }
    }

    /// <summary>Names that go into paths must not leave their folder.</summary>
    private static bool IsPlain(string name) => name.Length > 0 && name != "." && name != ".." && !name.AsSpan().ContainsAny('/', '\0');

    private static IEnumerable<string> Folders(string folder)
    {
        if (Root is not { } root) return [];
        try
        {
            return [.. Directory.EnumerateDirectories($"{root}/{folder}").Select(path => Path.GetFileName(path)!)];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? Find()
    {
        if (Directory.Exists($"{Preferred}/events")) return Preferred;
        if (Directory.Exists($"{Older}/events")) return Older;
        // Containers and small systems leave it unmounted; mounting it where it belongs changes nothing for anybody else.
        if (Directory.Exists(Preferred)) _ = Libc.Mount("tracefs", Preferred, "tracefs", 0, null);
        return Directory.Exists($"{Preferred}/events") ? Preferred : null;
    }
}
