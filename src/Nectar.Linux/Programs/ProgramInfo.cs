// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Programs;

/// <summary>What the kernel knows about a program (<c>struct bpf_prog_info</c>).</summary>
public sealed record ProgramInfo
{
    /// <summary>The program's type.</summary>
    public required ProgramType Type { get; init; }

    /// <summary>The number of the program in this kernel, until it ends.</summary>
    public required uint Id { get; init; }

    /// <summary>The hash of the program's code, 16 hexadecimal digits.</summary>
    public required string Tag { get; init; }

    /// <summary>The name, at most 15 characters.</summary>
    public required string Name { get; init; }

    /// <summary>When it was loaded, since boot.</summary>
    public TimeSpan LoadTime { get; init; }

    /// <summary>When it was loaded, as a time of day.</summary>
    public DateTimeOffset LoadedAt => Inspection.HostClock.Boot + LoadTime;

    /// <summary>The user who loaded it.</summary>
    public uint UserId { get; init; }

    /// <summary>True if it declared a GPL compatible licence.</summary>
    public bool IsGplCompatible { get; init; }

    /// <summary>Bytes of the machine code; 0 if it is interpreted.</summary>
    public uint JitedSize { get; init; }

    /// <summary>Bytes of the code after the verifier's changes.</summary>
    public uint TranslatedSize { get; init; }

    /// <summary>The maps that it uses, by id.</summary>
    public uint[] MapIds { get; init; } = [];

    /// <summary>Its types: an id of <c>nectar btf</c>; 0 for none.</summary>
    public uint BtfId { get; init; }

    /// <summary>Functions that it has types for.</summary>
    public uint FunctionCount { get; init; }

    /// <summary>Time that runs took, while statistics were on.</summary>
    public TimeSpan RunTime => TimeSpan.FromTicks((long)(RunTimeNs / 100));

    /// <summary>The same in nanoseconds.</summary>
    public ulong RunTimeNs { get; init; }

    /// <summary>Runs, while statistics were on.</summary>
    public ulong RunCount { get; init; }

    /// <summary>Runs that did not happen because the program was running on that processor already.</summary>
    public ulong RecursionMisses { get; init; }

    /// <summary>Instructions that the verifier looked at (kernel 5.16).</summary>
    public uint VerifiedInstructions { get; init; }

    /// <summary>The BTF that holds <see cref="AttachBtfId"/>; 0 for none.</summary>
    public uint AttachBtfObjectId { get; init; }

    /// <summary>The function or type that the program is for; 0 for none.</summary>
    public uint AttachBtfId { get; init; }

    /// <summary>The interface that the program is bound to; 0 for none.</summary>
    public uint InterfaceIndex { get; init; }

    /// <summary>Bytes of memory as the kernel accounts them.</summary>
    public long MemoryLock { get; init; }

    /// <summary>What the kernel knows about a program that lives in it.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">There is no such program (NEC4003).</exception>
    public static ProgramInfo ReadById(uint id)
    {
        using KernelProgram program = KernelProgram.OpenById(id);
        return program.GetInfo();
    }

    /// <summary>What the kernel knows about all its programs, by number.</summary>
    public static IEnumerable<ProgramInfo> ReadAll() => Inspection.KernelObjectIds.OpenAll(Inspection.KernelObjectKind.Program, ReadById);

    internal static unsafe ProgramInfo Read(KernelHandle handle)
    {
        RawProgramInfo raw = default;
        Query(handle, ref raw);
        uint[] maps = new uint[raw.MapCount];
        if (maps.Length > 0)
        {
            fixed (uint* ids = maps)
            {
                RawProgramInfo second = new() { MapCount = (uint)maps.Length, MapIds = (ulong)ids };
                Query(handle, ref second);
            }
        }

        FileInformation file = FileInformation.Read(handle);
        return new ProgramInfo
        {
            Type = raw.Type,
            Id = raw.Id,
            Tag = Convert.ToHexStringLower(new ReadOnlySpan<byte>(raw.Tag, 8)),
            Name = KernelNames.Read(new ReadOnlySpan<byte>(raw.Name, 16)),
            LoadTime = TimeSpan.FromTicks((long)(raw.LoadTime / 100)),
            UserId = raw.CreatedByUser,
            IsGplCompatible = (raw.Bits & 1) != 0,
            JitedSize = raw.JitedLength,
            TranslatedSize = raw.TranslatedLength,
            MapIds = maps,
            BtfId = raw.BtfId,
            FunctionCount = raw.FunctionInfoCount,
            RunTimeNs = raw.RunTimeNs,
            RunCount = raw.RunCount,
            RecursionMisses = raw.RecursionMisses,
            VerifiedInstructions = raw.VerifiedInstructions,
            AttachBtfObjectId = raw.AttachBtfObjectId,
            AttachBtfId = raw.AttachBtfId,
            InterfaceIndex = raw.InterfaceIndex,
            MemoryLock = file.Number("memlock") ?? 0,
        };
    }

    /// <summary>Only the id: one system call.</summary>
    internal static uint ReadId(KernelHandle handle)
    {
        RawProgramInfo raw = default;
        Query(handle, ref raw);
        return raw.Id;
    }

    /// <summary>Fills what the caller asked for by addresses and lengths in <paramref name="raw"/>.</summary>
    internal static unsafe void Query(KernelHandle handle, ref RawProgramInfo raw)
    {
        fixed (RawProgramInfo* address = &raw)
        {
            ObjectInfoAttributes attributes = new() { Fd = (uint)handle.Fd, InfoSize = (uint)sizeof(RawProgramInfo), Info = (ulong)address };
            Errno errno = BpfSyscall.Try(BpfCommand.ObjGetInfoByFd, ref attributes);
            GC.KeepAlive(handle);
            if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Program, "program", "read its info", "bpf(BPF_OBJ_GET_INFO_BY_FD)", errno);
        }
    }
}

/// <summary><c>struct bpf_prog_info</c>, 232 bytes; kernels fill as much as they know.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RawProgramInfo
{
    internal ProgramType Type;
    internal uint Id;
    internal fixed byte Tag[8];
    internal uint JitedLength, TranslatedLength;
    internal ulong JitedCode, TranslatedCode, LoadTime;
    internal uint CreatedByUser, MapCount;
    internal ulong MapIds;
    internal fixed byte Name[16];
    internal uint InterfaceIndex, Bits;
    internal ulong NetnsDevice, NetnsInode;
    internal uint JitedSymbolCount, JitedFunctionCount;
    internal ulong JitedSymbols, JitedFunctionLengths;
    internal uint BtfId, FunctionInfoRecordSize;
    internal ulong FunctionInfo;
    internal uint FunctionInfoCount, LineInfoCount;
    internal ulong LineInfo, JitedLineInfo;
    internal uint JitedLineInfoCount, LineInfoRecordSize, JitedLineInfoRecordSize, TagCount;
    internal ulong Tags;
    internal ulong RunTimeNs, RunCount, RecursionMisses;
    internal uint VerifiedInstructions, AttachBtfObjectId, AttachBtfId, Padding;
}
