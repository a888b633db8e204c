// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Build.Sources;

/// <summary>An assembly that was given, or that was made of C# for this.</summary>
/// <param name="Assembly">Its path.</param>
/// <param name="Name">What it is called: the file's or project's name without its ending.</param>
/// <param name="Warnings">What the C# compiler had to say.</param>
/// <param name="Elapsed">The time that the C# compiler or the build engine took; zero if nothing had to be compiled.</param>
public sealed record CompiledProbes(string Assembly, string Name, ImmutableArray<Diagnostic> Warnings, TimeSpan Elapsed);
