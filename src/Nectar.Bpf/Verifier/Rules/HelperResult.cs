// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What a helper leaves in r0, apart from null and trust (the kernel's <c>enum bpf_return_type</c>).</summary>
internal enum ResultKind : byte
{
    /// <summary>A number.</summary>
    Integer,

    /// <summary>Nothing: r0 cannot be read afterwards.</summary>
    Void,

    /// <summary>A map's value.</summary>
    MapValue,

    /// <summary>A full socket.</summary>
    Socket,

    /// <summary>A TCP socket.</summary>
    TcpSocket,

    /// <summary>A socket of any kind.</summary>
    SocketCommon,

    /// <summary>Memory of the constant size that an <see cref="ParameterKind.AllocationSize"/> gave.</summary>
    Memory,

    /// <summary>A record of a ring buffer, of that size.</summary>
    RingRecord,

    /// <summary>What the per-CPU argument points to: memory for a plain type, else a kernel object.</summary>
    MemoryOrBtfObject,

    /// <summary>A kernel object.</summary>
    BtfObject,
}

/// <summary>What a helper leaves in r0.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="MaybeNull">True if it may be null.</param>
/// <param name="IsTrusted">True for kernel objects that the kernel keeps valid.</param>
/// <param name="BtfType">The name of the kernel's struct, for objects of one type.</param>
internal readonly record struct HelperResult(ResultKind Kind, bool MaybeNull = false, bool IsTrusted = false, string? BtfType = null);
