// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Names.Itanium;
using Nectar.Linux.Symbols.Names.Rust;

namespace Nectar.Linux.Symbols.Names;

/// <summary>Turns names as linkers know them into names as people write them: C++ (Itanium ABI) and Rust (both manglings). Never throws on a name.</summary>
public static class Demangler
{
    /// <summary>Longer names are left alone; compilers shorten theirs before that.</summary>
    private const int MaxLength = 16384;

    /// <summary>The readable name; the name itself if it is not mangled or not understood.</summary>
    public static string Demangle(string name) => TryDemangle(name) ?? name;

    /// <summary>The readable name; null if the name is not mangled or not understood.</summary>
    public static string? TryDemangle(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is < 3 or > MaxLength || name[0] != '_') return null;
        return RustDemangler.TryDemangle(name) ?? ItaniumDemangler.TryDemangle(name);
    }
}
