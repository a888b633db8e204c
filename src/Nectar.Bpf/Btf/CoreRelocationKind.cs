// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <summary>What a CO-RE relocation asks for (<c>enum bpf_core_relo_kind</c>).</summary>
public enum CoreRelocationKind : byte
{
    /// <summary>Offset of a field in bytes; of a bit-field, of the word to load.</summary>
    FieldByteOffset = 0,

    /// <summary>Size of a field in bytes; of a bit-field, of the word to load.</summary>
    FieldByteSize = 1,

    /// <summary>1 if the target has the field, else 0.</summary>
    FieldExists = 2,

    /// <summary>1 if the field is signed, else 0.</summary>
    FieldSigned = 3,

    /// <summary>Bits to shift left to drop what lies above the field in a 64-bit word.</summary>
    FieldLeftShift = 4,

    /// <summary>Bits to shift right after that, to drop what lies below.</summary>
    FieldRightShift = 5,

    /// <summary>The type's number in the object.</summary>
    TypeIdLocal = 6,

    /// <summary>The type's number in the target; 0 if it is not there.</summary>
    TypeIdTarget = 7,

    /// <summary>1 if the target has a type of that name and kind, else 0.</summary>
    TypeExists = 8,

    /// <summary>The type's size in bytes in the target; 0 if it is not there.</summary>
    TypeSize = 9,

    /// <summary>1 if the target's enumeration has the value, else 0.</summary>
    EnumValueExists = 10,

    /// <summary>The target's number for an enumerator.</summary>
    EnumValue = 11,

    /// <summary>1 if the target's type has all that the local type has, else 0.</summary>
    TypeMatches = 12,
}
