// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Xunit;

namespace Nectar.Tests.Vm.Jit;

/// <summary>Look-ups as machine code find what the map finds.</summary>
public sealed class JitMapTests
{
    [Theory]
    [InlineData(MapType.Array, 4)]
    [InlineData(MapType.PerCpuArray, 4)]
    [InlineData(MapType.Hash, 4)]
    [InlineData(MapType.Hash, 8)]
    [InlineData(MapType.Hash, 12)]
    [InlineData(MapType.Hash, 16)]
    [InlineData(MapType.PerCpuHash, 8)]
    [InlineData(MapType.LruHash, 16)]
    [InlineData(MapType.LruPerCpuHash, 4)]
    public void Lookup_PresentAndMissingKeys_EqualsInterpreter(MapType type, int keySize)
    {
        using VmMap map = Make(type, (uint)keySize, 24, 200);
        for (int i = 0; i < 150; i++) Put(map, keySize, i, i * 7);
        foreach (bool isChecked in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (int key in (ReadOnlySpan<int>)[0, 1, 77, 149, 150, 199, 200, -1])
            {
                // The key is on the stack, then in the memory behind r1.
                foreach (string place in (ReadOnlySpan<string>)["r2 = r10\nr2 += -16", "r2 = r6\nr2 += 8"])
                {
                    string text = $"""
                        r6 = r1
                        r7 = 0
                        *(u64 *)(r10 - 8) = r7
                        *(u32 *)(r10 - 16) = {key}
                        *(u32 *)(r10 - 12) = 0
                        *(u32 *)(r6 + 8) = {key}
                        *(u32 *)(r6 + 12) = 0
                        *(u64 *)(r6 + 16) = 0
                        {place}
                        r1 = 0 ll
                        call 1
                        if r0 == 0 goto +5
                        r7 = *(u64 *)(r0 + 0)
                        r7 += 3
                        r8 = *(u32 *)(r0 + 20)
                        r7 += r8
                        *(u8 *)(r0 + 16) = r7
                        r0 = r7
                        exit
                        """;
                    RunOutcome outcome = EngineRunner.AssertSame(WithMap(text), [map], new byte[64], isChecked);
                    Assert.Equal(FaultKind.None, outcome.Fault);
                    Assert.Equal(key is >= 0 and < 150 ? (ulong)(key * 7) + 3 : (type is MapType.Array or MapType.PerCpuArray) && key is >= 0 and < 200 ? 3ul : 0ul, outcome.Result);
                }
            }
        }
    }

    [Theory]
    [InlineData("r7 = *(u64 *)(r0 + 17)")]
    [InlineData("r7 = *(u64 *)(r0 - 1)")]
    [InlineData("*(u8 *)(r0 + 24) = 1")]
    [InlineData("r0 += 4096\nr7 = *(u8 *)(r0 + 0)")]
    public void Access_BehindTheValue_FaultsAsInTheInterpreter(string access)
    {
        using VmMap map = Make(MapType.Hash, 4, 24, 10);
        for (int i = 0; i < 10; i++) Put(map, 4, i, i);
        RunOutcome outcome = EngineRunner.AssertSame(WithMap($"*(u32 *)(r10 - 4) = 5\nr2 = r10\nr2 += -4\nr1 = 0 ll\ncall 1\nif r0 == 0 goto +{access.Split('\n').Length}\n{access}\nr0 = 0\nexit"), [map], null, true);
        Assert.Equal(FaultKind.Memory, outcome.Fault);
    }

    [Fact]
    public void Lookup_KeyOutsideOfMemory_FaultsAsInTheInterpreter()
    {
        using VmMap map = Make(MapType.Array, 4, 8, 4);
        RunOutcome outcome = EngineRunner.AssertSame(WithMap("r2 = 4096\nr1 = 0 ll\ncall 1\nr0 = 0\nexit"), [map], null, true);
        Assert.Equal(FaultKind.Memory, outcome.Fault);
    }

    [Fact]
    public void Store_ThroughSlotOfAReadOnlyMap_FaultsAsInTheInterpreter()
    {
        using VmMap writable = Make(MapType.Array, 4, 8, 4);
        using VmMap readOnly = VmMapFactory.Create(new MapDefinition { Name = "fixed", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 4, Flags = MapFlags.ReadOnlyProgram }, 1);
        Instruction[] code = Assembler.AssembleInstructions("""
            *(u32 *)(r10 - 4) = 1
            r2 = r10
            r2 += -4
            r1 = 0 ll
            call 1
            if r0 == 0 goto +10
            r6 = r0
            r2 = r10
            r2 += -4
            r1 = 0 ll
            call 1
            r3 = r6
            if r0 == 0 goto +1
            r3 = r0
            r4 = *(u8 *)(r3 + 0)
            *(u8 *)(r3 + 0) = 1
            r0 = 0
            exit
            """);
        int at = 0;
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i].IsWide) code[i] = code[i].WithSource((int)PseudoSource.MapIndex).WithImmediate(at++);
        }

        RunOutcome outcome = EngineRunner.AssertSame(code, [writable, readOnly], null, true);
        Assert.Equal(FaultKind.Memory, outcome.Fault);
    }

    private static VmMap Make(MapType type, uint keySize, uint valueSize, uint entries) =>
        VmMapFactory.Create(new MapDefinition { Name = "m", Type = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = entries }, 2);

    private static void Put(VmMap map, int keySize, int key, long value)
    {
        Span<byte> k = stackalloc byte[16];
        k.Clear();
        MemoryMarshal.Write(k, key);
        Span<byte> v = new byte[map.UserValueSize];
        for (int at = 0; at < v.Length; at += 24) MemoryMarshal.Write(v[at..], value);
        Assert.Equal(Errno.None, map.Update(k[..keySize], v));
    }

    private static Instruction[] WithMap(string text)
    {
        Instruction[] code = Assembler.AssembleInstructions(text);
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i].IsWide) code[i] = code[i].WithSource((int)PseudoSource.MapIndex);
        }

        return code;
    }
}
