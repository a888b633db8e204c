// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Maps;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Cleanup;

/// <summary>Turns notes into things that are still there and can be removed.</summary>
internal static class LeftoverReader
{
    /// <summary>Looks whether what a note says is still so.</summary>
    /// <returns>False if it is gone, or somebody else's by now.</returns>
    internal static bool TryRead(LeftoverKind kind, int pid, string[] words, [NotNullWhen(true)] out Func<bool>? remove, [NotNullWhen(true)] out string? description)
    {
        (remove, description) = (null, null);
        (Func<bool>, string)? found = kind switch
        {
            LeftoverKind.TcFilter when words.Length == 4 && Number(words[1]) is { } index && Enum.TryParse(words[2], out TcDirection direction) && Number(words[3]) is { } program => Filter(words[0], (int)index, direction, program),
            LeftoverKind.Qdisc when words.Length == 2 && Number(words[1]) is { } index => EmptyQdisc(words[0], (int)index),
            LeftoverKind.Xdp when words.Length == 4 && Number(words[1]) is { } index && Enum.TryParse(words[2], out XdpMode mode) && Number(words[3]) is { } program => XdpProgram(words[0], (int)index, mode, program),
            LeftoverKind.CgroupProgram when words.Length >= 3 && Enum.TryParse(words[0], out AttachType type) && Number(words[1]) is { } program => CgroupProgram(type, program, string.Join(' ', words[2..])),
            LeftoverKind.StructOps when words.Length == 1 && Number(words[0]) is { } id => StructOps(id),
            _ => null,
        };
        if (found is not var (action, text)) return false;
        (remove, description) = (action, text);
        return true;
    }

    private static (Func<bool>, string)? Filter(string space, int index, TcDirection direction, uint program)
    {
        return NamespaceVisit.Run<(Func<bool>, string)?>(space, () =>
        {
            if (NetworkInterfaces.NameOf(index) is null) return null;
            foreach (TcFilter filter in Tc.QueryFilters(index, direction))
            {
                if (filter.ProgramId != program) continue;
                string text = string.Create(CultureInfo.InvariantCulture, $"filter '{filter.Name}' (program {program}, priority {filter.Priority}) at {Tc.Name(direction)} of {NetworkInterfaces.Describe(index)}");
                return (() => NamespaceVisit.Run(space, () =>
                {
                    using NetlinkSocket socket = NetlinkSocket.Open();
                    return Clsact.Remove(socket, index, direction, filter.Priority, filter.Handle) == Errno.None;
                }), text);
            }

            return null;
        });
    }

    private static (Func<bool>, string)? EmptyQdisc(string space, int index)
    {
        return NamespaceVisit.Run<(Func<bool>, string)?>(space, () =>
        {
            using NetlinkSocket socket = NetlinkSocket.Open();
            if (NetworkInterfaces.NameOf(index) is null || !Clsact.IsThere(socket, index)) return null;
            return (() => NamespaceVisit.Run(space, () =>
            {
                using NetlinkSocket again = NetlinkSocket.Open();
                return Clsact.RemoveIfEmpty(again, index);
            }), $"clsact qdisc of {NetworkInterfaces.Describe(index)}");
        });
    }

    private static (Func<bool>, string)? XdpProgram(string space, int index, XdpMode mode, uint program)
    {
        return NamespaceVisit.Run<(Func<bool>, string)?>(space, () =>
        {
            if (NetworkInterfaces.NameOf(index) is null || Xdp.Query(index).ProgramId(mode) != program) return null;
            return (() => NamespaceVisit.Run(space, () =>
            {
                if (Xdp.Query(index).ProgramId(mode) == program) XdpNetlinkLink.Remove(index, mode, $"XDP of {NetworkInterfaces.Describe(index)}");
                return true;
            }), $"XDP program {program} on {NetworkInterfaces.Describe(index)}");
        });
    }

    private static (Func<bool>, string)? CgroupProgram(AttachType type, uint program, string path)
    {
        if (!Directory.Exists(path)) return null;
        if (!Cgroups.Query(path, type).Programs.Any(attached => attached.ProgramId == program && attached.LinkId == 0)) return null;
        return (() =>
        {
            using KernelHandle cgroup = StorageOwners.OpenCgroup(path);
            using KernelProgram opened = KernelProgram.OpenById(program);
            ProgramAttachAttributes attributes = new() { TargetFdOrInterface = (uint)cgroup.Fd, ProgramFd = (uint)opened.Fd, AttachType = (uint)type };
            return BpfSyscall.Try(BpfCommand.ProgDetach, ref attributes) is Errno.None or Errno.ENOENT;
        }, $"program {program} at {type} of cgroup '{path}'");
    }

    private static (Func<bool>, string)? StructOps(uint id)
    {
        using KernelMap? map = KernelMap.TryOpenById(id);
        if (map?.Definition.Type != MapType.StructOps || StructOpsState.Read(map).Phase != StructOpsPhase.InUse) return null;
        return (() =>
        {
            using KernelMap? again = KernelMap.TryOpenById(id);
            return again is null || StructOpsState.Unregister(again);
        }, $"struct_ops map {id} '{map.Name}', registered without a link");
    }

    private static uint? Number(string word) => uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;
}
