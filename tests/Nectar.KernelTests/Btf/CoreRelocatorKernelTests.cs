// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text.RegularExpressions;
using Nectar.Bpf.Btf;
using Nectar.KernelTests.Asm;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Btf;

/// <summary>libbpf says which instruction it patched to which value; we must say the same.</summary>
public sealed partial class CoreRelocatorKernelTests
{
    [BpftoolFact]
    public void Apply_RunningKernel_PatchesWhatLibbpfPatches()
    {
        BtfTypes kernel = BtfTypes.Parse(File.ReadAllBytes("/sys/kernel/btf/vmlinux"));
        string source = Path.Combine(Clang.Fixtures, "core_kernel.bpf.c");
        foreach (string version in Clang.Versions)
        {
            if (version == "14" || Clang.Missing(version) is not null) continue; // clang-14 cannot ask whether types match
            byte[] file = Clang.Compile(source, version);
            BpfObject compiled = ObjectReader.Read(file, "core_kernel");
            LinkedProgram program = ProgramLinker.Link(compiled, compiled.Programs[0]);
            CoreRelocationResult[] results = CoreRelocator.Apply(program, compiled.Types!, [kernel]);

            SortedDictionary<int, string> ours = [];
            foreach (CoreRelocationResult result in results)
                ours[result.Instruction] = result.IsPoisoned ? "poisoned" : string.Create(CultureInfo.InvariantCulture, $"{result.NewValue}");
            Assert.Equal(string.Join('\n', ByLibbpf(file)), string.Join('\n', ours));
            Assert.Equal(2, results.Count(result => result.Problem?.Code == BtfCodes.CoreNotFound && result.Kind == CoreRelocationKind.FieldByteOffset));
            Assert.DoesNotContain(results, result => result.IsError);
        }
    }

    private static SortedDictionary<int, string> ByLibbpf(byte[] file)
    {
        string path = Path.GetTempFileName(), pin = $"/sys/fs/bpf/nectar-core-{Environment.ProcessId}";
        try
        {
            File.WriteAllBytes(path, file);
            (_, string output, string error) = TestEnvironment.Run("bpftool", "-d", "prog", "load", path, pin);
            SortedDictionary<int, string> patched = [];
            foreach (Match match in Patched().Matches(output + error)) patched[int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)] = match.Groups[2].Value;
            foreach (IGrouping<string, int> relocation in Poisoned().Matches(output + error).GroupBy(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)))
                patched.Add(relocation.Min(), "poisoned"); // a wide load is named with both of its slots
            Assert.NotEmpty(patched);
            return patched;
        }
        finally
        {
            File.Delete(path);
            File.Delete(pin);
        }
    }

    [GeneratedRegex(@"patched insn #(\d+) \((?:ALU/ALU64\) imm|LDX/ST/STX\) off|LDIMM64\) imm64) \d+ -> (\d+)")]
    private static partial Regex Patched();

    [GeneratedRegex(@"relo #(\d+): substituting insn #(\d+) w/ invalid insn")]
    private static partial Regex Poisoned();
}
