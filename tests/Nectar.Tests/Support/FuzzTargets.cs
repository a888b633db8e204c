// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Classic;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Capture.Pcap;

namespace Nectar.Tests.Support;

/// <summary>What is fuzzed beside object files: the inputs that are mutated, and what must only ever report.</summary>
internal static class FuzzTargets
{
    public static readonly string[] Names = ["pcap", "asm", "classic", "program"];

    /// <summary>The real inputs of a target.</summary>
    public static List<byte[]> Seeds(string target) => target switch
    {
        "pcap" => [.. Captures()],
        "asm" => [.. Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.bpfasm").Order(StringComparer.Ordinal).Select(File.ReadAllBytes), .. Texts(s_assembly)],
        "classic" => [.. Texts(s_classic)],
        _ => [.. Enumerable.Range(1, 40).Select(seed => MemoryMarshal.AsBytes<Instruction>(new ProgramGenerator(seed).AnyProgram(12 + seed)).ToArray()),
            .. Texts("r0 = 0\nr1 = 10\nr0 += r1\nr1 += -1\nif r1 != 0 goto -3\nexit").Select(text => MemoryMarshal.AsBytes<Instruction>(Assembler.AssembleInstructions(Encoding.UTF8.GetString(text))).ToArray()),
            .. Texts("r2 = *(u32 *)(r1 + 4)\nr1 = *(u32 *)(r1 + 0)\nr3 = r1\nr3 += 8\nif r3 > r2 goto +2\nr0 = *(u64 *)(r1 + 0)\nexit\nr0 = 1\nexit").Select(text => MemoryMarshal.AsBytes<Instruction>(Assembler.AssembleInstructions(Encoding.UTF8.GetString(text))).ToArray())],
    };

    /// <summary>Reads or runs one input; true if it was accepted. Exceptions other than reports leave it.</summary>
    public static bool Try(string target, byte[] input) => target switch
    {
        "pcap" => ReadCapture(input),
        "asm" => Assembler.TryAssemble(Encoding.UTF8.GetString(input), "fuzz.bpfasm", new DiagnosticBag(), out _),
        "classic" => ReadClassic(input),
        _ => RunProgram(input),
    };

    private static readonly string[] s_assembly =
    [
        ".license \"GPL\"\n.struct pair { u32 a; u8 b[4]; }\n.map m type=hash key=pair value=u64 max=10 flags=no_prealloc\n.map o type=array_of_maps key=4 value=4 max=2 inner=m slots=0:m\n"
            + ".extern CONFIG_HZ kconfig size=4 weak\n.rodata\nv: .quad 1\n.bss\nz: .zero 8\n.program p type=xdp\nr1 = v ll\nr2 = m ll\ncall f\nexit\n.function f\nlock *(u64 *)(r10 - 8) += r1\nr0 = 0\nexit\n",
        "ldxw %r0, [%r1+4]\nlddw %r1, 0x123456789\nja out\nmovsx864 %r1, %r2\nlock fetch add [%r1], %r2\nout: exit\n",
    ];

    private static readonly string[] s_classic =
    [
        "(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 5\n(002) ldb      [23]\n(003) jeq      #0x6             jt 4\tjf 5\n(004) ret      #262144\n(005) ret      #0\n",
        "4\n40 0 0 12\n21 0 1 2048\n6 0 0 65535\n6 0 0 0\n",
        "{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000800 },\n{ 0x6, 0, 0, 0x00040000 },\n{ 0x6, 0, 0, 0x00000000 },\n",
        "ldh [12]\njne #0x806, drop\nret #-1\ndrop: ret #0\n",
    ];

    private static IEnumerable<byte[]> Texts(params string[] texts) => texts.Select(Encoding.UTF8.GetBytes);

    /// <summary>The sample, and small captures of the shared data where that is here.</summary>
    private static IEnumerable<byte[]> Captures()
    {
        yield return File.ReadAllBytes(Path.Combine(Repository.Root, "samples", "http.pcap"));
        if (TestEnvironment.SharedPath("captures") is not { } shared) yield break;
        IEnumerable<string> files = Directory.EnumerateFiles(shared, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".pcap" or ".pcapng" && new FileInfo(file).Length is > 0 and < 65536).Order(StringComparer.Ordinal);
        foreach (string file in files.Take(40)) yield return File.ReadAllBytes(file);
    }

    private static bool ReadCapture(byte[] input)
    {
        try
        {
            using CaptureReader reader = CaptureReader.Open(new MemoryStream(input));
            while (reader.TryRead(out _)) { }
            return true;
        }
        catch (NectarException)
        {
            return false;
        }
    }

    private static bool ReadClassic(byte[] input)
    {
        if (ClassicText.TryParse(Encoding.UTF8.GetString(input), "fuzz", new DiagnosticBag()) is not { } code) return false;
        if (ClassicProgram.TryCreate(code, ClassicSemantics.Linux, new DiagnosticBag()) is not { } program) return false;
        ClassicInterpreter.Run(program, s_packet, (uint)s_packet.Length, default);
        return true;
    }

    private static readonly byte[] s_packet = [.. Enumerable.Range(0, 64).Select(i => (byte)((i * 7) + 3))];

    /// <summary>Both engines must refuse alike, or give the same value, packet and fault, where the instruction set says which.</summary>
    private static bool RunProgram(byte[] input)
    {
        Instruction[] code = [new Instruction(0xb7, 1, 0, 0, 0), .. MemoryMarshal.Cast<byte, Instruction>(input.AsSpan(0, input.Length & ~7)), new Instruction(0xb7, 0, 0, 0, 0), new Instruction(0x95, 0, 0, 0, 0)];
        string interpreted = Outcome(code, VmEngine.Interpreter, out bool accepted), compiled = Outcome(code, VmEngine.Jit, out _);
        return interpreted == compiled || !IsDetermined(code) ? accepted : throw new InvalidOperationException($"interpreter: {interpreted}; JIT: {compiled}");
    }

    /// <summary>
    /// False for what may differ by right: registers that a call or a packet load leaves undefined, and addresses that the
    /// program calculates with (r1 is cleared at the start, so that only r10 holds one).
    /// </summary>
    private static bool IsDetermined(Instruction[] code)
    {
        for (int i = 0; i < code.Length; i++)
        {
            Instruction instruction = code[i];
            if (instruction.IsWide && instruction.Source == 0 && i + 1 < code.Length) { i++; continue; }
            bool isStore = (instruction.Opcode & 7) is 2 or 3, isLoad = (instruction.Opcode & 7) == 1;
            if ((instruction.Opcode & 7) == 0 || instruction.Opcode is 0x85 or 0x8d) return false;
            if (instruction.Source == 10 && !isLoad) return false;
            if (instruction.Destination == 10 && !isStore) return false;
        }

        return true;
    }

    private static string Outcome(Instruction[] code, VmEngine engine, out bool accepted)
    {
        FunctionDefinition entry = new() { Name = "main", Section = "xdp", Instructions = code, Linkage = FunctionLinkage.Global };
        BpfObject @object = new() { License = "GPL" };
        @object.Functions.Add(entry);
        @object.Programs.Add(new ProgramDefinition { Name = "main", Section = "xdp", Type = ProgramType.Xdp, Entry = entry });
        accepted = false;
        try
        {
            using VmObject loaded = VmObject.Load(@object, new VmOptions { Engine = engine, Regime = VmRegime.Checked, FuelLimit = 2000, RandomSeed = 1, CpuCount = 1, Clock = static () => 1 });
            accepted = true;
            RunResult result = loaded.Programs[0].Run(s_packet);
            // fuel is counted by blocks in machine code: where it ends may differ by a few instructions, what was written with it
            if (result.Fault is { Kind: FaultKind.Fuel or FaultKind.Deadline }) return "out of fuel";
            string fault = result.Fault is { } f ? $"{f.Kind} at {f.Instruction}" : $"0x{result.Value:x}";
            return $"{fault} packet {Convert.ToHexString(result.Packet)}";
        }
        catch (NectarException problem)
        {
            return "refused: " + problem.Diagnostics[0].Code;
        }
    }
}
