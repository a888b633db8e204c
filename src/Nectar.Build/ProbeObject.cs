// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Objects;
using Nectar.Compiler;

namespace Nectar.Build;

/// <summary>What one probe class became.</summary>
/// <param name="Class">The class, without its namespace.</param>
/// <param name="Object">Its programs, maps and types.</param>
/// <param name="Programs">What the programs cost.</param>
public sealed record ProbeObject(string Class, BpfObject Object, ImmutableArray<ProgramStatistics> Programs)
{
    /// <summary>The file beside an app in which the library looks for it: <c>Assembly.bpf.o</c>, or <c>Class.bpf.o</c> where the assembly has several probes.</summary>
    public static string FileName(string assembly, string className, bool isOnly) => $"{(isOnly ? assembly : className)}.bpf.o";
}
