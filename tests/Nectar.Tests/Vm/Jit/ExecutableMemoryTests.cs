// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;
using Xunit;

namespace Nectar.Tests.Vm.Jit;

/// <summary>Where machine code lives.</summary>
public sealed class ExecutableMemoryTests
{
    [Fact]
    public void Install_ManyPrograms_NoPageIsWritableAndExecutable()
    {
        if (!File.Exists("/proc/self/maps")) return;
        PreparedProgram prepared = EngineRunner.Prepare(Assembler.AssembleInstructions("r0 = 7\nexit"));
        List<ExecutableProgram> programs = [];
        for (int i = 0; i < 600; i++) programs.Add(JitEngine.Instance.Compile(prepared, new EngineSettings(true)));
        Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), line => line.Split(' ')[1].StartsWith("rwx", StringComparison.Ordinal));
        nint address = ((JitProgram)programs[0]).Address;
        string mapping = File.ReadLines("/proc/self/maps").First(line => Contains(line, address));
        Assert.StartsWith("r-x", mapping.Split(' ')[1], StringComparison.Ordinal);
        using EngineRunner runner = new(0);
        foreach (ExecutableProgram program in programs) Assert.Equal(7ul, runner.Run(program, null).Result);
        foreach (ExecutableProgram program in programs) program.Dispose();
    }

    [Fact]
    public void Release_Pages_AreUsedAgain()
    {
        byte[] code = new byte[5000];
        ExecutableRange first = ExecutableMemory.Install(code);
        nint address = first.Address;
        ExecutableMemory.Release(first);
        HashSet<nint> seen = [];
        for (int i = 0; i < 1000; i++)
        {
            ExecutableRange range = ExecutableMemory.Install(code);
            seen.Add(range.Address);
            ExecutableMemory.Release(range);
        }

        Assert.NotEqual(0, address);
        Assert.True(seen.Count < 100, $"{seen.Count} places for one program at a time");
    }

    [Fact]
    public void StateOffsets_AreThoseOfTheStructure()
    {
        VmState state = default;
        unsafe
        {
            byte* start = (byte*)&state;
            Assert.Equal(StateOffsets.Fuel, (byte*)&state.Fuel - start);
            Assert.Equal(StateOffsets.Fault, (byte*)&state.Fault - start);
            Assert.Equal(StateOffsets.FaultInstruction, (byte*)&state.FaultInstruction - start);
            Assert.Equal(StateOffsets.FaultAddress, (byte*)&state.FaultAddress - start);
            Assert.Equal(StateOffsets.FaultSize, (byte*)&state.FaultSize - start);
            Assert.Equal(StateOffsets.Scratch, (byte*)&state.Scratch - start);
            Assert.Equal(StateOffsets.PacketStart, (byte*)&state.PacketStart - start);
            Assert.Equal(StateOffsets.PacketEnd, (byte*)&state.PacketEnd - start);
            Assert.Equal(StateOffsets.PacketMeta, (byte*)&state.PacketMeta - start);
            Assert.Equal(StateOffsets.StackTop, (byte*)&state.StackTop - start);
            Assert.Equal(StateOffsets.Context, (byte*)&state.Context - start);
            Assert.Equal(StateOffsets.CallDepth, (byte*)&state.CallDepth - start);
            Assert.Equal(StateOffsets.Cpu, (byte*)&state.Cpu - start);
            Assert.Equal(StateOffsets.CurrentInstruction, (byte*)&state.CurrentInstruction - start);
            Assert.Equal(StateOffsets.ExitStackPointer, (byte*)&state.ExitStackPointer - start);
            Assert.Equal(StateOffsets.Program, (byte*)&state.Program - start);
            Assert.Equal(StateOffsets.Saved, (byte*)state.Saved - start);
            Assert.Equal(StateOffsets.RegionLimit(3, 2), (byte*)&(&state.FirstSlot)[3].Limit32 - start);
        }
    }

    private static bool Contains(string line, nint address)
    {
        string[] range = line.Split(' ')[0].Split('-');
        return nint.Parse(range[0], System.Globalization.NumberStyles.AllowHexSpecifier) <= address && address < nint.Parse(range[1], System.Globalization.NumberStyles.AllowHexSpecifier);
    }
}
