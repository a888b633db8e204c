// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using Nectar.Bpf.Objects;
using Nectar.Linux.Loading;

// One cold load in this process, as a tool does it when it starts: what bench/peers/load.c does with libbpf.
//   load FILE      opens, loads, attaches, closes; prints the CPU time of each step in milliseconds
//   load FILE N    the same N times; prints the last
//   btf            reads the kernel's types; prints CPU time and resident memory that they took
string mode = args.Length > 0 ? args[0] : "";
if (mode == "btf")
{
    long memory = Resident();
    double start = Cpu();
    int count = KernelBtf.Running.Vmlinux.Count;
    Print("btf", Cpu() - start);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"resident {(Resident() - memory) / 1024.0:F0} KiB, {count} types"));
    return 0;
}

if (mode != "load" || args.Length is not (2 or 3)) return 2;
for (int left = args.Length == 3 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1; left > 0; left--)
{
    double began = Cpu();
    BpfObject source = ObjectReader.Read(File.ReadAllBytes(args[1]), Path.GetFileName(args[1]).Split('.')[0]);
    double opened = Cpu();
    using KernelObject loaded = KernelObject.Load(source);
    double ready = Cpu();
    loaded.AttachAll();
    double done = Cpu();
    if (left > 1) continue;
    Print("open", opened - began);
    Print("load", ready - opened);
    Print("attach", done - ready);
    Print("total", done - began);
}

return 0;

static void Print(string step, double ms) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step} {ms:F3}"));

static double Cpu() => Process.GetCurrentProcess().TotalProcessorTime.TotalMilliseconds;

static long Resident() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
