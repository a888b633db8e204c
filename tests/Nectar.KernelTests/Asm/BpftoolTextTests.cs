// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Asm;

/// <summary>A test that loads a program with bpftool; skipped, with the reason, where that cannot be.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BpftoolFactAttribute : FactAttribute
{
    public BpftoolFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") Skip = "needs root on Linux (bpftool prog load)";
        else if (!Directory.Exists("/sys/fs/bpf")) Skip = "no bpf filesystem at /sys/fs/bpf";
        else if (new[] { "clang-19", "bpftool" }.FirstOrDefault(t => TestEnvironment.FindTool(t) is null) is { } missing) Skip = $"'{missing}' is not installed";
        else if (!File.Exists("/usr/include/bpf/bpf_helpers.h")) Skip = "no /usr/include/bpf/bpf_helpers.h (libbpf-dev)";
    }
}

/// <summary>The C samples pass the kernel's verifier, and our text of their translated code is what bpftool prints.</summary>
public sealed class BpftoolTextTests
{
    [BpftoolFact]
    public void Samples_AreAcceptedAndPrintedAlike()
    {
        string folder = Directory.CreateTempSubdirectory("nectar-test-").FullName;
        string pin = $"/sys/fs/bpf/nectar-test-{Environment.ProcessId}";
        string architecture = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "x86_64";
        int compared = 0;
        try
        {
            foreach (string source in Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.bpf.c"))
            {
                string objectFile = Path.Combine(folder, "sample.o");
                Require(TestEnvironment.Run("clang-19", "-target", "bpf", "-g", "-O2", $"-I/usr/include/{architecture}-linux-gnu", "-c", source, "-o", objectFile));
                string bpftool = TestEnvironment.FindTool("bpftool")!;
                Require(TestEnvironment.Run(bpftool, "prog", "load", objectFile, pin));
                try
                {
                    compared += Compare(Require(TestEnvironment.Run(bpftool, "prog", "dump", "xlated", "pinned", pin, "opcodes")));
                }
                finally
                {
                    File.Delete(pin);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }

        Assert.True(compared > 60, $"only {compared} instructions compared");
    }

    private static int Compare(string listing)
    {
        DisassemblerOptions options = new() { Style = DisassemblyStyle.Bpftool };
        string? text = null;
        int compared = 0;
        foreach (string line in listing.Split('\n'))
        {
            string trimmed = line.Trim();
            int colon = trimmed.IndexOf(": (", StringComparison.Ordinal);
            if (colon > 0 && int.TryParse(trimmed.AsSpan(0, colon), out _))
            {
                text = trimmed[(colon + 2)..];
                continue;
            }

            string[] bytes = trimmed.Split(' ');
            if (text is null || bytes.Length is not (8 or 16) || !bytes.All(b => b.Length == 2)) continue;
            Instruction[] code = [.. bytes.Select(b => byte.Parse(b, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).Chunk(8).Select(c => Instruction.FromUInt64(BitConverter.ToUInt64(c)))];
            bool isCall = code[0].Opcode == 0x85; // the kernel has put addresses and symbols into calls
            if (!isCall) Assert.Equal(text, Disassembler.Format(code, 0, options));
            if (!isCall) Assert.Equal(code, Assembler.AssembleInstructions($"0: {text}"));
            compared++;
            text = null;
        }

        return compared;
    }

    private static string Require((int ExitCode, string Output, string Error) run)
    {
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output;
    }
}
