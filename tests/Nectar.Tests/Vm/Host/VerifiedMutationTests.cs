// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.Tests.Vm.Host;

/// <summary>
/// Real programs with a few instructions changed at random: what the verifier still accepts must not fault where each access is tested, and
/// does the same where none is.
/// </summary>
public sealed class VerifiedMutationTests(ITestOutputHelper output)
{
    private static readonly int s_rounds = int.Parse(Environment.GetEnvironmentVariable("NECTAR_FUZZ_PROGRAMS") ?? "250");
    private static readonly int[] s_lengths = [0, 13, 14, 34, 54, 60, 200];

    // What the proof does not cover, or covers only without the tests: limits of the run.
    private static readonly FaultKind[] s_unsound = [FaultKind.Memory, FaultKind.HelperArgument, FaultKind.Helper];

    [Fact]
    public void Mutants_Accepted_NeverFaultWhereEachAccessIsTested()
    {
        (string Name, string Text)[] sources = [.. Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.bpfasm").Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileNameWithoutExtension(file), File.ReadAllText(file))), ("mixed", Mixed)];
        int accepted = 0, refused = 0, broken = 0;
        foreach ((string name, string text) in sources)
        {
            for (int seed = 0; seed < s_rounds; seed++)
            {
                BpfObject source = Assembler.Assemble(text, name);
                Mutate(source, new Random(seed));
                VmObject verified;
                try
                {
                    verified = VmObject.Load(source, Options(VmRegime.Verified, VmEngine.Auto));
                }
                catch (VerificationException)
                {
                    refused++;
                    continue;
                }
                catch (NectarException)
                {
                    broken++;
                    continue;
                }

                accepted++;
                using (verified) Compare(source, verified, $"{name}, seed {seed}");
            }
        }

        output.WriteLine($"{accepted} mutants accepted and alike, {refused} refused, {broken} are no programs");
        Assert.True(accepted > s_rounds / 4 && refused > s_rounds / 4, $"{accepted} accepted, {refused} refused");
    }

    private static void Compare(BpfObject source, VmObject verified, string which)
    {
        using VmObject tested = VmObject.Load(source, Options(VmRegime.Checked, VmEngine.Interpreter)), other = VmObject.Load(source, Options(VmRegime.Checked, VmEngine.Interpreter));
        foreach (VmProgram program in tested.Programs)
        {
            AccessKind[] proved = verified.Programs[program.Name].Executable.Prepared.Access;
            foreach (int length in s_lengths)
            {
                RunResult there = program.Run(Asm.Packet(length));
                if (there.Fault is { } fault)
                {
                    bool isKnownTest = fault.Instruction >= 0 && proved[fault.Instruction] == AccessKind.Unknown;
                    Assert.False(s_unsound.Contains(fault.Kind) && !isKnownTest, $"{which}, {program.Name}, {length} bytes: {fault}\n{Listing(program)}");
                    continue;
                }

                // Programs may return addresses, or write them to the packet: those differ each time.
                RunResult again = other.Programs[program.Name].Run(Asm.Packet(length));
                if (again.Value != there.Value || !again.Packet.AsSpan().SequenceEqual(there.Packet)) continue;
                RunResult here = verified.Programs[program.Name].Run(Asm.Packet(length));
                Assert.True(here.Fault is null && here.Value == there.Value && here.Packet.AsSpan().SequenceEqual(there.Packet), $"{which}, {program.Name}, {length} bytes: {here}, tested {there}\n{Listing(program)}");
            }
        }
    }

    private static VmOptions Options(VmRegime regime, VmEngine engine) =>
        new() { Regime = regime, Engine = engine, RandomSeed = 7, Clock = () => 5, CpuCount = 2, TimeLimit = TimeSpan.FromSeconds(2) };

    private static string Listing(VmProgram program) => string.Join('\n', program.Linked.Instructions.Index().Select(i => $"{i.Index,4}: {OpcodeTable.Find(i.Item)} {i.Item}"));

    private static void Mutate(BpfObject source, Random random)
    {
        FunctionDefinition[] functions = [.. source.Programs.Select(p => p.Entry).Concat(source.Functions).Distinct().Where(f => f.Instructions.Length > 2)];
        for (int left = 1 + random.Next(3); left > 0; left--)
        {
            FunctionDefinition function = functions[random.Next(functions.Length)];
            Instruction[] code = function.Instructions;
            int at = random.Next(code.Length - 1);
            bool isSecondHalf = at > 0 && code[at - 1].IsWide;
            if (isSecondHalf || code[at].IsWide || code[at].Class is InstructionClass.Jmp or InstructionClass.Jmp32 && random.Next(2) == 0) continue;
            Instruction one = code[at];
            OpcodeInfo row = OpcodeTable.Find(one)!;
            bool isMemory = row.ReadsMemory || row.WritesMemory, hasImmediate = row.Form is OperandForm.DstImm or OperandForm.StoreImm or OperandForm.DstImmJump;
            Instruction changed = random.Next(5) switch
            {
                0 when hasImmediate => one.WithImmediate(one.Immediate + random.Next(-4, 5)),
                0 or 1 when isMemory => one.WithOffset((short)(one.Offset + random.Next(-8, 9))),
                1 or 2 when row.UsesSourceRegister => one.WithSource(random.Next(11)),
                2 or 3 when row.Form != OperandForm.Call => new Instruction(one.Opcode, random.Next(10), one.Source, one.Offset, one.Immediate),
                3 when hasImmediate => one.WithImmediate(random.Next(2) == 0 ? random.Next() : -random.Next()),
                _ => new Instruction((byte)(one.Opcode ^ (0x10 << random.Next(4))), one.Destination, one.Source, one.Offset, one.Immediate),
            };
            if (OpcodeTable.Find(changed) is not null) code[at] = changed;
        }
    }

    private const string Mixed = """
        .license "GPL"
        .map values type=array key=u32 value=32 max=4
        .map flows type=hash key=u64 value=24 max=16
        .rodata
        limit: .quad 12
        .program main type=xdp
            r6 = r1
            r7 = *(u32 *)(r1 + 0)
            r8 = *(u32 *)(r1 + 4)
            r1 = r7
            r1 += 14
            if r1 > r8 goto out
            r9 = *(u8 *)(r7 + 13)
            r9 &= 15
            r2 = limit ll
            r2 = *(u64 *)(r2 + 0)
            if r9 > r2 goto out
            r1 = r7
            r1 += r9
            r2 = r1
            r2 += 16
            if r2 > r8 goto small
            r0 = *(u64 *)(r1 + 8)
            *(u64 *)(r10 - 16) = r0
            *(u16 *)(r1 + 2) = 7
        small:
            *(u32 *)(r10 - 4) = r9
            r1 = values ll
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto hash
            r1 = r9
            r1 <<= 1
            if r1 > 24 goto hash
            r0 += r1
            r2 = *(u64 *)(r0 + 0)
            r2 += 1
            *(u64 *)(r0 + 0) = r2
        hash:
            *(u64 *)(r10 - 24) = r9
            *(u64 *)(r10 - 48) = 0
            *(u64 *)(r10 - 40) = 1
            *(u64 *)(r10 - 32) = 2
            r1 = flows ll
            r2 = r10
            r2 += -24
            r3 = r10
            r3 += -48
            r4 = 0
            call bpf_map_update_elem
            r1 = 5
            r2 = each ll
            r3 = r10
            r3 += -40
            r4 = 0
            call bpf_loop
            r1 = r10
            r1 += -40
            r2 = r9
            call sum
            r0 &= 3
            exit
        out:
            r0 = 2
            exit
        .function each
            r3 = *(u64 *)(r2 + 0)
            r3 += r1
            *(u64 *)(r2 + 0) = r3
            r0 = 0
            exit
        .function sum
            r0 = *(u64 *)(r1 + 0)
            if r2 s> 7 goto far
            r3 = r2
            r3 &= 7
            r1 += r3
            r3 = *(u8 *)(r1 + 0)
            r0 += r3
        far:
            exit
        """;
}
