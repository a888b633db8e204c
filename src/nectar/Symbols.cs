// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Inspection;

namespace Nectar.Cli;

/// <summary>Addresses of the kernel as text.</summary>
internal static class Symbols
{
    /// <summary>The function at an address, with the distance to its begin; empty where unknown.</summary>
    internal static string Of(ulong address) => FunctionAddresses.Current.Around(address) is { } found
        ? found.Offset == 0 ? found.Name : FormattableString.Invariant($"{found.Name}+0x{found.Offset:x}")
        : "";
}
