// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bench;

/// <summary>The benchmarks: one verb each. <c>bench/run</c> runs them all beside the peers.</summary>
internal static class Program
{
    /// <summary>Name, what it measures, and the code; add a line to add a benchmark.</summary>
    private static readonly (string Name, string About, Func<string[], int> Run)[] s_verbs =
    [
        ("clock", "cost of one reading of the thread's processor clock, the floor of all short measurements", ClockBench.Run),
        ("jit", "machine code of both regimes against gcc -O2 and uBPF (--quick, names of programs)", JitBench.Run),
        ("interpreter", "the interpreter, ns an instruction, against uBPF's", JitBench.RunInterpreter),
        ("compile", "time to compile small and large programs", JitBench.RunCompile),
        ("maps", "operations on maps, ns each", MapBench.Run),
        ("kernel-maps", "operations on maps of the kernel beside libbpf ([PEER [TURNS]]; peer: bench/peers/maps.c)", KernelMapBench.Run),
        ("events", "ring and perf buffers of the kernel beside libbpf ([PEER from peers/events.c] [ring or perf])", EventBench.Run),
        ("capture", "a two-instruction program over a capture of a million packets ([FILE] to write it to)", CaptureBench.Run),
        ("btf", "parse types and print them as C ([FILE], default: the running kernel's)", FileBench.RunBtf),
        ("object", "read a BPF object (FILE)", FileBench.RunObject),
        ("symbols", "kallsyms, symbol tables, DWARF, addresses of processes, demangling ([FILE...] further ELF files)", SymbolBench.Run),
        ("uprobes", "a thousand uprobes through one link and fifty by themselves, attach and detach (FOLDER for the peer's files)", UprobeBench.Run),
        ("trace-compile", "a script from text to object, by stage (SCRIPT [RUNS [passes]])", TraceCompileBench.Run),
        ("bars", "the table of bars from collected figures (FIGURES, TESTS, OUT)", BarsReport.Run),
    ];

    private static int Main(string[] arguments)
    {
        foreach ((string name, _, Func<string[], int> run) in s_verbs)
        {
            if (arguments.Length > 0 && arguments[0] == name) return run(arguments[1..]);
        }

        Console.Error.WriteLine("usage: Nectar.Bench VERB [ARGUMENT...]");
        foreach ((string name, string about, _) in s_verbs) Console.Error.WriteLine($"  {name,-10} {about}");
        return 2;
    }
}
