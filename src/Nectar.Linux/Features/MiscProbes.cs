// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Features;

/// <summary>Probes of the system call itself and of maps.</summary>
internal static unsafe class MiscProbes
{
    internal static FeatureStatus BpfSyscall() => Answer(KernelProbe.OpenMap(new MapCreateAttributes { Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 }, out KernelHandle? map), map);

    internal static FeatureStatus Names()
    {
        MapCreateAttributes attributes = new() { Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        KernelNames.Write("nectar_probe", new Span<byte>(attributes.Name, KernelNames.Size));
        return Answer(KernelProbe.OpenMap(attributes, out KernelHandle? map), map);
    }

    internal static FeatureStatus ArrayMmap() =>
        Answer(KernelProbe.OpenMap(new MapCreateAttributes { Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1, Flags = (uint)MapFlags.Mmapable }, out KernelHandle? map), map);

    internal static FeatureStatus GlobalData()
    {
        using KernelHandle? map = KernelProbe.OpenArray();
        if (map is null) return FeatureStatus.Unknown("no map could be made", Libc.LastErrno);
        Instruction[] code =
        [
            new(OpcodeTable.LdImm64, 1, (int)PseudoSource.MapValue, 0, map.Fd), new(0, 0, 0, 0, 16), // r1 = &value[16]
            new(0x7a, 1, 0, 0, 42), KernelProbe.Move(0, 0), KernelProbe.Exit, // *(u64 *)r1 = 42
        ];
        return Answer(KernelProbe.Load(ProgramType.SocketFilter, code, out _));
    }

    internal static FeatureStatus BindMap()
    {
        using KernelHandle? map = KernelProbe.OpenArray();
        Errno errno = KernelProbe.Open(ProgramType.SocketFilter, KernelProbe.Nothing, out KernelHandle? program, out _);
        if (map is null || program is null) return FeatureStatus.Unknown("no map or program could be made", errno);
        using (program)
        {
            ProgramBindMapAttributes attributes = new() { ProgramFd = (uint)program.Fd, MapFd = (uint)map.Fd };
            return Answer(Syscalls.BpfSyscall.Try(BpfCommand.ProgBindMap, ref attributes));
        }
    }

    internal static FeatureStatus ExpectedAttachType() => Answer(KernelProbe.Load(ProgramType.CgroupSock, KernelProbe.Nothing, out _, AttachType.CgroupInetSockCreate));

    /// <summary>The kernel writes how long the log would have been into the attributes, if it knows that field.</summary>
    internal static FeatureStatus LogTrueSize()
    {
        byte* log = stackalloc byte[256];
        fixed (Instruction* code = KernelProbe.Nothing)
        fixed (byte* license = "GPL\0"u8)
        {
            ProgramLoadAttributes attributes = new()
            {
                Type = ProgramType.SocketFilter,
                InstructionCount = 2,
                Instructions = (ulong)code,
                License = (ulong)license,
                LogLevel = 4,
                LogSize = 256,
                LogBuffer = (ulong)log,
            };
            Errno errno = Syscalls.BpfSyscall.TryOpen(BpfCommand.ProgLoad, ref attributes, out KernelHandle? program);
            program?.Dispose();
            return errno != Errno.None ? FeatureStatus.Unknown("no program could be loaded", errno) : attributes.LogTrueSize > 0 ? FeatureStatus.Yes() : FeatureStatus.No("the field stays empty");
        }
    }

    /// <summary>A helper that came with the accounting shows it (as libbpf decides it).</summary>
    internal static FeatureStatus MemcgAccounting() => CodeProbes.Helper(ProgramType.SocketFilter, "bpf_ktime_get_coarse_ns");

    internal static FeatureStatus Batch()
    {
        using KernelHandle? map = KernelProbe.OpenArray();
        if (map is null) return FeatureStatus.Unknown("no map could be made", Libc.LastErrno);
        int key = 0, cursor = 0;
        byte* value = stackalloc byte[32];
        MapBatchAttributes attributes = new() { OutBatch = (ulong)(&cursor), Keys = (ulong)(&key), Values = (ulong)value, Count = 1, MapFd = (uint)map.Fd };
        Errno errno = Syscalls.BpfSyscall.Try(BpfCommand.MapLookupBatch, ref attributes);
        return errno == Errno.ENOENT ? FeatureStatus.Yes() : Answer(errno); // ENOENT: the end of the map
    }

    internal static FeatureStatus Statistics()
    {
        FlagsAndFdAttributes attributes = default; // BPF_STATS_RUN_TIME; counting stops when the descriptor is closed
        return Answer(Syscalls.BpfSyscall.TryOpen(BpfCommand.EnableStats, ref attributes, out KernelHandle? handle), handle);
    }

    internal static FeatureStatus Token()
    {
        FlagsAndFdAttributes attributes = new() { Second = unchecked((uint)-1) }; // flags, descriptor of a bpf filesystem
        Errno errno = Syscalls.BpfSyscall.TryOpen(BpfCommand.TokenCreate, ref attributes, out KernelHandle? handle);
        handle?.Dispose();
        return errno is Errno.EBADF ? FeatureStatus.Yes() : Answer(errno);
    }

    /// <summary>For what only a configuration can tell without changing the system.</summary>
    internal static FeatureStatus Configured(Feature feature)
    {
        HostState host = HostState.Read();
        FeatureInfo info = FeatureInfo.Of(feature);
        if (host.Config is null) return FeatureStatus.Unknown($"the kernel's configuration cannot be read ({string.Join(", ", info.ConfigOptions)})");
        return Absence.FindOption(info.ConfigOptions, host) is { } missing ? FeatureStatus.No(missing) : FeatureStatus.Yes($"{string.Join(", ", info.ConfigOptions)} on");
    }

    /// <summary>An errno as an answer; the reason of a refusal is added later, from the table.</summary>
    internal static FeatureStatus Answer(Errno errno, KernelHandle? handle = null)
    {
        handle?.Dispose();
        return errno == Errno.None ? FeatureStatus.Yes() : FeatureStatus.No("", errno);
    }
}
