// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.KernelTests.Maps;

/// <summary>Short ways to maps and programs of the kernel.</summary>
internal static unsafe class TestMaps
{
    private const uint Sleepable = 1 << 4; // BPF_F_SLEEPABLE

    public static int CpuCount => MapSizes.PossibleCpus;

    public static KernelMap Create(MapType type, uint keySize, uint valueSize, uint entries, MapFlags flags = MapFlags.None, ulong extra = 0) => KernelMap.Create(new MapDefinition
    {
        Name = "test_" + type.ToString().ToLowerInvariant(),
        Type = type,
        KeySize = keySize,
        ValueSize = valueSize,
        MaxEntries = entries,
        Flags = flags,
        MapExtra = extra,
    });

    /// <summary>Asks the kernel for exactly what the definition says, without the help that <see cref="KernelMap.Create"/> gives.</summary>
    public static Errno TryCreate(MapDefinition definition, KernelMap? inner, out KernelMap? map)
    {
        MapCreateAttributes attributes = new()
        {
            Type = definition.Type,
            KeySize = definition.KeySize,
            ValueSize = definition.ValueSize,
            MaxEntries = definition.MaxEntries,
            Flags = (uint)definition.Flags,
            InnerMapFd = (uint)(inner?.Handle.Fd ?? 0),
            NumaNode = definition.NumaNode,
            MapExtra = definition.MapExtra,
        };
        Errno errno = BpfSyscall.TryOpen(BpfCommand.MapCreate, ref attributes, out KernelHandle? handle);
        map = handle is null ? null : new KernelMap(definition, handle);
        return errno;
    }

    /// <summary>Loads a program from text; maps stand in it as <c>map[fd:N]</c>.</summary>
    public static KernelProgram Load(ProgramType type, string text, AttachType? attach = null) =>
        KernelProgram.Load(new ProgramLoad { Name = "test", Type = type, Instructions = Assembler.AssembleInstructions(text), ExpectedAttachType = attach, Flags = type == ProgramType.Syscall ? Sleepable : 0 });
}
