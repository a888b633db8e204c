// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Network;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links;

/// <summary>A program at a hook.</summary>
/// <param name="ProgramId">The program.</param>
/// <param name="LinkId">The link that holds it there; 0 if it was attached the older way, or where the kernel does not tell.</param>
/// <param name="Flags">The flags that it was attached with.</param>
public readonly record struct AttachedProgram(uint ProgramId, uint LinkId, uint Flags);

/// <summary>What is attached at a hook, in the order in which it runs (<c>BPF_PROG_QUERY</c>).</summary>
/// <param name="Programs">The programs.</param>
/// <param name="Revision">Counts the changes of the hook; 0 where the kernel does not count. Give it as the expected revision to be refused if somebody else was faster.</param>
/// <param name="Flags">The hook's own flags: for cgroups, what may be attached below.</param>
public sealed record AttachedPrograms(IReadOnlyList<AttachedProgram> Programs, ulong Revision, uint Flags)
{
    internal const uint Effective = 1; // BPF_F_QUERY_EFFECTIVE

    /// <exception cref="Bpf.Diagnostics.KernelException">The kernel does not know the hook or the target (NEC4214).</exception>
    internal static AttachedPrograms Query(int target, AttachType type, string hook, uint queryFlags = 0)
    {
        Errno errno = TryQuery(target, type, queryFlags, out AttachedPrograms? result);
        return errno == Errno.None ? result! : throw Refusal.Make(NetworkCodes.Query, hook, "ask what is attached", "bpf(BPF_PROG_QUERY)", errno);
    }

    internal static unsafe Errno TryQuery(int target, AttachType type, uint queryFlags, out AttachedPrograms? result)
    {
        result = null;
        Details details = ForHook(type, queryFlags);
        for (int room = 64; ; room *= 4)
        {
            uint[] programs = new uint[room], links = new uint[room], flags = new uint[room];
            fixed (uint* p = programs, l = links, f = flags)
            {
                ProgramQueryAttributes attributes = new()
                {
                    TargetFdOrInterface = (uint)target,
                    AttachType = (uint)type,
                    QueryFlags = queryFlags,
                    ProgramIds = (ulong)p,
                    Count = (uint)room,
                    ProgramAttachFlags = (details & Details.ProgramFlags) != 0 ? (ulong)f : 0,
                    LinkIds = (details & Details.LinkIds) != 0 ? (ulong)l : 0,
                };
                Errno errno = BpfSyscall.Try(BpfCommand.ProgQuery, ref attributes);
                if (errno == Errno.ENOSPC && room < 1 << 20) continue;
                if (errno == Errno.EINVAL && details != Details.None)
                {
                    details = Details.None; // an older kernel, which tells less
                    continue;
                }

                if (errno != Errno.None) return errno;
                AttachedProgram[] list = new AttachedProgram[attributes.Count];
                for (int i = 0; i < list.Length; i++) list[i] = new AttachedProgram(programs[i], links[i], flags[i]);
                result = new AttachedPrograms(list, attributes.Revision, attributes.AttachFlags);
                return Errno.None;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Details ForHook(AttachType type, uint queryFlags) => type switch
    {
        AttachType.TcxIngress or AttachType.TcxEgress or AttachType.NetkitPrimary or AttachType.NetkitPeer => Details.ProgramFlags | Details.LinkIds,
        AttachType.SkMsgVerdict or AttachType.SkSkbVerdict or AttachType.SkSkbStreamParser or AttachType.SkSkbStreamVerdict or AttachType.SkLookup or AttachType.FlowDissector => Details.None,
        _ => (queryFlags & Effective) != 0 ? Details.None : Details.ProgramFlags, // what is inherited has no flags here
    };

    [Flags]
    private enum Details
    {
        None = 0,
        ProgramFlags = 1,
        LinkIds = 2,
    }
}
