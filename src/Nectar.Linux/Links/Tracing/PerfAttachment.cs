// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>Puts a program on a perf event: by a bpf_link where the kernel has them, by ioctl where not.</summary>
internal static class PerfAttachment
{
    /// <summary>Attaches, and owns the event from here on, also when it fails.</summary>
    internal static BpfLink Attach(KernelProgram program, KernelHandle perfEvent, ulong cookie, string target, DiagnosticCode code, AttachMethod method, ProbeEvent? probe = null)
    {
        try
        {
            if (method is AttachMethod.Automatic or AttachMethod.PerfLink || (method == AttachMethod.TraceEvents && cookie != 0))
            {
                LinkCreateAttributes attributes = new() { TargetFdOrInterface = (uint)perfEvent.Fd, PerfCookie = cookie };
                Errno errno = KernelLink.TryCreate(program, AttachType.PerfEvent, ref attributes, target, out KernelLink? link);
                if (errno == Errno.None)
                {
                    // The link would hold the event by itself; its descriptor stays open because that is where 'bpftool perf' looks.
                    link!.Companions = probe is null ? [perfEvent] : [perfEvent, probe];
                    return link;
                }

                if (KernelFeatures.Has(Feature.PerfLink)) throw Refuse(program, target, code, "bpf(BPF_LINK_CREATE)", errno);
                if (method == AttachMethod.PerfLink || cookie != 0) throw KernelFeatures.Missing(Feature.PerfLink, KernelFeatures.Probe(Feature.PerfLink), $"program '{program.Name}': attach it to {target}");
            }

            Errno set = PerfSyscall.SetProgram(perfEvent, program.Fd);
            GC.KeepAlive(program);
            if (set != Errno.None) throw Refuse(program, target, code, "ioctl(PERF_EVENT_IOC_SET_BPF)", set);
            return new PerfEventLink([perfEvent], target, probe);
        }
        catch
        {
            perfEvent.Dispose();
            probe?.Dispose();
            throw;
        }
    }

    private static KernelException Refuse(KernelProgram program, string target, DiagnosticCode code, string call, Errno errno) =>
        Refusal.Make(code, $"program '{program.Name}'", $"attach it to {target}", call, errno, errno switch
        {
            Errno.EEXIST => ["note: the event has this program already"],
            Errno.EINVAL => [$"note: a program of type {program.Type} may not suit this kind of event, or it reads more of the context than the event has"],
            _ => [],
        });
}
