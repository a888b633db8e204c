// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Syscalls;

// The members of the kernel's union bpf_attr (include/uapi/linux/bpf.h), one struct a command. Layout: natural alignment, as there.
// Fields that a kernel does not know must be zero; it then accepts the longer struct.

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapCreateAttributes
{
    internal MapType Type;
    internal uint KeySize, ValueSize, MaxEntries;
    internal uint Flags, InnerMapFd, NumaNode;
    internal fixed byte Name[16];
    internal uint InterfaceIndex, BtfFd, BtfKeyTypeId, BtfValueTypeId, BtfVmlinuxValueTypeId;
    internal ulong MapExtra;
    internal int ValueTypeBtfObjFd, TokenFd;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MapElementAttributes
{
    internal uint MapFd;
    private readonly uint _padding;
    internal ulong Key, ValueOrNextKey, Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MapBatchAttributes
{
    internal ulong InBatch, OutBatch, Keys, Values;
    internal uint Count, MapFd;
    internal ulong ElementFlags, Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProgramLoadAttributes
{
    internal ProgramType Type;
    internal uint InstructionCount;
    internal ulong Instructions, License;
    internal uint LogLevel, LogSize;
    internal ulong LogBuffer;
    internal uint KernelVersion, Flags;
    internal fixed byte Name[16];
    internal uint InterfaceIndex, ExpectedAttachType;
    internal uint BtfFd, FuncInfoRecordSize;
    internal ulong FuncInfo;
    internal uint FuncInfoCount, LineInfoRecordSize;
    internal ulong LineInfo;
    internal uint LineInfoCount, AttachBtfId;
    internal uint AttachProgramOrBtfObjFd, CoreRelocationCount;
    internal ulong FdArray, CoreRelocations;
    internal uint CoreRelocationRecordSize, LogTrueSize;
    internal int TokenFd;
    internal uint FdArrayCount;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ObjectPathAttributes
{
    internal ulong Path;
    internal uint BpfFd, FileFlags;
    internal int PathFd;
    private readonly uint _padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ProgramAttachAttributes
{
    internal uint TargetFdOrInterface, ProgramFd, AttachType, AttachFlags, ReplaceProgramFd, RelativeFdOrId;
    internal ulong ExpectedRevision;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TestRunAttributes
{
    internal uint ProgramFd, ReturnValue, DataSizeIn, DataSizeOut;
    internal ulong DataIn, DataOut;
    internal uint Repeat, Duration, ContextSizeIn, ContextSizeOut;
    internal ulong ContextIn, ContextOut;
    internal uint Flags, Cpu, BatchSize;
    private readonly uint _padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ObjectIdAttributes
{
    internal uint Id, NextId, OpenFlags;
    internal int TokenFd;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ObjectInfoAttributes
{
    internal uint Fd, InfoSize;
    internal ulong Info;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ProgramQueryAttributes
{
    internal uint TargetFdOrInterface, AttachType, QueryFlags, AttachFlags;
    internal ulong ProgramIds;
    internal uint Count;
    private readonly uint _padding;
    internal ulong ProgramAttachFlags, LinkIds, LinkAttachFlags, Revision;
}

[StructLayout(LayoutKind.Sequential)]
internal struct RawTracepointAttributes
{
    internal ulong Name;
    internal uint ProgramFd;
    private readonly uint _padding;
    internal ulong Cookie;
}

[StructLayout(LayoutKind.Sequential)]
internal struct BtfLoadAttributes
{
    internal ulong Btf, LogBuffer;
    internal uint Size, LogSize, LogLevel, LogTrueSize, Flags;
    internal int TokenFd;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TaskFdQueryAttributes
{
    internal uint Pid, Fd, Flags, BufferSize;
    internal ulong Buffer;
    internal uint ProgramId, FdType;
    internal ulong ProbeOffset, ProbeAddress;
}

/// <summary><c>BPF_LINK_CREATE</c>: what follows <see cref="Flags"/> depends on the attach type.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct LinkCreateAttributes
{
    [FieldOffset(0)] internal uint ProgramOrMapFd;
    [FieldOffset(4)] internal uint TargetFdOrInterface;
    [FieldOffset(8)] internal uint AttachType;
    [FieldOffset(12)] internal uint Flags;
    [FieldOffset(16)] internal uint TargetBtfId; // freplace, fentry to a program
    [FieldOffset(24)] internal ulong TracingCookie;
    [FieldOffset(16)] internal ulong IteratorInfo;
    [FieldOffset(24)] internal uint IteratorInfoSize;
    [FieldOffset(16)] internal ulong PerfCookie;
    [FieldOffset(16)] internal uint KprobeMultiFlags;
    [FieldOffset(20)] internal uint KprobeMultiCount;
    [FieldOffset(24)] internal ulong KprobeMultiSymbols;
    [FieldOffset(32)] internal ulong KprobeMultiAddresses;
    [FieldOffset(40)] internal ulong KprobeMultiCookies;
    [FieldOffset(16)] internal uint NetfilterFamily;
    [FieldOffset(20)] internal uint NetfilterHook;
    [FieldOffset(24)] internal int NetfilterPriority;
    [FieldOffset(28)] internal uint NetfilterFlags;
    [FieldOffset(16)] internal uint RelativeFdOrId; // tcx, netkit, cgroup
    [FieldOffset(24)] internal ulong ExpectedRevision;
    [FieldOffset(16)] internal ulong UprobeMultiPath;
    [FieldOffset(24)] internal ulong UprobeMultiOffsets;
    [FieldOffset(32)] internal ulong UprobeMultiRefCounterOffsets;
    [FieldOffset(40)] internal ulong UprobeMultiCookies;
    [FieldOffset(48)] internal uint UprobeMultiCount;
    [FieldOffset(52)] internal uint UprobeMultiFlags;
    [FieldOffset(56)] internal uint UprobeMultiPid;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LinkUpdateAttributes
{
    internal uint LinkFd, NewProgramOrMapFd, Flags, OldProgramOrMapFd;
}

[StructLayout(LayoutKind.Sequential)]
internal struct IteratorCreateAttributes
{
    internal uint LinkFd, Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ProgramBindMapAttributes
{
    internal uint ProgramFd, MapFd, Flags;
}

/// <summary>Commands whose only argument is one number: freeze, detach a link, statistics, token.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlagsAndFdAttributes
{
    internal uint First, Second;
}
