// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links;

/// <summary>What a user may say about an attachment beside the program's section.</summary>
public sealed record AttachSettings
{
    /// <summary>No wishes.</summary>
    public static AttachSettings None { get; } = new();

    /// <summary>Where, instead of what the section says: an interface, a cgroup, a function, <c>PATH:FUNCTION</c>, a tracepoint; null for the section's own.</summary>
    public string? Target { get; init; }

    /// <summary>For probes of programs, perf events and iterators: only this process; null for all.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The number that the program reads with <c>bpf_get_attach_cookie</c>; 0 for none.</summary>
    public ulong Cookie { get; init; }
}

/// <summary>Attaches programs by the names of their sections, as authors and other loaders use them, with the target of the section or of the user.</summary>
public static class ProgramAttacher
{
    /// <summary>True for programs that are attached to something by themselves: not those that belong to a socket, an entry of a map, or a test run.</summary>
    public static bool CanAttach(KernelProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return TracingAttacher.CanAttach(program) || NetworkAttacher.CanAttach(program);
    }

    /// <summary>True if neither the section nor the kind of program says where to attach: the user must.</summary>
    public static bool NeedsTarget(KernelProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return TracingAttacher.CanAttach(program) ? TracingAttacher.NeedsTarget(program) : NetworkAttacher.CanAttach(program) && NetworkAttacher.NeedsTarget(program);
    }

    /// <summary>Attaches a program.</summary>
    /// <param name="program">A program that was loaded from an object, or a program of a network or cgroup type.</param>
    /// <param name="settings">What the user says about it.</param>
    /// <exception cref="NectarException">The program is attached to nothing by itself (NEC4706), the target is missing or has another form (NEC4110, NEC4215), or the hook refuses.</exception>
    public static BpfLink Attach(KernelProgram program, AttachSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        settings ??= AttachSettings.None;
        if (TracingAttacher.CanAttach(program)) return TracingAttacher.Attach(program, settings.Target, new TracingOptions { ProcessId = settings.ProcessId, Cookie = settings.Cookie });
        if (NetworkAttacher.CanAttach(program)) return NetworkAttacher.Attach(program, settings.Target);
        throw new KernelException(Diagnostic.Error(Inspection.InspectionCodes.Hook, $"program '{program.Name}' ({Inspection.KindNames.Of(program.Type)}, section '{program.Definition?.Section}') is attached to nothing by itself",
            program.Type switch
            {
                ProgramType.SocketFilter or ProgramType.SkReuseport => "help: it belongs to a socket: SocketFilters.Attach in the process that has it",
                ProgramType.Syscall => "help: it is run: nectar prog run",
                ProgramType.Xdp => "help: it is an entry of a device or CPU map: nectar map update",
                ProgramType.StructOps => "help: it is part of a struct_ops map: nectar struct-ops register",
                _ => "help: give its section a name that says where it goes",
            }), Errno.None, "attach", program.Name);
    }
}
