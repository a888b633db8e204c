// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>Puts a program on a probe that was made by text in the trace filesystem.</summary>
internal static class ProbeEventAttachment
{
    internal static BpfLink Attach(KernelProgram program, ProbeEvent probe, ProbeOptions options, string target, DiagnosticCode code)
    {
        try
        {
            int id = probe.Id ?? throw Refusal.Make(code, $"program '{program.Name}'", $"attach it to {target}", "open", Errno.ENOENT, $"note: event {ProbeEvent.Category}/{probe.Name} went away as soon as it was made");
            // A process is chosen when the event is opened: the probe itself knows none.
            Syscalls.KernelHandle handle = Tracepoints.Open(program, id, target, options.ProcessId ?? -1);
            return PerfAttachment.Attach(program, handle, options.Cookie, target, code, options.Method == AttachMethod.Automatic ? AttachMethod.Automatic : AttachMethod.TraceEvents, probe);
        }
        catch
        {
            probe.Dispose();
            throw;
        }
    }
}
