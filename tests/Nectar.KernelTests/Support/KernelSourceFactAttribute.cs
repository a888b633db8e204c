// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Xunit;

namespace Nectar.KernelTests.Support;

/// <summary>A test that reads the kernel's own tests from a source package (linux-source-*); skipped where none is installed.</summary>
public sealed class KernelSourceFactAttribute : FactAttribute
{
    public KernelSourceFactAttribute() => Skip = Archives().Length > 0 ? null : "no package linux-source-6.12 or linux-source-6.1 is installed";

    internal static string[] Archives() => Directory.Exists("/usr/src") ? [.. Directory.GetFiles("/usr/src", "linux-source-*.tar.xz").Order(StringComparer.Ordinal)] : [];
}
