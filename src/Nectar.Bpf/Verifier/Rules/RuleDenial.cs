// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>Why a rule says no.</summary>
internal enum RuleDenial : byte
{
    /// <summary>It says yes.</summary>
    None,

    /// <summary>No kernel has it.</summary>
    Unknown,

    /// <summary>The kernel asked about is too old.</summary>
    TooOld,

    /// <summary>Programs of this type do not have it.</summary>
    ProgramType,

    /// <summary>Programs of this type have it, but not with this attach type or target.</summary>
    AttachType,

    /// <summary>Only sleepable programs have it.</summary>
    NotSleepable,

    /// <summary>Only programs that do not sleep have it.</summary>
    Sleepable,

    /// <summary>The licence forbids it.</summary>
    License,

    /// <summary>The loader lacks a capability.</summary>
    Capability,

    /// <summary>The place is not a field of the context.</summary>
    Offset,

    /// <summary>The field is there, but not with this size.</summary>
    Size,

    /// <summary>The access is not aligned.</summary>
    Alignment,

    /// <summary>The field can only be read.</summary>
    ReadOnly,

    /// <summary>The field can only be written.</summary>
    WriteOnly,
}
