// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.KernelTests.Maps;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Symbols.Processes;
using Nectar.Linux.Symbols.Stacks;

namespace Nectar.KernelTests.Symbols;

/// <summary>Stacks that a program in the kernel took: of the test itself, which runs the program through bpf(2).</summary>
public sealed class BpfStackTests
{
    private const int Depth = 127, UserStack = 256, BuildIds = 32, GetStackId = 27;

    [BpfFact]
    public void KernelStack_HasTheFunctionsThatRunThePrograms()
    {
        StackSymbolizer symbolizer = new();
        SymbolizedAddress[] frames = [];
        byte[] stack = Take(0, MapFlags.None, Depth * 8, taken => frames = symbolizer.Kernel(StackSymbolizer.Addresses(taken))); // while the program is loaded
        ReadOnlySpan<ulong> addresses = StackSymbolizer.Addresses(stack);
        Assert.True(addresses.Length is > 2 and < Depth);
        Assert.StartsWith("bpf_prog_", frames[0].Name, StringComparison.Ordinal);
        Assert.Equal("[bpf]", frames[0].Module);
        Assert.All(frames, frame => Assert.NotNull(frame.Name));
        Assert.Contains(frames, frame => frame.Name!.Contains("test_run_raw_tp", StringComparison.Ordinal));
        Assert.Contains(frames, frame => frame.Name!.EndsWith("sys_bpf", StringComparison.Ordinal));
        Assert.Contains("test_run_raw_tp", symbolizer.FormatKernel(addresses, StackStyle.Perf), StringComparison.Ordinal);
    }

    [BpfFact]
    public void UserStack_StartsWithTheSystemCallOfTheCLibrary()
    {
        byte[] stack = Take(UserStack, MapFlags.None, Depth * 8);
        SymbolizedAddress[] frames = new StackSymbolizer().User(Environment.ProcessId, StackSymbolizer.Addresses(stack));
        Assert.Equal("syscall", frames[0].Name);
        Assert.Contains("libc.so", frames[0].Module, StringComparison.Ordinal);
    }

    [BpfFact]
    public void UserStackWithBuildIds_NamesTheSameFunction()
    {
        byte[] stack = Take(UserStack, (MapFlags)BuildIds, 64 * StackSymbolizer.BuildIdEntrySize);
        StackSymbolizer symbolizer = new();
        SymbolizedAddress[] frames = symbolizer.UserBuildIds(stack, Environment.ProcessId);
        Assert.Equal("syscall", frames[0].Name);
        Assert.Contains("libc.so", frames[0].Module, StringComparison.Ordinal);
    }

    /// <summary>Runs a program that takes a stack; gives what the map holds of it.</summary>
    private static byte[] Take(int flags, MapFlags mapFlags, int valueSize, Action<byte[]>? use = null)
    {
        using KernelMap map = TestMaps.Create(MapType.StackTrace, 4, (uint)valueSize, 16, mapFlags);
        Instruction[] code =
        [
            new(0x18, 2, (byte)PseudoSource.MapFd, 0, map.Handle.Fd), new(0, 0, 0, 0, 0), // r2 = map
            new(0xb7, 3, 0, 0, flags),
            new(0x85, 0, 0, 0, GetStackId),
            new(0x95, 0, 0, 0, 0),
        ];
        using KernelProgram program = KernelProgram.Load(new ProgramLoad { Name = "take", Type = ProgramType.RawTracepoint, Instructions = code });
        TestRunResult run = program.TestRun(default);
        Assert.True((int)run.ReturnValue >= 0, $"bpf_get_stackid: {(int)run.ReturnValue}");
        byte[] value = new byte[valueSize];
        Assert.Equal(Errno.None, map.Lookup(BitConverter.GetBytes(run.ReturnValue), value));
        use?.Invoke(value);
        return value;
    }
}
