// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Trace.Probes;

/// <summary>How a probe's program is declared.</summary>
/// <param name="Section">Its section: type and, where the loader needs it, target.</param>
/// <param name="Type">As the kernel names it.</param>
/// <param name="AttachType">Where it will be attached, if that is said at load.</param>
/// <param name="Context">What it gets.</param>
internal sealed record ProbeForm(string Section, ProgramType Type, AttachType? AttachType, ProbeContext Context)
{
    /// <summary>
    /// The event is one of a system call, but the program runs at all of them: it has to compare the number. Its context is that of the raw
    /// tracepoint <c>sys_enter</c> (registers, number) or <c>sys_exit</c> (registers, result; the number is <c>orig_ax</c> in the registers).
    /// </summary>
    public bool ChecksSyscall { get; init; }

    /// <summary>Each hook takes a program of its own, as the target is said at load.</summary>
    public bool IsForOneTarget { get; init; }
}
