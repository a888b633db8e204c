// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Build;

/// <summary>What can go wrong between a source and its object. docs/diagnostics/build.md explains each.</summary>
internal static class BuildCodes
{
    /// <summary>What the C# compiler says.</summary>
    internal static readonly DiagnosticCode CSharp = new(2301);

    /// <summary>There is no .NET SDK.</summary>
    internal static readonly DiagnosticCode NoSdk = new(2302);

    /// <summary>Nectar.Probes.dll is not beside the command.</summary>
    internal static readonly DiagnosticCode NoLibrary = new(2303);

    /// <summary>A project could not be built, for a reason that is not in its sources.</summary>
    internal static readonly DiagnosticCode Project = new(2304);

    /// <summary>The file is none that probes come in.</summary>
    internal static readonly DiagnosticCode NotProbes = new(2305);

    /// <summary>There are several probe classes where one is needed.</summary>
    internal static readonly DiagnosticCode SeveralProbes = new(2306);

    /// <summary>An option of the build has a value that is none.</summary>
    internal static readonly DiagnosticCode Option = new(2307);
}
