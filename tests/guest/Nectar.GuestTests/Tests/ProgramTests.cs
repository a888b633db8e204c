// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Features;
using Nectar.Linux.Programs;

namespace Nectar.GuestTests.Tests;

/// <summary>Programs without maps, and what the kernel says of itself.</summary>
internal static class ProgramTests
{
    internal static readonly GuestTest[] All =
    [
        new("facts/release", Release),
        new("facts/configuration", Configuration),
        new("program/test_run", TestRun, Needs.Root),
        new("program/syscall_program_runs_on_a_context", SyscallProgram, Needs.Root),
        new("program/info", Info, Needs.Root),
        new("program/refused_with_the_log", Refused, Needs.Root),
        new("program/long_log", LongLog, Needs.Root),
        new("program/unknown_instruction_of_newer_kernels", NewerInstruction, Needs.Root, Needs.KernelBefore(6, 6, "instructions of cpu version 4")),
        new("program/instructions_of_cpu_version_4", VersionFour, Needs.Root, Needs.Kernel(6, 6, "cpu version 4")),
    ];

    internal static KernelProgram Load(string text, ProgramType type = ProgramType.SocketFilter, uint flags = 0) =>
        KernelProgram.Load(new ProgramLoad { Name = "probe", Type = type, Instructions = Assembler.AssembleInstructions(text), Flags = flags });

    private static void Release()
    {
        Version version = KernelRelease.Running.Version;
        Check.Equal(Needs.Running, new Version(version.Major, version.Minor));
        if (!Guest.IsGuest) return;
        // Debian's release says 6.1.0-N, the code that programs see says the stable version that it was made of.
        Check.True(KernelRelease.Running.Code >> 8 == (uint)(version.Major << 8 | version.Minor), $"code {KernelRelease.Running.Code:x}");
    }

    private static void Configuration()
    {
        KernelConfig? config = KernelConfig.Running;
        Check.True(config is not null || !Guest.IsGuest, "no configuration was found");
        if (config is null) throw new SkipException("this machine does not tell its configuration");
        Check.True(config.IsOn("CONFIG_BPF_SYSCALL"));
        Check.True(config.FindNumber("CONFIG_HZ") is > 0);
    }

    private static void TestRun()
    {
        using KernelProgram program = Load("r6 = r1\nr0 = *(u8 *)skb[2]\nexit");
        TestRunResult result = program.TestRun(new TestRunInput { Data = Enumerable.Range(0, 64).Select(i => (byte)(i + 40)).ToArray(), Repeat = 10 });
        Check.Equal(56u, result.ReturnValue); // the kernel moves the Ethernet header out of sight
    }

    private static void SyscallProgram()
    {
        const uint sleepable = 1 << 4;
        using KernelProgram program = Load("r0 = *(u32 *)(r1 + 4)\n*(u32 *)(r1 + 0) = r0\nr0 += 1\nexit", ProgramType.Syscall, sleepable);
        TestRunResult result = program.TestRun(new TestRunInput { Context = new byte[] { 0, 0, 0, 0, 41, 0, 0, 0 } });
        Check.Equal(42u, result.ReturnValue);
        Check.Equal(41u, MemoryMarshal.Read<uint>(result.Context));
    }

    private static void Info()
    {
        using KernelProgram program = Load("r0 = 3\nexit");
        ProgramInfo info = program.GetInfo();
        Check.Equal("probe", info.Name);
        Check.Equal(ProgramType.SocketFilter, info.Type);
        Check.True(info.JitedSize > 0);
        Check.True(info.VerifiedInstructions >= 2);
        using KernelProgram again = KernelProgram.OpenById(info.Id);
        Check.Equal(info.Tag, again.GetInfo().Tag);
    }

    private static void Refused()
    {
        VerificationException refused = Check.Throws<VerificationException>(() => Load("r0 = *(u64 *)(r10 - 520)\nexit").Dispose());
        Check.Contains("r10", refused.Log);
        Check.Contains("program 'probe'", refused.Message);
    }

    /// <summary>A log of more than a first buffer holds, which kernels before 6.4 answer differently.</summary>
    private static void LongLog()
    {
        string text = $"r0 = 0\n{string.Concat(Enumerable.Range(0, 3000).Select(i => $"r0 += {i}\n"))}r0 = *(u64 *)(r10 - 520)\nexit";
        VerificationException refused = Check.Throws<VerificationException>(() => Load(text).Dispose());
        Check.True(refused.Log.Length > 70_000, $"{refused.Log.Length} characters");
        Check.Contains("3001", refused.Log);
    }

    private static void NewerInstruction()
    {
        VerificationException refused = Check.Throws<VerificationException>(() => Load("r1 = 5\nr1 = (s8)r1\nr0 = r1\nexit").Dispose());
        Check.Contains("BPF_MOV uses reserved fields", refused.Log);
        Check.Contains("program 'probe'", refused.Message);
    }

    private static void VersionFour()
    {
        using KernelProgram program = Load("r1 = 0x80\nr1 = (s8)r1\nr0 = r1\nexit");
        Check.Equal(0xffffff80u, program.TestRun(new TestRunInput { Data = new byte[64] }).ReturnValue);
    }
}
