// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Kernel;

namespace Nectar.Cli;

/// <summary>Addresses of the kernel as text.</summary>
internal static class Symbols
{
    /// <summary>The function at an address, with the distance to its begin; empty where unknown.</summary>
    internal static string Of(ulong address) => KernelSymbols.Shared.TryFind(address, out KernelSymbol symbol, out ulong offset)
        ? offset == 0 ? symbol.ToString() : FormattableString.Invariant($"{symbol}+0x{offset:x}")
        : "";

    /// <summary>The function that begins at an address; null if none does.</summary>
    internal static string? At(ulong address) => KernelSymbols.Shared.TryFind(address, out KernelSymbol symbol, out ulong offset) && offset == 0 ? symbol.Name : null;
}
