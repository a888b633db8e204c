// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>The kinds of objects that the kernel numbers.</summary>
public enum KernelObjectKind
{
    /// <summary>Programs.</summary>
    Program,

    /// <summary>Maps.</summary>
    Map,

    /// <summary>Links (kernel 5.8).</summary>
    Link,

    /// <summary>Type information.</summary>
    Types,
}

/// <summary>Walks the numbers of all objects of a kind. Objects come and go meanwhile: what a walk gives may be gone when it is opened.</summary>
public static class KernelObjectIds
{
    /// <summary>The numbers of all objects of a kind, ascending (<c>BPF_PROG_GET_NEXT_ID</c> and its neighbours; needs <c>CAP_SYS_ADMIN</c>).</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">The kernel does not show them to this process (NEC4701).</exception>
    public static List<uint> All(KernelObjectKind kind)
    {
        (BpfCommand command, string name) = kind switch
        {
            KernelObjectKind.Program => (BpfCommand.ProgGetNextId, "BPF_PROG_GET_NEXT_ID"),
            KernelObjectKind.Map => (BpfCommand.MapGetNextId, "BPF_MAP_GET_NEXT_ID"),
            KernelObjectKind.Link => (BpfCommand.LinkGetNextId, "BPF_LINK_GET_NEXT_ID"),
            _ => (BpfCommand.BtfGetNextId, "BPF_BTF_GET_NEXT_ID"),
        };
        List<uint> ids = [];
        ObjectIdAttributes attributes = default;
        while (true)
        {
            Errno errno = BpfSyscall.Try(command, ref attributes);
            if (errno == Errno.ENOENT) return ids;
            if (errno != Errno.None)
            {
                throw Refusal.Make(InspectionCodes.NotFound, $"{kind.ToString().ToLowerInvariant()}s of the kernel", "list", $"bpf({name})", errno,
                    errno == Errno.EPERM ? "help: listing objects needs CAP_SYS_ADMIN: run as root" : "note: links are listed from kernel 5.8 on");
            }

            ids.Add(attributes.NextId);
            attributes.Id = attributes.NextId;
        }
    }

    /// <summary>Opens each object of a kind; those that ended meanwhile are left out.</summary>
    internal static IEnumerable<T> OpenAll<T>(KernelObjectKind kind, Func<uint, T> open)
    {
        foreach (uint id in All(kind))
        {
            T opened;
            try
            {
                opened = open(id);
            }
            catch (Bpf.Diagnostics.KernelException problem) when (problem.Errno is Errno.ENOENT or Errno.EAGAIN)
            {
                continue; // it ended between the walk and the look, or is ending
            }

            yield return opened;
        }
    }
}
