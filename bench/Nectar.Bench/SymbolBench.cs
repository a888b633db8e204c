// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Dwarf;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Kernel;
using Nectar.Linux.Symbols.Libraries;
using Nectar.Linux.Symbols.Names;
using Nectar.Linux.Symbols.Processes;
using Nectar.Linux.Symbols.Stacks;

namespace Nectar.Bench;

/// <summary>Symbols: loading, memory, look-ups.</summary>
internal static class SymbolBench
{
    /// <summary>Arguments: further ELF files to load.</summary>
    internal static int Run(string[] arguments)
    {
        Kernel();
        foreach (string file in (string[])[LibraryResolver.Resolve("c"), LibraryResolver.Resolve("stdc++"), .. arguments]) Elf(file);
        Process();
        Demangle();
        return 0;
    }

    private static void Kernel()
    {
        // the kernel writes the text line by line: this is the floor of any reader
        byte[] buffer = new byte[1 << 16];
        Measured text = Measure.Run(n => { for (long i = 0; i < n; i++) { using FileStream file = new("/proc/kallsyms", FileMode.Open, FileAccess.Read, FileShare.Read, 0); while (file.Read(buffer) > 0) { } } }, 100, 5);
        Figures.Print("symbols/kallsyms/read-text", text.Nanoseconds / 1e6, "ms");
        KernelSymbols symbols = new();
        Measured load = Measure.Run(n => { for (long i = 0; i < n; i++) symbols.Refresh(); }, 100, 5);
        Figures.Print("symbols/kallsyms/load", load.Nanoseconds / 1e6, "ms");
        Figures.Print("symbols/kallsyms/count", symbols.Count, "symbols");
        Figures.Print("symbols/kallsyms/memory", symbols.Bytes / 1048576.0, "MiB");
        ulong address = symbols.FindFunction("vfs_read").Address;
        Figures.Print("symbols/kallsyms/memory-with-names", symbols.Bytes / 1048576.0, "MiB");
        Figures.Print("symbols/kallsyms/by-name", Measure.Run(n => { for (long i = 0; i < n; i++) symbols.Find("vfs_read"); }).Nanoseconds, "ns");
        Figures.Print("symbols/kallsyms/by-address", Measure.Run(n => { for (long i = 0; i < n; i++) symbols.TryFind(address + ((ulong)i & 15), out _, out _); }).Nanoseconds, "ns");
        Figures.Print("symbols/kallsyms/nearest", Measure.Run(n => { for (long i = 0; i < n; i++) symbols.Nearest("vfs_raed"); }, 50, 3).Nanoseconds / 1e6, "ms");
    }

    private static void Elf(string path)
    {
        string name = Path.GetFileName(path);
        ElfSymbols symbols = ElfSymbols.Load(path);
        Measured load = Measure.Run(n => { for (long i = 0; i < n; i++) ElfSymbols.Load(path); }, 50, 7);
        Figures.Print($"symbols/{name}/load", load.Nanoseconds / 1e6, "ms");
        Figures.Print($"symbols/{name}/count", symbols.Count, "symbols");
        Figures.Print($"symbols/{name}/memory", symbols.Bytes / 1048576.0, "MiB");
        string wanted = Enumerable.Range(0, symbols.Count).Select(i => symbols[i].Name).First(text => symbols.Find(text).Count == 1);
        Figures.Print($"symbols/{name}/by-name", Measure.Run(n => { for (long i = 0; i < n; i++) symbols.Find(wanted); }).Nanoseconds, "ns");
        if (!DwarfInfo.TryLoad(path, out DwarfInfo? info, out _)) return;
        Measured index = Measure.Run(n => { for (long i = 0; i < n; i++) if (DwarfInfo.TryLoad(path, out DwarfInfo? again, out _)) _ = again.FunctionCount; }, 50, 3);
        Figures.Print($"symbols/{name}/dwarf-load-and-index", index.Nanoseconds / 1e6, "ms");
        int functions = info.FunctionCount;
        Figures.Print($"symbols/{name}/dwarf-functions", functions, "functions");
        Figures.Print($"symbols/{name}/dwarf-memory", info.Bytes / 1048576.0, "MiB");
    }

    private static void Process()
    {
        ProcessSymbolizer symbolizer = new();
        int self = Environment.ProcessId;
        MappedRegion[] code = [.. ProcessMaps.Read(self).Regions.Where(region => region.IsFile && region.IsExecutable)];
        Random random = new(1);
        ulong[] addresses = [.. Enumerable.Range(0, 1024).Select(_ => code[random.Next(code.Length)]).Select(region => region.Start + (ulong)random.NextInt64((long)(region.End - region.Start)))];
        foreach (ulong address in addresses) symbolizer.Symbolize(self, address);
        Measured one = Measure.Run(n => { for (long i = 0; i < n; i++) symbolizer.Symbolize(self, addresses[i & 1023]); });
        Figures.Print("symbols/process/address", one.Nanoseconds, "ns");
        Figures.Print("symbols/process/memory", symbolizer.ModuleCache.Bytes / 1048576.0, "MiB");
        StackSymbolizer stacks = new(processes: symbolizer);
        ulong[] stack = addresses[..20];
        Measured text = Measure.Run(n => { for (long i = 0; i < n; i++) stacks.FormatUser(self, stack); });
        Figures.Print("symbols/process/stack-of-20-as-text", text.Nanoseconds / 1000, "us");
        Measured maps = Measure.Run(n => { for (long i = 0; i < n; i++) ProcessMaps.Read(self); });
        Figures.Print("symbols/process/maps", maps.Nanoseconds / 1000, "us");
    }

    private static void Demangle()
    {
        ElfSymbols library = ElfSymbols.Load(LibraryResolver.Resolve("stdc++"));
        string[] names = [.. Enumerable.Range(0, library.Count).Select(i => library[i].Name).Where(name => name.StartsWith("_Z", StringComparison.Ordinal)).Take(4096)];
        Measured all = Measure.Run(n => { for (long i = 0; i < n; i++) foreach (string name in names) Demangler.Demangle(name); }, 50, 5);
        Figures.Print("symbols/demangle", all.Nanoseconds / names.Length, "ns/name");
    }
}
