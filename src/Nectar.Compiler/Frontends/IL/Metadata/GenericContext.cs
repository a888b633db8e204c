// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>What the generic parameters stand for while IL and signatures of one member are read.</summary>
/// <param name="TypeArguments">Arguments of the declaring type.</param>
/// <param name="MethodArguments">Arguments of the method.</param>
internal readonly record struct GenericContext(TypeModel[] TypeArguments, TypeModel[] MethodArguments)
{
    /// <summary>Nothing is known: parameters stay parameters.</summary>
    public static readonly GenericContext Open = new([], []);
}

/// <summary>Lists of types as keys: equal if all types are the same.</summary>
internal readonly struct TypeList(TypeModel[] types) : IEquatable<TypeList>
{
    private readonly TypeModel[] _types = types;

    public bool Equals(TypeList other) => _types.AsSpan().SequenceEqual(other._types);

    public override bool Equals(object? obj) => obj is TypeList other && Equals(other);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (TypeModel type in _types) hash.Add(type.Id);
        return hash.ToHashCode();
    }
}
