// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.KernelTests.Maps;

/// <summary>A map of the running kernel behind the same operations: the judge of ours.</summary>
internal sealed unsafe partial class KernelMap : BpfMap
{
    private const int SysBpf = 321; // x86-64
    private readonly int _fd;

    private KernelMap(MapDefinition definition, int fd)
        : base(definition) => _fd = fd;

    public static int CpuCount { get; } = ParseCpus(File.ReadAllText("/sys/devices/system/cpu/possible"));

    public int Descriptor => _fd;

    public override int UserValueSize => Definition.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash
        ? (int)((Definition.ValueSize + 7) & ~7u) * CpuCount
        : (int)Definition.ValueSize;

    public static Errno TryCreate(MapDefinition d, int innerFd, out KernelMap? map)
    {
        byte* attr = stackalloc byte[144];
        new Span<byte>(attr, 144).Clear();
        uint* words = (uint*)attr;
        words[0] = (uint)d.Type;
        words[1] = d.KeySize;
        words[2] = d.ValueSize;
        words[3] = d.MaxEntries;
        words[4] = (uint)d.Flags;
        words[5] = (uint)innerFd;
        words[6] = d.NumaNode;
        *(ulong*)(attr + 64) = d.MapExtra;
        long fd = Call(0, attr, 144);
        map = fd >= 0 ? new KernelMap(d, (int)fd) : null;
        return fd >= 0 ? Errno.None : (Errno)(-fd);
    }

    public override Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value) => Lookup(key, value, 0);

    public override Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value, MapUpdateFlags flags)
    {
        fixed (byte* k = key, v = value) return Element(1, k, v, (ulong)flags);
    }

    public override Errno Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        fixed (byte* k = key, v = value) return Element(2, k, v, (ulong)flags);
    }

    public override Errno Delete(ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key) return Element(3, k, null, 0);
    }

    public override Errno LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* k = key, v = value) return Element(21, k, v, 0);
    }

    public override Errno GetNextKey(ReadOnlySpan<byte> key, Span<byte> nextKey)
    {
        fixed (byte* k = key, n = nextKey) return Element(4, k, n, 0);
    }

    public override Errno Freeze() => Element(22, null, null, 0);

    protected override void Dispose(bool disposing) => Close(_fd);

    private Errno Element(int command, byte* key, byte* value, ulong flags)
    {
        byte* attr = stackalloc byte[32];
        *(ulong*)attr = (uint)_fd;
        *(ulong*)(attr + 8) = (ulong)key;
        *(ulong*)(attr + 16) = (ulong)value;
        *(ulong*)(attr + 24) = flags;
        long result = Call(command, attr, command == 22 ? 4u : 32u);
        return result < 0 ? (Errno)(-result) : Errno.None;
    }

    private static long Call(int command, byte* attr, uint size)
    {
        long result = Syscall(SysBpf, command, attr, size);
        return result < 0 ? -Marshal.GetLastPInvokeError() : result;
    }

    private static int ParseCpus(string text) => text.Trim().Split(',').Sum(part =>
    {
        string[] ends = part.Split('-');
        return ends.Length == 1 ? 1 : int.Parse(ends[1]) - int.Parse(ends[0]) + 1;
    });

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, long command, void* attr, ulong size);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);
}

/// <summary>Skipped where the process may not create kernel maps.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelMapTheoryAttribute : Xunit.TheoryAttribute
{
    public KernelMapTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Skip = "needs Linux on x86-64: compares with maps of the kernel";
            return;
        }

        MapDefinition probe = new() { Name = "probe", Type = MapType.LpmTrie, KeySize = 8, ValueSize = 4, MaxEntries = 1, Flags = MapFlags.NoPrealloc };
        Errno errno = KernelMap.TryCreate(probe, 0, out KernelMap? map);
        map?.Dispose();
        if (errno != Errno.None) Skip = $"needs the right to create kernel maps (root or CAP_BPF): {errno}";
    }
}
