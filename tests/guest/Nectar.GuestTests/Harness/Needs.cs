// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.IO.Compression;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.GuestTests.Harness;

/// <summary>
/// What a test needs, as the reason to skip it. In a guest only the kernel's version, its configuration and its modules may excuse a
/// test: what fails there beyond those is a failure. On a developer's machine the kernel is asked.
/// </summary>
internal static class Needs
{
    private static readonly Lazy<HashSet<string>> s_config = new(ReadConfig);
    private static readonly Lazy<string?> s_trampolines = new(ProbeTrampolines);

    /// <summary>The running kernel's version, without its suffix.</summary>
    internal static Version Running { get; } = ParseVersion(System.IO.File.ReadAllText("/proc/sys/kernel/osrelease"));

    internal static Func<string?> Kernel(int major, int minor, string feature) =>
        () => Running >= new Version(major, minor) ? null : $"{feature} came with kernel {major}.{minor}; this is {Running.Major}.{Running.Minor}";

    /// <summary>For tests of what happens where a feature is missing.</summary>
    internal static Func<string?> KernelBefore(int major, int minor, string feature) =>
        () => Running < new Version(major, minor) ? null : $"this kernel has {feature} (since {major}.{minor})";

    /// <summary>A configuration option that is built in.</summary>
    internal static Func<string?> Config(string option) => () => IsConfigured(option) ? null : $"this kernel was built without CONFIG_{option}";

    internal static Func<string?> ConfigOff(string option) => () => IsConfigured(option) ? $"this kernel was built with CONFIG_{option}" : null;

    /// <summary>A module that the guest loaded at start, or that this machine has.</summary>
    internal static Func<string?> Module(string name) =>
        () => Directory.Exists($"/sys/module/{name}") ? null : $"the module {name} is not loaded here";

    /// <summary>A program or a device's file that no guest has, or not every machine.</summary>
    internal static Func<string?> File(string path) => () => System.IO.File.Exists(path) ? null : $"no {path} here";

    /// <summary>Types of a module.</summary>
    internal static Func<string?> ModuleBtf(string name) =>
        () => System.IO.File.Exists($"/sys/kernel/btf/{name}") ? null : $"no /sys/kernel/btf/{name}: the module is not loaded, is built in or has no types";

    internal static string? Root() => Environment.IsPrivilegedProcess ? null : "not root";

    internal static string? GuestOnly() => Guest.IsGuest ? null : "changes the whole machine: only in a guest";

    internal static string? Kprobes() =>
        Guest.IsGuest || Directory.Exists("/sys/bus/event_source/devices/kprobe") ? null : "this machine's kernel was built without kprobes";

    /// <summary>BPF trampolines: fentry, fexit, fmod_ret, LSM, freplace.</summary>
    internal static string? Trampolines() => Guest.IsGuest ? null : s_trampolines.Value;

    /// <summary>The BPF security module is switched on.</summary>
    internal static string? BpfLsm()
    {
        if (Guest.IsGuest) return null;
        const string active = "/sys/kernel/security/lsm";
        return Trampolines() ?? (System.IO.File.Exists(active) && System.IO.File.ReadAllText(active).Split(',').Contains("bpf") ? null : "the BPF security module is not switched on (lsm=...,bpf)");
    }

    /// <summary>An object that clang made from tests/guest/fixtures where the guest was packed.</summary>
    internal static Func<string?> Fixture(string name) =>
        () => Fixtures.Find(name) is null ? $"{name}.bpf.o is missing: clang-19 and libbpf-dev were not installed where it should have been compiled" : null;

    /// <summary>A script that was compiled where the guest was packed (Tests/ScriptObjectTests.cs).</summary>
    internal static Func<string?> ScriptObject(string name) =>
        () => Fixtures.Find(name) is null ? $"{name}.bpf.o is missing: the kernel where it should have been compiled shows no tracepoints or types" : null;

    internal static bool IsConfigured(string option) => s_config.Value.Contains(option);

    private static HashSet<string> ReadConfig()
    {
        string text = "";
        string installed = $"/boot/config-{System.IO.File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}";
        if (System.IO.File.Exists(installed)) text = System.IO.File.ReadAllText(installed);
        else if (System.IO.File.Exists("/proc/config.gz")) text = new StreamReader(new GZipStream(System.IO.File.OpenRead("/proc/config.gz"), CompressionMode.Decompress)).ReadToEnd();
        return [.. text.Split('\n').Where(line => line.StartsWith("CONFIG_", StringComparison.Ordinal) && line.Contains('=')).Select(line => line[7..line.IndexOf('=')])];
    }

    private static unsafe string? ProbeTrampolines()
    {
        // A program that could not be verified anyway (no target): EPERM comes before that is looked at, EINVAL after.
        Instruction[] code = Assembler.AssembleInstructions("r0 = 0\nexit");
        fixed (Instruction* instructions = code)
        fixed (byte* license = "GPL\0"u8)
        {
            ProgramLoadAttributes attributes = new()
            {
                Type = ProgramType.Tracing,
                ExpectedAttachType = (uint)AttachType.TraceFentry,
                Instructions = (ulong)instructions,
                InstructionCount = (uint)code.Length,
                License = (ulong)license,
            };
            return BpfSyscall.Try(BpfCommand.ProgLoad, ref attributes) == Errno.EPERM ? "this machine's kernel refuses programs on BPF trampolines (EPERM)" : null;
        }
    }

    private static Version ParseVersion(string release)
    {
        string[] parts = release.Trim().Split('.', '-', '+');
        return new Version(int.Parse(parts[0]), int.Parse(parts[1]));
    }
}
