// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;

namespace Nectar.Bench;

/// <summary>Machine code against gcc and uBPF, in alternating rounds: ns a run, and ratios.</summary>
internal static unsafe class JitBench
{
    internal static int Run(string[] arguments)
    {
        using JitPrograms programs = new();
        if (!programs.HasUbpf) Console.WriteLine("peer uBPF not given: set UBPF to a folder with include/ and libubpf.a");
        int rounds = arguments.Contains("--quick") ? 5 : 15;
        string[] chosen = [.. arguments.Where(a => !a.StartsWith('-'))];
        List<double> trusted = [], isChecked = [], verified = [], ubpf = [];
        Console.WriteLine($"{"program",-14}{"gcc -O2",10}{"trusted",10}{"checked",10}{"verified",10}{"uBPF",10}{"trusted/gcc",13}{"checked/trusted",16}{"verified/trusted",17}{"trusted/uBPF",13}");
        foreach (string name in programs.Names)
        {
            if (chosen.Length > 0 && !chosen.Contains(name)) continue;
            Measured[] m = One(programs, name, rounds);
            bool counts = name != "empty"; // the floor: a call and nothing else
            double u = m.Length > 4 ? m[4].Nanoseconds : double.NaN;
            if (counts)
            {
                trusted.Add(m[1].Nanoseconds / m[0].Nanoseconds);
                isChecked.Add(m[2].Nanoseconds / m[1].Nanoseconds);
                verified.Add(m[3].Nanoseconds / m[1].Nanoseconds);
                ubpf.Add(m[1].Nanoseconds / u);
            }

            Console.WriteLine($"{name,-14}{m[0].Nanoseconds,10:0.0}{m[1].Nanoseconds,10:0.0}{m[2].Nanoseconds,10:0.0}{m[3].Nanoseconds,10:0.0}{u,10:0.0}{m[1].Nanoseconds / m[0].Nanoseconds,13:0.00}{m[2].Nanoseconds / m[1].Nanoseconds,16:0.00}{m[3].Nanoseconds / m[1].Nanoseconds,17:0.00}{m[1].Nanoseconds / u,13:0.00}");
            Figures.Print($"jit/{name}/gcc", m[0].Nanoseconds, "ns");
            Figures.Print($"jit/{name}/trusted", m[1].Nanoseconds, "ns");
            Figures.Print($"jit/{name}/checked", m[2].Nanoseconds, "ns");
            Figures.Print($"jit/{name}/verified", m[3].Nanoseconds, "ns");
            if (m.Length > 4) Figures.Print($"jit/{name}/ubpf", u, "ns");
        }

        Figures.Print("jit/geomean/trusted-over-gcc", Measure.GeometricMean(trusted), "x");
        Figures.Print("jit/geomean/checked-over-trusted", Measure.GeometricMean(isChecked), "x");
        Figures.Print("jit/geomean/verified-over-trusted", Measure.GeometricMean(verified), "x");
        if (programs.HasUbpf)
        {
            Figures.Print("jit/geomean/trusted-over-ubpf", Measure.GeometricMean(ubpf), "x");
            Figures.Print("jit/worst/trusted-over-ubpf", ubpf.Max(), "x");
        }

        return 0;
    }

    /// <summary>The interpreter: ns an instruction over the arithmetic programs, beside uBPF's.</summary>
    internal static int RunInterpreter(string[] arguments)
    {
        // Executed instructions of our form of each program, counted with the packet of this benchmark.
        (string Name, double Count)[] programs = [("alu64", 15_050_000), ("csum1500", 2648), ("xorcopy1500", 1688), ("siphash64", 905), ("classify1500", 25_343), ("http_match", 20_370)];
        using JitPrograms all = new();
        foreach ((string name, double count) in programs)
        {
            PreparedProgram prepared = all.Prepare(name);
            using ExecutableProgram ours = InterpreterEngine.Instance.Compile(prepared, new EngineSettings(true));
            List<Action<long>> works = [Work(all, ours)];
            if (all.Ubpf(name, out _, out nint machine) != null)
            {
                var interpret = all.UbpfInterpreter();
                ulong size = (ulong)all.PacketSize;
                byte* packet = all.Packet;
                works.Add(n => { for (long i = 0; i < n; i++) interpret(machine, packet, size); });
            }

            Measured[] m = Measure.RunAlternating(works, roundMs: name == "alu64" ? 120 : 20);
            Figures.Print($"interpreter/{name}", m[0].Nanoseconds / count, "ns/instruction");
            if (m.Length > 1) Figures.Print($"interpreter/{name}/ubpf", m[1].Nanoseconds / count, "ns/instruction");
        }

        return 0;
    }

    /// <summary>Time to compile: a small filter, and programs of up to a million instructions.</summary>
    internal static int RunCompile(string[] arguments)
    {
        using JitPrograms programs = new();
        PreparedProgram small = programs.Prepare("parse_tcp");
        foreach (bool isChecked in (ReadOnlySpan<bool>)[false, true])
        {
            EngineSettings settings = new(isChecked);
            Measured m = Measure.Run(n => { for (long i = 0; i < n; i++) JitEngine.Instance.Compile(small, settings).Dispose(); }, 40, 7);
            Figures.Print($"compile/{small.Instructions.Length}-instructions/{(isChecked ? "checked" : "trusted")}", m.Nanoseconds / 1000, "us");
        }

        programs.Ubpf("parse_tcp", out double first, out _);
        programs.Ubpf("parse_tcp", out double second, out _);
        if (programs.HasUbpf) Figures.Print("compile/parse_tcp/ubpf", Math.Min(first, second) / 1000, "us");
        foreach (int count in (ReadOnlySpan<int>)[1000, 10_000, 100_000, 1_000_000])
        {
            PreparedProgram large = Large(count);
            EngineSettings settings = new(true);
            Measured m = Measure.Run(n => { for (long i = 0; i < n; i++) JitEngine.Instance.Compile(large, settings).Dispose(); }, count > 100_000 ? 1 : 100, 5);
            Figures.Print($"compile/{count}-instructions/total", m.Nanoseconds / 1e6, "ms");
            Figures.Print($"compile/{count}-instructions/each", m.Nanoseconds / 1000 / large.Instructions.Length, "us");
        }

        return 0;
    }

    /// <summary>A mixture of arithmetic, branches, loads and stores, repeated to a length.</summary>
    private static PreparedProgram Large(int count)
    {
        const string Block = """
            r3 = r2
            r3 += 8
            if r3 > r1 goto +6
            r4 = *(u32 *)(r2 + 4)
            w4 &= 255
            r5 = r4
            r5 <<= 3
            r0 += r5
            *(u64 *)(r10 - 8) = r0
            r0 ^= 12345
            """;
        Instruction[] block = Assembler.AssembleInstructions(Block + "\nexit");
        List<Instruction> code = [.. Assembler.AssembleInstructions("r0 = 0\nr2 = *(u32 *)(r1 + 0)\nr1 = *(u32 *)(r1 + 4)\nexit")[..3]];
        while (code.Count < count - 1) code.AddRange(block[..^1]);
        code.Add(block[^1]);
        Instruction[] all = [.. code];
        FunctionDefinition entry = new() { Name = "main", Section = "xdp", Instructions = all };
        LinkedProgram linked = new()
        {
            Definition = new ProgramDefinition { Name = "main", Section = "xdp", Type = ProgramType.Xdp, Entry = entry },
            Instructions = all,
            Functions = [new LinkedFunction("main", 0, all.Length, entry)],
            Lines = [],
            Externs = [],
            CoreRelocations = [],
        };
        return ProgramPreparer.Prepare(linked);
    }

    private static Measured[] One(JitPrograms programs, string name, int rounds)
    {
        PreparedProgram prepared = programs.Prepare(name);
        using ExecutableProgram trusted = JitEngine.Instance.Compile(prepared, new EngineSettings(false));
        using ExecutableProgram tested = JitEngine.Instance.Compile(prepared, new EngineSettings(true));
        PreparedProgram proved = programs.Prepare(name, verified: true);
        using ExecutableProgram verified = JitEngine.Instance.Compile(proved, new EngineSettings(Array.IndexOf(proved.Access, AccessKind.Unknown) >= 0, !proved.EndsSoon));
        var native = programs.Native(name);
        var ubpf = programs.Ubpf(name, out _, out _);
        byte* packet = programs.Packet;
        ulong size = (ulong)programs.PacketSize;
        VmState* state = programs.Session.State;
        state->Fuel = long.MaxValue / 2;
        ulong expected = native(packet, size);
        ulong a = (uint)trusted.Run(state, programs.Context, 0), b = (uint)tested.Run(state, programs.Context, 0), c = (uint)verified.Run(state, programs.Context, 0);
        if (a != expected || b != expected || c != expected) throw new InvalidOperationException($"{name}: gcc {expected:x}, trusted {a:x}, checked {b:x}, verified {c:x}, fault {state->Fault} at {state->FaultInstruction}");
        List<Action<long>> works =
        [
            n => { for (long i = 0; i < n; i++) native(packet, size); },
            Work(programs, trusted),
            Work(programs, tested),
            Work(programs, verified),
        ];
        if (ubpf != null) works.Add(n => { for (long i = 0; i < n; i++) ubpf(packet, size); });
        return Measure.RunAlternating(works, roundMs: name == "alu64" ? 20 : 10, rounds: rounds);
    }

    private static Action<long> Work(JitPrograms programs, ExecutableProgram program)
    {
        VmState* state = programs.Session.State;
        ulong context = programs.Context;
        return n =>
        {
            for (long i = 0; i < n; i++)
            {
                state->Fuel = long.MaxValue / 2;
                program.Run(state, context, 0);
            }
        };
    }
}
