// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Syscalls;

namespace Nectar.GuestTests.Tests;

/// <summary>That the machine is what the other tests take it for. Raw calls only: when these fail, look at the guest, not at the library.</summary>
internal static class MachineTests
{
    internal static readonly GuestTest[] All =
    [
        new("machine/types_are_there", TypesAreThere),
        new("machine/bpf_security_module_is_on", SecurityModuleIsOn, Needs.GuestOnly),
        new("machine/modules_are_loaded", ModulesAreLoaded, Needs.GuestOnly),
        new("machine/two_processors", TwoProcessors, Needs.GuestOnly),
        new("machine/raw_map", RawMap),
        new("machine/raw_program", RawProgram),
    ];

    private static void TypesAreThere() => Check.True(new FileInfo("/sys/kernel/btf/vmlinux").Length > 1 << 20);

    private static void SecurityModuleIsOn() => Check.Contains("bpf", File.ReadAllText("/sys/kernel/security/lsm"));

    private static void ModulesAreLoaded()
    {
        foreach (string name in File.ReadAllLines("/modules/order")) Check.True(Directory.Exists($"/sys/module/{name}"), name);
    }

    private static void TwoProcessors() => Check.Equal("0-1", File.ReadAllText("/sys/devices/system/cpu/online").Trim());

    private static unsafe void RawMap()
    {
        MapCreateAttributes create = new() { Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 };
        Check.Equal(Errno.None, BpfSyscall.TryOpen(BpfCommand.MapCreate, ref create, out KernelHandle? map));
        using (map)
        {
            uint key = 7;
            ulong value = 42, found = 0;
            MapElementAttributes element = new() { MapFd = (uint)map!.Fd, Key = (ulong)&key, ValueOrNextKey = (ulong)&value };
            Check.Equal(Errno.None, BpfSyscall.Try(BpfCommand.MapUpdateElem, ref element));
            element.ValueOrNextKey = (ulong)&found;
            Check.Equal(Errno.None, BpfSyscall.Try(BpfCommand.MapLookupElem, ref element));
            Check.Equal(42ul, found);
        }
    }

    private static unsafe void RawProgram()
    {
        Instruction[] code = Assembler.AssembleInstructions("r0 = 1\nexit");
        fixed (Instruction* instructions = code)
        fixed (byte* license = "GPL\0"u8)
        {
            ProgramLoadAttributes load = new() { Type = ProgramType.SocketFilter, Instructions = (ulong)instructions, InstructionCount = (uint)code.Length, License = (ulong)license };
            Check.Equal(Errno.None, BpfSyscall.TryOpen(BpfCommand.ProgLoad, ref load, out KernelHandle? program));
            using (program) Check.True(program!.Fd > 0);
        }
    }
}
