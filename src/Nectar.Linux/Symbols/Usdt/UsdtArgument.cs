// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Usdt;

/// <summary>Where an argument of a USDT probe is when the probe fires.</summary>
public enum UsdtArgumentKind : byte
{
    /// <summary>It is always the same number.</summary>
    Constant,

    /// <summary>In a register.</summary>
    Register,

    /// <summary>In memory, at base + index * scale + offset.</summary>
    Memory,
}

/// <summary>One argument of a USDT probe: how to read it. Read <see cref="Size"/> bytes (little-endian), then extend them by <see cref="IsSigned"/>.</summary>
/// <param name="Kind">Where it is.</param>
/// <param name="Size">Bytes: 1, 2, 4 or 8 (16 and 32 for vectors).</param>
/// <param name="IsSigned">True if it is to be sign-extended.</param>
/// <param name="IsFloat">True if it is a floating-point number.</param>
public sealed record UsdtArgument(UsdtArgumentKind Kind, int Size, bool IsSigned, bool IsFloat)
{
    /// <summary>The value of a constant; else the number added to an address. For <see cref="Symbol"/> it is added to the symbol's address.</summary>
    public long Offset { get; init; }

    /// <summary>The register of the value or, in memory, of the address; null if the address has none.</summary>
    public UsdtRegister? Base { get; init; }

    /// <summary>A register that is multiplied by <see cref="Scale"/> and added to the address; null if there is none.</summary>
    public UsdtRegister? Index { get; init; }

    /// <summary>1, 2, 4 or 8.</summary>
    public int Scale { get; init; } = 1;

    /// <summary>True if only the index's low 32 bits count and are sign-extended (arm64 <c>sxtw</c>).</summary>
    public bool IndexIsSigned32 { get; init; }

    /// <summary>A global variable whose address is added; null if there is none. <see cref="UsdtNote.TryAddressOf"/> gives the linked address.</summary>
    public string? Symbol { get; init; }

    /// <summary>The segment register whose base is added (<c>fs</c> for thread-local data on x86-64); null if there is none.</summary>
    public string? Segment { get; init; }

    /// <summary>True if the kernel's probe can read it from general registers and memory.</summary>
    public bool IsReadable => Segment is null && Base is not { ContextOffset: < 0 } && Size <= 8;
}
