// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Features;

/// <summary>The calls that probes are made of: tiny programs, maps and types, closed again at once.</summary>
internal static unsafe class KernelProbe
{
    /// <summary>Code that does nothing and returns 0.</summary>
    internal static readonly Instruction[] Nothing = [Move(0, 0), Exit];

    internal static Instruction Exit => new(0x95, 0, 0, 0, 0);

    internal static Instruction Move(int register, int value) => new(0xb7, register, 0, 0, value);

    internal static Instruction Call(int helper) => new(0x85, 0, 0, 0, helper);

    /// <summary>Loads a program and lets go of it.</summary>
    internal static Errno Load(ProgramType type, ReadOnlySpan<Instruction> code, out string log, AttachType? attach = null, uint flags = 0, uint btfId = 0)
    {
        Errno errno = Open(type, code, out KernelHandle? handle, out log, attach, flags, btfId);
        handle?.Dispose();
        return errno;
    }

    /// <summary>Loads a program. The log has what the verifier finds wrong, without its steps.</summary>
    internal static Errno Open(ProgramType type, ReadOnlySpan<Instruction> code, out KernelHandle? handle, out string log, AttachType? attach = null, uint flags = 0, uint btfId = 0)
    {
        const int LogSize = 4096;
        byte* text = stackalloc byte[LogSize];
        text[0] = 0;
        fixed (Instruction* instructions = code)
        fixed (byte* license = "GPL\0"u8)
        {
            ProgramLoadAttributes attributes = new()
            {
                Type = type,
                InstructionCount = (uint)code.Length,
                Instructions = (ulong)instructions,
                License = (ulong)license,
                LogLevel = 4, // statistics: errors are written, steps are not
                LogSize = LogSize,
                LogBuffer = (ulong)text,
                KernelVersion = KernelRelease.Running.Code,
                Flags = flags,
                ExpectedAttachType = (uint)(attach ?? 0),
                AttachBtfId = btfId,
            };
            Errno errno = Errno.EAGAIN;
            handle = null;
            for (int tries = 0; tries < 5 && errno == Errno.EAGAIN; tries++) errno = BpfSyscall.TryOpen(BpfCommand.ProgLoad, ref attributes, out handle);
            int end = new ReadOnlySpan<byte>(text, LogSize).IndexOf((byte)0);
            log = end <= 0 ? "" : Encoding.UTF8.GetString(text, end);
            return errno;
        }
    }

    /// <summary>Makes a map.</summary>
    internal static Errno OpenMap(in MapCreateAttributes wanted, out KernelHandle? handle)
    {
        MapCreateAttributes attributes = wanted;
        return BpfSyscall.TryOpen(BpfCommand.MapCreate, ref attributes, out handle);
    }

    /// <summary>Makes an array with one value of 32 bytes.</summary>
    internal static KernelHandle? OpenArray(MapFlags flags = MapFlags.None)
    {
        OpenMap(new MapCreateAttributes { Type = MapType.Array, KeySize = 4, ValueSize = 32, MaxEntries = 1, Flags = (uint)flags }, out KernelHandle? handle);
        return handle;
    }

    /// <summary>Gives the kernel types.</summary>
    internal static Errno OpenTypes(ReadOnlySpan<byte> btf, out KernelHandle? handle)
    {
        fixed (byte* data = btf)
        {
            BtfLoadAttributes attributes = new() { Btf = (ulong)data, Size = (uint)btf.Length };
            return BpfSyscall.TryOpen(BpfCommand.BtfLoad, ref attributes, out handle);
        }
    }

    /// <summary>Tries to make a link that cannot be made, and gives the reason why not.</summary>
    internal static Errno Link(ProgramType type, AttachType? expected, LinkCreateAttributes attributes, uint loadFlags = 0)
    {
        Errno loaded = Open(type, Nothing, out KernelHandle? program, out _, expected, loadFlags);
        if (program is null) return loaded;
        using (program)
        {
            attributes.ProgramOrMapFd = (uint)program.Fd;
            Errno errno = BpfSyscall.TryOpen(BpfCommand.LinkCreate, ref attributes, out KernelHandle? link);
            link?.Dispose();
            return errno;
        }
    }
}
