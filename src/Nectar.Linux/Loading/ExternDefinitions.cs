// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Loading;

/// <summary>Names that objects and hosts agree on.</summary>
internal static class ExternDefinitions
{
    /// <summary>The map that holds configuration values.</summary>
    internal const string KconfigMap = ".kconfig";
}
