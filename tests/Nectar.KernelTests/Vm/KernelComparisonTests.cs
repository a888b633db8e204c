// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Tests.Support;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Vm;

/// <summary>The machine in this process gives what the kernel's BPF_PROG_TEST_RUN gives.</summary>
public sealed class KernelComparisonTests(ITestOutputHelper output)
{
    private const int GeneratedPrograms = 10_000;

    /// <summary>A verifier that cannot follow a generated program refuses it; more than this share would mean a bad generator.</summary>
    private const double MostRefused = 0.05;

    /// <summary>Programs that may differ for the one known fault of the kernel, see <see cref="IsKernelFault"/>.</summary>
    private const int MostKernelFaults = 10;

    [KernelFact("clang-19", Shared = "bench/vm/src")]
    public void BenchmarkPrograms_EveryEngine_SameAsKernel()
    {
        string sources = TestEnvironment.SharedPath("bench", "vm", "src")!;
        byte[] packet = Packet();
        KernelComparison comparison = new([.. Enumerable.Range(0, 1000).Select(FlowKey)]);
        List<string> problems = [];
        string[] files = [.. Directory.GetFiles(sources, "*.c").Order(StringComparer.Ordinal)];
        foreach (string file in files)
        {
            string name = Path.GetFileNameWithoutExtension(file);
            string compiled = Path.Combine(Path.GetTempPath(), $"nectar-{Environment.ProcessId}-{name}.o");
            (int exit, _, string error) = TestEnvironment.Run("clang-19", "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-fno-builtin", "-DT_XDP", "-c", file, "-o", compiled);
            Assert.True(exit == 0, error);
            BpfObject source = ObjectReader.Read(File.ReadAllBytes(compiled), name);
            File.Delete(compiled);
            if (comparison.Compare(source, packet, runs: 3) is { } difference) problems.Add($"{name}: {difference}");
            if (comparison.Refusal is { } refusal) problems.Add($"{name}: refused by the kernel: {refusal}");
            if (comparison.Disagreement is { } disagreement) problems.Add($"{name}: refused by our verifier: {disagreement}");
        }

        output.WriteLine($"{files.Length} programs of shared/bench/vm, three runs each: {files.Length - problems.Count} the same on {KernelComparison.Machines}");
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [KernelFact]
    public void GeneratedPrograms_EveryEngine_SameAsKernel()
    {
        byte[] packet = Packet();
        KernelComparison comparison = new();
        int same = 0, refused = 0, kernelFaults = 0, disagreements = 0;
        Dictionary<string, int> reasons = [];
        for (int seed = 1; same < GeneratedPrograms; seed++)
        {
            Instruction[] code = new ProgramGenerator(seed).Runnable(new RunnableOptions { Length = 20 + (seed % 5 * 20) });
            if (comparison.Compare(Wrapped(code), packet) is { } difference)
            {
                if (IsKernelFault(comparison, code, packet) && ++kernelFaults <= MostKernelFaults) continue;
                Assert.Fail($"seed {seed}: {difference}\nshortened:\n{Shortened(comparison, code, packet)}");
            }

            if (comparison.Refusal is { } refusal)
            {
                refused++;
                string last = refusal.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(l => !l.StartsWith("processed", StringComparison.Ordinal), "");
                reasons[last] = reasons.GetValueOrDefault(last) + 1;
                Assert.True(refused < (MostRefused * GeneratedPrograms) + 10, $"seed {seed}: the kernel refuses too many: {refusal}");
                continue;
            }

            same++;
            if (comparison.Disagreement is not { } disagreement) continue;
            disagreements++;
            Assert.True(disagreements < (MostRefused * GeneratedPrograms) + 10, $"seed {seed}: our verifier refuses too many that the kernel takes: {disagreement}");
        }

        output.WriteLine($"{disagreements} of them our verifier refused");
        output.WriteLine($"{same} generated programs the same on {KernelComparison.Machines}; the verifier refused {refused} others; in {kernelFaults} it took live code for dead behind a fetching atomic");
        foreach ((string reason, int count) in reasons.OrderByDescending(r => r.Value).Take(5)) output.WriteLine($"  {count} times: {reason}");
    }

    /// <summary>
    /// Kernels to 6.18 lose track of a constant's origin at an atomic that fetches it from the stack (backtrack_insn): a path is taken
    /// for explored, and the branch that only this path takes is removed as dead. Such a program is known by this: all
    /// engines here agree with each other, and with the kernel as soon as its atomics do not fetch.
    /// </summary>
    private static bool IsKernelFault(KernelComparison comparison, Instruction[] code, byte[] packet)
    {
        const int AtomicAdd = 0;
        bool Fetches(Instruction i) => OpcodeTable.Find(i) is { } row && (row.WritesSource || row.Operation == Operation.AtomicCmpXchg);
        return code.Any(Fetches) && comparison.EnginesAgree(Wrapped(code), packet)
            && comparison.Compare(Wrapped([.. code.Select(i => Fetches(i) ? i.WithImmediate(AtomicAdd) : i)]), packet) is null && comparison.Refusal is null;
    }

    /// <summary>What is left of a program that differs when everything is taken out without which it still differs.</summary>
    private static string Shortened(KernelComparison comparison, Instruction[] code, byte[] packet)
    {
        Instruction nothing = new(0x05, 0, 0, 0, 0);
        Instruction[] current = [.. code];
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int at = 0; at < current.Length; at++)
            {
                // The stack is read after it was filled: reading what was there before would differ, too.
                bool fillsStack = OpcodeTable.Find(current[at]) is { Form: OperandForm.StoreImm or OperandForm.StoreReg, IsAtomic: false };
                if (current[at] == nothing || current[at].Opcode == 0 || fillsStack) continue;
                Instruction[] attempt = [.. current];
                attempt[at] = nothing;
                if (current[at].IsWide) attempt[at + 1] = nothing;
                if (comparison.Compare(Wrapped(attempt), packet) is null) continue;
                current = attempt;
                changed = true;
            }
        }

        return string.Join('\n', current.Index().Where(i => i.Item != nothing).Select(i => $"{i.Index,4}: {OpcodeTable.Find(i.Item)} {i.Item}")) + "\n" + comparison.Compare(Wrapped(current), packet);
    }

    /// <summary>Makes the generated code a subprogram, and folds the 64 bits of its result into the 32 that the kernel shows.</summary>
    private static BpfObject Wrapped(Instruction[] code)
    {
        const int HeadSize = 5;
        Instruction[] all =
        [
            new(0x85, 0, 1, 0, HeadSize - 1), // call the code
            new(0xbf, 1, 0, 0, 0),            // r1 = r0
            new(0x77, 1, 0, 0, 32),           // r1 >>= 32
            new(0xaf, 0, 1, 0, 0),            // r0 ^= r1
            new(0x95, 0, 0, 0, 0),            // exit
            .. code,
        ];
        BpfObject made = new() { Name = "generated", License = "GPL" };
        FunctionDefinition entry = new() { Name = "generated", Section = "xdp", Instructions = all };
        made.Functions.Add(entry);
        made.Programs.Add(new ProgramDefinition { Name = "generated", Section = "xdp", Type = ProgramType.Xdp, Entry = entry });
        return made;
    }

    private static byte[] FlowKey(int i) => [10, (byte)(i >> 8), (byte)i, 7];

    /// <summary>Ethernet, IPv4 from 10.0.0.7, TCP to port 80, text that ends in "HTTP/1.1": 1500 bytes.</summary>
    private static byte[] Packet()
    {
        byte[] packet = new byte[1500];
        Convert.FromHexString("0200000000020200000000010800" + "450005ce0001000040060000").CopyTo(packet, 0);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(26), 0x0a000007);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(30), 0x0a000001);
        Convert.FromHexString("9c40005000000001000000015018040000000000").CopyTo(packet, 34);
        for (int i = 54; i < packet.Length; i++) packet[i] = (byte)("HTTP/1.0 Hxx HTx "[i % 17]);
        Encoding.ASCII.GetBytes("HTTP/1.1").CopyTo(packet, packet.Length - 8);
        return packet;
    }
}
