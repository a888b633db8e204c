// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Probes;

/// <summary><c>struct bpf_sysctl</c></summary>
public unsafe struct bpf_sysctl
{
#pragma warning disable CS1591 // the kernel's names
    public uint write, file_pos;
#pragma warning restore CS1591
}

/// <summary>The context of sysctl programs of cgroups.</summary>
/// <param name="sysctl">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct SysctlContext(bpf_sysctl* sysctl)
{
    private readonly bpf_sysctl* _sysctl = sysctl;

    /// <summary>What the kernel passes, for helpers.</summary>
    public bpf_sysctl* Pointer => _sysctl;

    /// <summary>True if it is written, false if it is read.</summary>
    public bool IsWrite => _sysctl->write != 0;

    /// <summary>Where in the file; may be set.</summary>
    public uint Position
    {
        get => _sysctl->file_pos;
        set => _sysctl->file_pos = value;
    }

    /// <summary>The name, for example <c>net/ipv4/tcp_mem</c>. Kernel 5.2.</summary>
    /// <param name="name">Where to; ends in a zero byte.</param>
    /// <param name="flags">1 for the last part only.</param>
    /// <returns>Characters, or a negative error number.</returns>
    public long GetName(Span<byte> name, ulong flags = 0) => RawSockets.SysctlGetName(_sysctl, ref MemoryMarshal.GetReference(name), (ulong)name.Length, flags);

    /// <summary>The value as it is now. Kernel 5.2.</summary>
    /// <returns>Characters, or a negative error number.</returns>
    public long GetCurrentValue(Span<byte> value) => RawSockets.SysctlGetCurrentValue(_sysctl, ref MemoryMarshal.GetReference(value), (ulong)value.Length);

    /// <summary>The value that is written. Kernel 5.2.</summary>
    /// <returns>Characters, or a negative error number.</returns>
    public long GetNewValue(Span<byte> value) => RawSockets.SysctlGetNewValue(_sysctl, ref MemoryMarshal.GetReference(value), (ulong)value.Length);

    /// <summary>Writes another value instead. Kernel 5.2.</summary>
    /// <returns>0, or a negative error number.</returns>
    public long SetNewValue(ReadOnlySpan<byte> value) => RawSockets.SysctlSetNewValue(_sysctl, ref MemoryMarshal.GetReference(value), (ulong)value.Length);
}
