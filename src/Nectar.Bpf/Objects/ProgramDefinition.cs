// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Objects;

/// <summary>A program as an object declares it: an entry function and what its section name says about it.</summary>
public sealed class ProgramDefinition
{
    /// <summary>The name of the program: that of its entry function.</summary>
    public required string Name { get; init; }

    /// <summary>The section name as written, for example <c>tracepoint/syscalls/sys_enter_execve</c>.</summary>
    public required string Section { get; set; }

    /// <summary>The kind of program.</summary>
    public ProgramType Type { get; set; }

    /// <summary>Where it expects to be attached; null where the kind needs none.</summary>
    public AttachType? ExpectedAttachType { get; set; }

    /// <summary>What the section name says after its kind: function, tracepoint, device hook; null if nothing.</summary>
    public string? AttachTarget { get; set; }

    /// <summary>True if it may sleep (<c>.s</c> sections, <c>BPF_F_SLEEPABLE</c>).</summary>
    public bool IsSleepable { get; set; }

    /// <summary>Further load flags (<c>BPF_F_XDP_HAS_FRAGS</c> and others).</summary>
    public uint Flags { get; set; }

    /// <summary>False to leave it out when the object is loaded (<c>?</c> sections).</summary>
    public bool AutoLoad { get; set; } = true;

    /// <summary>The function that is entered.</summary>
    public required FunctionDefinition Entry { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type} ({Section})";
}
