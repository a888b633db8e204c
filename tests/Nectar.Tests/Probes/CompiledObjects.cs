// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Nectar.Bpf.Objects;
using Nectar.Compiler;
using Nectar.Probes;

namespace Nectar.Tests.Probes;

/// <summary>Compiles the probes of this assembly when a test asks for their objects.</summary>
internal static class CompiledObjects
{
    private static readonly ConcurrentDictionary<Type, BpfObject> s_objects = new();

    [ModuleInitializer]
    internal static void Register() => ProbeObjects.Source = type => s_objects.GetOrAdd(type, static t => ProbeCompiler.Compile(t.Assembly.Location, t.FullName!).Object!);
}
