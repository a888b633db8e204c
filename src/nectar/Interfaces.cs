// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Linux.Network;

namespace Nectar.Cli;

/// <summary>Network interfaces in listings.</summary>
internal static class Interfaces
{
    /// <summary>The name of an interface of this network namespace; its number if there is none.</summary>
    internal static string NameOf(uint index) => NetworkInterfaces.NameOf((int)index) ?? string.Create(CultureInfo.InvariantCulture, $"ifindex {index}");
}
