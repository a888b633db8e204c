// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>A program of a cgroup.</summary>
/// <param name="ProgramId">The program.</param>
/// <param name="Hook">Where.</param>
/// <param name="Flags">The hook's flags: <c>multi</c>, <c>override</c> or empty.</param>
/// <param name="Name">The program's name.</param>
public sealed record CgroupProgram(uint ProgramId, AttachType Hook, string Flags, string Name);

/// <summary>Programs of cgroups, their own or also those inherited from above.</summary>
public static class CgroupPrograms
{
    private const uint AllowOverride = 1, AllowMulti = 2;

    /// <summary>The programs of one cgroup, hook by hook.</summary>
    /// <param name="path">The cgroup's directory; relative paths are below the cgroup2 mount.</param>
    /// <param name="isEffective">Also those that apply because they are attached above.</param>
    /// <exception cref="Bpf.Diagnostics.KernelException">There is no such cgroup (NEC4205).</exception>
    public static List<CgroupProgram> Of(string path, bool isEffective)
    {
        using KernelHandle handle = CgroupPaths.Open(path);
        List<CgroupProgram> result = [];
        foreach (AttachType hook in Cgroups.Hooks)
        {
            Errno errno = AttachedPrograms.TryQuery(handle.Fd, hook, isEffective ? AttachedPrograms.Effective : 0, out AttachedPrograms? attached);
            if (errno != Errno.None) continue; // a hook that this kernel does not have
            string flags = isEffective ? "" : (attached!.Flags & AllowMulti) != 0 ? "multi" : (attached.Flags & AllowOverride) != 0 ? "override" : "";
            result.AddRange(attached!.Programs.Select(program => new CgroupProgram(program.ProgramId, hook, flags, NameOf(program.ProgramId))));
        }

        GC.KeepAlive(handle);
        return result;
    }

    /// <summary>All cgroups below a path, itself included, that have programs.</summary>
    public static IEnumerable<(string Path, List<CgroupProgram> Programs)> Tree(string path, bool isEffective)
    {
        foreach (string directory in Directories(CgroupPaths.Resolve(path)))
        {
            List<CgroupProgram> programs;
            try
            {
                programs = Of(directory, isEffective);
            }
            catch (Bpf.Diagnostics.KernelException problem) when (problem.Errno is Errno.ENOENT or Errno.ENODEV)
            {
                continue; // removed meanwhile
            }

            if (programs.Count > 0) yield return (directory, programs);
        }
    }

    /// <summary>Attaches a program without a link, so that it stays.</summary>
    /// <param name="path">The cgroup.</param>
    /// <param name="hook">Where.</param>
    /// <param name="program">The program.</param>
    /// <param name="sharing">What may be beside and below it.</param>
    public static void Attach(string path, AttachType hook, KernelProgram program, CgroupSharing sharing)
    {
        using KernelHandle handle = CgroupPaths.Open(path);
        uint flags = sharing switch { CgroupSharing.Several => AllowMulti, CgroupSharing.Override => AllowOverride, _ => 0 };
        HookAttachments.Attach(program, handle.Fd, hook, flags, $"{KindNames.Of(hook)} of cgroup '{path}'");
    }

    /// <summary>Takes a program off that was attached without a link.</summary>
    public static void Detach(string path, AttachType hook, KernelProgram program)
    {
        using KernelHandle handle = CgroupPaths.Open(path);
        HookAttachments.Detach(program, handle.Fd, hook, $"{KindNames.Of(hook)} of cgroup '{path}'");
    }

    private static IEnumerable<string> Directories(string path)
    {
        yield return path;
        string[] below;
        try
        {
            below = Directory.GetDirectories(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        Array.Sort(below, StringComparer.Ordinal);
        foreach (string one in below)
        {
            foreach (string directory in Directories(one)) yield return directory;
        }
    }

    private static string NameOf(uint id)
    {
        try
        {
            return ProgramInfo.ReadById(id).Name;
        }
        catch (Bpf.Diagnostics.KernelException)
        {
            return "";
        }
    }
}
