// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Programs;

/// <summary>All that <c>BPF_PROG_LOAD</c> takes.</summary>
public sealed class ProgramLoad
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The type.</summary>
    public required ProgramType Type { get; init; }

    /// <summary>The code, with descriptors and numbers of this kernel.</summary>
    public required ReadOnlyMemory<Instruction> Instructions { get; init; }

    /// <summary>The licence; helpers that are for GPL programs only look at it.</summary>
    public string License { get; init; } = "GPL";

    /// <summary>Where it will be attached, for types that want to know at load.</summary>
    public AttachType? ExpectedAttachType { get; init; }

    /// <summary>Load flags: <c>BPF_F_SLEEPABLE</c>, <c>BPF_F_XDP_HAS_FRAGS</c>, …</summary>
    public uint Flags { get; init; }

    /// <summary>The kernel version that kprobes of kernels before 5.0 had to name; <c>KERNEL_VERSION</c> form.</summary>
    public uint KernelVersion { get; init; }

    /// <summary>The function or type of the kernel that fentry, LSM, struct_ops and such are for; 0 for none.</summary>
    public uint AttachBtfId { get; init; }

    /// <summary>The program (freplace, fentry on a program) or module's BTF that <see cref="AttachBtfId"/> belongs to; null for the kernel itself.</summary>
    public KernelHandle? AttachTarget { get; init; }

    /// <summary>The interface that the program is offloaded to or bound to; 0 for none.</summary>
    public uint InterfaceIndex { get; init; }

    /// <summary>The object's types in the kernel; null for a program without.</summary>
    public KernelHandle? Types { get; init; }

    /// <summary>Records of 8 bytes, <c>struct bpf_func_info</c>: slot and FUNC, for each function.</summary>
    public ReadOnlyMemory<byte> FunctionInfo { get; init; }

    /// <summary>Records of 16 bytes, <c>struct bpf_line_info</c>.</summary>
    public ReadOnlyMemory<byte> LineInfo { get; init; }

    /// <summary>Descriptors that instructions name by index: modules' BTF for kfuncs, at least.</summary>
    public ReadOnlyMemory<int> FdArray { get; init; }

    /// <summary>What the code was linked from, for explaining the verifier's log; null for code without a source.</summary>
    public LinkedProgram? Source { get; init; }

    /// <summary>The object's entry for the program; null for code without one.</summary>
    public ProgramDefinition? Definition { get; init; }

    /// <summary>How much the verifier writes also when it accepts: 0 nothing, 1 the path, 2 every state, 4 statistics.</summary>
    public uint LogLevel { get; init; }

    /// <summary>Gets the verifier's log where <see cref="LogLevel"/> asks for one and the program was accepted.</summary>
    public Action<string>? LogSink { get; init; }
}
