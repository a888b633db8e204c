// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Isa;

/// <summary>The golden list of instructions: bytes, our text, the kernel's text, cpu level, registers read and written.</summary>
public sealed class IsaGoldenTests
{
    private static string Folder => Path.Combine(Repository.Root, "tests", "golden", "isa");

    [Fact]
    public void EveryLine_ReadsAndWritesAsListed()
    {
        List<string> wrong = [];
        HashSet<OpcodeInfo> seen = [];
        foreach (string file in Directory.GetFiles(Folder, "*.txt").Order(StringComparer.Ordinal))
        {
            string[] lines = File.ReadAllLines(file);
            for (int n = 0; n < lines.Length; n++)
            {
                if (lines[n].Length == 0 || lines[n][0] == '#') continue;
                string[] parts = lines[n].Split(" | ");
                Instruction[] code = Bytes(parts[0]);
                OpcodeInfo row = OpcodeTable.Find(code[0])!;
                seen.Add(row);
                string now = Describe(code, row);
                if (Environment.GetEnvironmentVariable("NECTAR_GOLDEN") == "update")
                {
                    lines[n] = now;
                    parts = now.Split(" | ");
                }

                if (now != lines[n]) wrong.Add($"{Path.GetFileName(file)}({n + 1}): {lines[n]}\n  is now {now}");
                foreach (string text in parts[1..3])
                {
                    // bpftool writes wide loads without a mark; the opcode before them tells (AssignmentParser)
                    string columns = text.StartsWith('(') ? "0: " + text : text;
                    // The kernel prints map indices and BTF ids as bare numbers; the source field is lost.
                    if (text.StartsWith("(18)", StringComparison.Ordinal) && text.Contains("= 0x", StringComparison.Ordinal) && code[0].Source != 0) continue;
                    if (!Assembler.AssembleInstructions(columns).SequenceEqual(code)) wrong.Add($"{Path.GetFileName(file)}({n + 1}): '{text}' gives other bytes");
                }
            }

            if (Environment.GetEnvironmentVariable("NECTAR_GOLDEN") == "update") File.WriteAllLines(file, lines);
        }

        Assert.Empty(wrong);
        Assert.Empty(OpcodeTable.Rows.ToArray().Where(r => !seen.Contains(r)).Select(r => r.ToString()));
    }

    private static string Describe(Instruction[] code, OpcodeInfo row)
    {
        string bytes = string.Join(' ', code.SelectMany(i => BitConverter.GetBytes(i.ToUInt64())).Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
        string nectar = Disassembler.Format(code, 0);
        string kernel = Disassembler.Format(code, 0, new DisassemblerOptions { Style = DisassemblyStyle.Bpftool });
        return $"{bytes} | {nectar} | {kernel} | {row.Cpu.ToString().ToLowerInvariant()} | {Registers(code[0], row, false)} | {Registers(code[0], row, true)}";
    }

    private static string Registers(Instruction i, OpcodeInfo row, bool written)
    {
        SortedSet<int> registers = [];
        if (row.IsCall) registers.UnionWith(written ? [0] : row.Operation == Operation.CallRegister ? [i.Destination] : []);
        else
        {
            if (written ? row.WritesDestination : row.ReadsDestination) registers.Add(i.Destination);
            if (written ? row.WritesSource : row.UsesSourceRegister) registers.Add(i.Source);
            if (row.Operation == Operation.AtomicCmpXchg || (!written && row.Operation == Operation.Exit) || (written && row.Form is OperandForm.PacketAbs or OperandForm.PacketInd)) registers.Add(0);
            if (!written && row.Form is OperandForm.PacketAbs or OperandForm.PacketInd) registers.Add(6);
        }

        return registers.Count == 0 ? "-" : string.Join(' ', registers.Select(r => $"r{r}"));
    }

    private static Instruction[] Bytes(string text)
    {
        byte[] bytes = [.. text.Split(' ').Select(b => byte.Parse(b, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
        return [.. bytes.Chunk(8).Select(c => Instruction.FromUInt64(BitConverter.ToUInt64(c)))];
    }
}
