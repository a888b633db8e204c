// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Pins;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>Which objects are pinned where: all mounted bpf filesystems, walked once.</summary>
public sealed class PinnedObjects
{
    private const int MaxDepth = 32;
    private readonly Dictionary<(KernelObjectKind Kind, uint Id), List<string>> _paths = [];

    private PinnedObjects()
    {
    }

    /// <summary>Walks all bpf filesystems that this process sees.</summary>
    public static PinnedObjects Read()
    {
        PinnedObjects result = new();
        foreach (string root in Roots()) result.Walk(root, 0);
        return result;
    }

    /// <summary>The paths of an object; empty if it is not pinned.</summary>
    public IReadOnlyList<string> PathsOf(KernelObjectKind kind, uint id) => _paths.TryGetValue((kind, id), out List<string>? paths) ? paths : [];

    /// <summary>Where bpf filesystems are mounted.</summary>
    public static IReadOnlyList<string> Roots()
    {
        List<string> roots = [];
        try
        {
            foreach (string line in File.ReadLines("/proc/self/mounts"))
            {
                string[] parts = line.Split(' ');
                // the same path may carry several mounts; only the last is seen
                if (parts.Length > 2 && parts[2] == "bpf" && !roots.Contains(parts[1])) roots.Add(parts[1].Replace("\\040", " ", StringComparison.Ordinal));
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            if (BpfPins.IsBpfFileSystem(BpfPins.DefaultRoot)) roots.Add(BpfPins.DefaultRoot);
        }

        return roots;
    }

    /// <summary>What a descriptor is, by the kernel's own name for it; null for something that is not of BPF.</summary>
    internal static KernelObjectKind? KindOf(KernelHandle handle) =>
        KindOfLink(ReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.Fd}")));

    internal static KernelObjectKind? KindOfLink(string? name) => name switch
    {
        "anon_inode:bpf-prog" => KernelObjectKind.Program,
        "anon_inode:bpf-map" => KernelObjectKind.Map,
        "anon_inode:bpf_link" or "anon_inode:bpf-link" => KernelObjectKind.Link,
        "anon_inode:btf" => KernelObjectKind.Types,
        _ => null,
    };

    internal static string IdField(KernelObjectKind kind) => kind switch
    {
        KernelObjectKind.Program => "prog_id",
        KernelObjectKind.Map => "map_id",
        KernelObjectKind.Link => "link_id",
        _ => "btf_id",
    };

    private static string? ReadLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Walk(string directory, int depth)
    {
        if (depth > MaxDepth) return;
        try
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
            {
                if (entry.LinkTarget is not null) continue;
                if (entry is DirectoryInfo) Walk(entry.FullName, depth + 1);
                else Add(entry.FullName);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // somebody removed it meanwhile, or it is not ours to read
        }
    }

    private void Add(string path)
    {
        try
        {
            using KernelHandle handle = BpfPins.Open(path);
            if (KindOf(handle) is not { } kind || FileInformation.Read(handle).Number(IdField(kind)) is not { } id) return;
            if (!_paths.TryGetValue((kind, (uint)id), out List<string>? paths)) _paths.Add((kind, (uint)id), paths = []);
            paths.Add(path);
        }
        catch (KernelException)
        {
            // an iterator's output file or the debug files that bpffs makes: nothing that has a number
        }
    }
}
