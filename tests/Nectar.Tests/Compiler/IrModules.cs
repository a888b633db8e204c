// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;

namespace Nectar.Tests.Compiler;

/// <summary>The module that IR in tests belongs to: it has the maps and variables that the texts name.</summary>
internal static class IrModules
{
    internal static IrModule New(CompilationTarget? target = null)
    {
        IrModule module = new() { Name = "test", Target = target ?? new CompilationTarget() };
        module.Maps.Add(new MapSymbol(new MapDefinition { Name = "counts", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 64 }));
        module.Maps.Add(new MapSymbol(new MapDefinition { Name = "events", Type = MapType.RingBuf, MaxEntries = 4096 }));
        module.Globals.Add(new GlobalSymbol { Name = "limit", Section = ".rodata", Bytes = [64, 0, 0, 0, 0, 0, 0, 0] });
        module.Globals.Add(new GlobalSymbol { Name = "total", Section = ".bss", Bytes = new byte[8] });
        return module;
    }
}
