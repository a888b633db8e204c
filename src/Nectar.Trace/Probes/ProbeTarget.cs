// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Linux.Symbols.Usdt;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes.Fallback;

namespace Nectar.Trace.Probes;

/// <summary>One hook: what an attach point means once wildcards, parameters and libraries are resolved.</summary>
internal sealed record ProbeTarget(ProbeKind Kind)
{
    /// <summary>What <c>probe</c> gives: <c>tracepoint:syscalls:sys_enter_openat</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Tracepoints: the subsystem. kprobe, fentry: the module (<c>vmlinux</c> for the kernel). uprobe, USDT: the path as the script has it.</summary>
    public string Group { get; init; } = "";

    /// <summary>Function, event, iterator, signal, name of a <c>test</c>; unit of <c>profile</c> and <c>interval</c> (<c>hz s ms us</c>).</summary>
    public string Function { get; init; } = "";

    /// <summary>uprobe, USDT: the file to attach to, found through libraries and mount namespaces.</summary>
    public string Path { get; init; } = "";

    /// <summary>USDT: the provider.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Added to the function's address.</summary>
    public ulong Offset { get; init; }

    /// <summary>The address itself (kprobe, uprobe: in the file), where it was given or found; watchpoints too.</summary>
    public ulong? Address { get; init; }

    /// <summary>uprobe: where in the file that is.</summary>
    public ulong? FileOffset { get; init; }

    /// <summary>profile, interval: the number; software, hardware: events between two samples; 0 for the default.</summary>
    public ulong Period { get; init; }

    /// <summary>watchpoint: bytes.</summary>
    public int Length { get; init; }

    /// <summary>watchpoint: <c>r</c>, <c>w</c>, <c>x</c>.</summary>
    public string Mode { get; init; } = "";

    /// <summary>iter: where to pin.</summary>
    public string Pin { get; init; } = "";

    /// <summary>Only this process (<c>-p</c>, <c>-c</c>); 0 for all.</summary>
    public int ProcessId { get; init; }

    /// <summary>fentry, fexit: the program whose function it is; 0 for functions of the kernel.</summary>
    public uint ProgramId { get; init; }

    /// <summary>USDT: the notes at this name, one for each place in the code.</summary>
    public ImmutableArray<UsdtNote> Notes { get; init; } = [];

    /// <summary>What <c>args</c> points to; null where there is none. Asked for only when a script uses it.</summary>
    public Func<StructType?>? Arguments
    {
        get;
        init => field = Once(value);
    }

    /// <summary>What <c>retval</c> is, where types say it (fexit, uretprobe with DWARF).</summary>
    public Func<TraceType?>? Result
    {
        get;
        init => field = Once(value);
    }

    /// <summary>The hook that is taken for this one, as the kernel lacks it (<c>--fallback</c>); null for itself.</summary>
    public ProbeTarget? Substitute { get; init; }

    /// <summary>Of such a hook: what it stands for, and where it has its arguments; null for hooks that scripts name.</summary>
    public Replacement? Replaces { get; init; }

    /// <summary>Of a hook that was read from a file: what has to be the same where the program runs (<see cref="Planning.Objects.HookFinder"/>); empty if nothing has.</summary>
    public string Identity { get; init; } = "";

    public override string ToString() => Name;

    /// <summary>Files and debug information are read at the first question, of which a script with many fields has many.</summary>
    private static Func<T?>? Once<T>(Func<T?>? make)
        where T : class
    {
        if (make is null) return null;
        T? made = null;
        return () =>
        {
            if (make is null) return made;
            made = make();
            make = null;
            return made;
        };
    }
}
