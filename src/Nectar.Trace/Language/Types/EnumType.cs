// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

/// <summary>An enum's name and enumerators.</summary>
internal sealed record EnumType(string Name, IReadOnlyDictionary<long, string> Names)
{
    public bool Equals(EnumType? other) => other is not null && Name == other.Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
