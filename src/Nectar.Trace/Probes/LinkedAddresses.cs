// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Elf;

namespace Nectar.Trace.Probes;

/// <summary>Where hooks are in the files that they are in.</summary>
internal static class LinkedAddresses
{
    /// <summary>The address that the hook's place is linked to; null if it is not known.</summary>
    /// <param name="target">A uprobe or USDT.</param>
    /// <param name="image">Its file.</param>
    /// <param name="symbols">The file's symbols; null to read them if that is needed.</param>
    public static ulong? LinkedAddress(this ProbeTarget target, ElfImage image, ElfSymbols? symbols = null)
    {
        if (target.FileOffset is { } offset && image.TryAddress(offset, out ulong address)) return address;
        if (target.Address is { } given) return given;
        if (target.Notes is [{ } note]) return note.Address;
        return (symbols ?? ElfSymbols.Load(target.Path)).Find(target.Function) is [var function, ..] ? function.Address + target.Offset : null;
    }
}
