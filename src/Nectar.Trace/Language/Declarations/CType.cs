// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Declarations;

/// <summary>A type as C declares it.</summary>
internal abstract record CType;

/// <summary>By name: an integer of C, a typedef, <c>struct x</c>; perhaps of the kernel.</summary>
internal sealed record CNamed(string Name) : CType;

internal sealed record CPointer(CType To) : CType;

internal sealed record CArray(CType Of, int Count) : CType;

internal sealed record CFunction : CType;

/// <summary>A struct or union with its body.</summary>
internal sealed record CAggregate(string Name, bool IsUnion, List<CMember> Members) : CType
{
    public bool IsPacked { get; set; }

    /// <summary>Of <c>aligned(n)</c>; 0 without.</summary>
    public int Alignment { get; set; }

    public bool Equals(CAggregate? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>An enum with its body.</summary>
internal sealed record CEnum(string Name, List<KeyValuePair<string, long>> Values) : CType;

/// <param name="Name">Empty for anonymous members.</param>
/// <param name="Type">Its type.</param>
/// <param name="Bits">Width of a bit-field; -1 otherwise.</param>
internal sealed record CMember(string Name, CType Type, int Bits = -1)
{
    /// <summary>Of <c>aligned(n)</c>; 0 without.</summary>
    public int Alignment { get; init; }

    public bool IsPacked { get; init; }
}
