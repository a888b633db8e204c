// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Elf;
using Nectar.Tests.Support;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Lookup;
using Nectar.TraceTests.Command;

namespace Nectar.TraceTests.Runtime;

/// <summary>Addresses of processes that are gone.</summary>
public sealed class HookSymbolsTests
{
    [ToolTheory("gcc")]
    [InlineData("-pie", 0x5555_5555_4000ul)]
    [InlineData("-no-pie", 0ul)]
    public void Find_KnowsWhereTheFileWasLoaded(string options, ulong loadedAt)
    {
        string path = NativeProgram.Build(options);
        ElfSymbols symbols = ElfSymbols.Load(path);
        ElfSymbol mark = symbols.Find("mark")[0], main = symbols.Find("main")[0];
        ProbeTarget target = new(ProbeKind.Uprobe) { Name = "uprobe:program:mark", Path = path, Function = "mark", FileOffset = mark.FileOffset };
        HookSymbols hooks = new([new PlannedProbe("p", ProbeKind.Uprobe, [target], [])], ["something", target.Name]);
        ulong hook = mark.Address + loadedAt;

        Assert.Equal((path, main.Address + 4), hooks.Find(1, hook, main.Address + loadedAt + 4));
        Assert.Null(hooks.Find(0, hook, main.Address + loadedAt)); // no hook of this name
        Assert.Null(hooks.Find(1, hook, 0x7fff_0000_0000)); // in another file
        if (loadedAt != 0) Assert.Null(hooks.Find(1, hook + 5, main.Address + loadedAt)); // not where the hook is
    }
}
