// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <summary>A member of a struct or union.</summary>
/// <param name="Name">Its name; empty for an anonymous struct or union.</param>
/// <param name="TypeId">Its type.</param>
/// <param name="BitOffset">Offset in bits from the start of the struct.</param>
/// <param name="BitFieldSize">Width in bits of a bit-field; 0 for an ordinary member.</param>
public readonly record struct BtfMember(string Name, uint TypeId, uint BitOffset, int BitFieldSize);

/// <summary>A value of an enumeration.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value, sign-extended for signed enumerations.</param>
public readonly record struct BtfEnumerator(string Name, long Value);

/// <summary>A parameter of a function; an empty name with type 0 at the end stands for <c>...</c>.</summary>
/// <param name="Name">Its name; empty where the prototype has none.</param>
/// <param name="TypeId">Its type.</param>
public readonly record struct BtfParameter(string Name, uint TypeId);

/// <summary>A variable or function in a DATASEC.</summary>
/// <param name="TypeId">The VAR (or FUNC) type.</param>
/// <param name="Offset">Offset in bytes in the section.</param>
/// <param name="Size">Size in bytes.</param>
public readonly record struct BtfSectionVariable(uint TypeId, uint Offset, uint Size);

/// <summary>How an integer is encoded.</summary>
[Flags]
public enum BtfIntEncoding : byte
{
    /// <summary>Unsigned.</summary>
    None = 0,

    /// <summary>Signed.</summary>
    Signed = 1,

    /// <summary>A character.</summary>
    Char = 2,

    /// <summary>A truth value.</summary>
    Bool = 4,
}
