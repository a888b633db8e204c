// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using Nectar.Bpf.Btf;
using Nectar.Compiler;

namespace Nectar.CompilerTests.Support;

/// <summary>Probes as the compiler makes them.</summary>
internal static class Compiled
{
    private static readonly ConcurrentDictionary<string, byte[]> s_samples = new();

    /// <summary>The running kernel's types, which programs over kernel structs are verified against; null where they cannot be read.</summary>
    internal static BtfTypes? KernelTypes => File.Exists("/sys/kernel/btf/vmlinux") ? Nectar.Linux.Loading.KernelBtf.Running.Vmlinux : null;

    /// <summary>Compiles a probe class of a library.</summary>
    /// <exception cref="CompileException">It is refused.</exception>
    internal static BpfObject Object(string assembly, string probe, CompilerOptions? options = null) => ProbeCompiler.Compile(assembly, probe, options).Object!;

    /// <summary>A sample; each call gives an object of its own.</summary>
    internal static BpfObject Sample(string name) =>
        ObjectReader.Read(s_samples.GetOrAdd(name, static n => ObjectWriter.ToArray(Object(typeof(Samples.BlockHttp).Assembly.Location, "Samples." + n))), name);
}
