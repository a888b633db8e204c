// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Bench;

/// <summary>Reading objects and types, and printing types as C; files are read into memory before the clock starts, but for the figure that says so.</summary>
internal static class FileBench
{
    private const string KernelTypes = "/sys/kernel/btf/vmlinux";

    /// <summary>Argument: the file with raw BTF (default: the running kernel's).</summary>
    internal static int RunBtf(string[] arguments)
    {
        string path = arguments.Length > 0 ? arguments[0] : KernelTypes;
        byte[] bytes = File.ReadAllBytes(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        BtfTypes types = BtfTypes.Parse(bytes);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Console.WriteLine($"{bytes.Length} bytes of BTF");
        Measured parse = Measure.Run(n => { for (long i = 0; i < n; i++) BtfTypes.Parse(bytes); }, 20, 15);
        Figures.Print("btf/parse", parse.Nanoseconds / 1e6, "ms");
        Measured file = Measure.Run(n => { for (long i = 0; i < n; i++) BtfTypes.Parse(File.ReadAllBytes(path)); }, 20, 15);
        Figures.Print("btf/read-and-parse", file.Nanoseconds / 1e6, "ms");
        Figures.Print("btf/memory", (allocated + bytes.Length) / 1048576.0, "MiB");
        Measured print = Measure.Run(n => { for (long i = 0; i < n; i++) BtfCPrinter.PrintAll(types, Stream.Null); }, 100, 9);
        Figures.Print("btf/print", print.Nanoseconds / 1e6, "ms");
        return 0;
    }

    /// <summary>Argument: the object.</summary>
    internal static int RunObject(string[] arguments)
    {
        byte[] bytes = File.ReadAllBytes(arguments[0]);
        BpfObject read = ObjectReader.Read(bytes, "bench");
        Console.WriteLine($"{bytes.Length} bytes, {read.Functions.Count} functions");
        Measured m = Measure.Run(n => { for (long i = 0; i < n; i++) ObjectReader.Read(bytes, "bench"); }, 20, 15);
        Figures.Print("object/size", bytes.Length / 1048576.0, "MiB");
        Figures.Print("object/read", m.Nanoseconds / 1e6, "ms");
        return 0;
    }
}
