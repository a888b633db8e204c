// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net.Sockets;
using Nectar.Linux.Syscalls;
using Nectar.Bpf.Btf;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;

namespace Nectar.KernelTests.Maps;

/// <summary>Maps that came with types: as text, and the storage maps, which the kernel makes only with types.</summary>
public sealed class TypedMapTests
{
    [BpfFact]
    public void Text_IsReadAndPrintedByType()
    {
        using KernelMap map = Create(MapType.Hash, MapFlags.None, 8);
        TypedMap typed = new(map);
        typed.Set("7", "{.count = 3, .last = -1}");
        Assert.True(typed.TryGet("7 0 0 0", out string? value));
        Assert.Equal("{count: 3, last: -1}", value);
        typed.Set("hex 08 00 00 00", "hex 01 00 00 00 02 00 00 00");
        Assert.Equal(["7={count: 3, last: -1}", "8={count: 1, last: 2}"], typed.Elements().Select(e => $"{e.Key}={e.Value}").Order());
        foreach ((string key, string text) in typed.Elements()) Assert.Equal(text, typed.FormatValue(typed.ParseValue(text)));
        KernelException problem = Assert.Throws<KernelException>(() => typed.Set("7", "{.cuont = 3}"));
        Assert.Contains("error NEC4063: map 'test': its value of 8 bytes: struct entry has no member 'cuont'; it has count, last (at character 2 of '{.cuont = 3}')", problem.Message, StringComparison.Ordinal);
        Assert.False(typed.TryGet("9", out _));
    }

    [BpfFact]
    public void Text_MapWithoutTypes_TakesBytesOnly()
    {
        using KernelMap map = TestMaps.Create(MapType.PerCpuArray, 4, 2, 2);
        TypedMap typed = new(map);
        typed.Set("1 0 0 0", "0x0a 11");
        Assert.True(typed.TryGet("hex 01 00 00 00", out string? value));
        Assert.Equal($"[{string.Join(", ", Enumerable.Repeat("0a0b", TestMaps.CpuCount))}]", value);
        Assert.Contains("the map came without types", Assert.Throws<KernelException>(() => typed.ParseKey("1")).Message, StringComparison.Ordinal);
        Assert.Throws<KernelException>(() => typed.ParseKey("1 2 3 256"));
    }

    [BpfTheory]
    [InlineData(MapType.TaskStorage)]
    [InlineData(MapType.SkStorage)]
    [InlineData(MapType.CgrpStorage)]
    [InlineData(MapType.InodeStorage)]
    public void Storage_IsFoundByItsOwner(MapType type)
    {
        using KernelMap map = Create(type, MapFlags.NoPrealloc, 0);
        StorageMapView<Entry> view = new(map);
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using KernelHandle process = StorageOwners.OpenProcess(Environment.ProcessId), file = StorageOwners.OpenFile("/proc/self/exe");
        using KernelHandle cgroup = StorageOwners.OpenCgroup(Directory.Exists("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup");
        System.Runtime.InteropServices.SafeHandle owner = type switch { MapType.TaskStorage => process, MapType.SkStorage => socket.SafeHandle, MapType.CgrpStorage => cgroup, _ => file };
        Assert.False(view.TryGet(owner, out _));
        try
        {
            view.Set(owner, new Entry(5, 6));
        }
        catch (MapException refused) when (type == MapType.InodeStorage && refused.Errno is Errno.EPERM or Errno.EBADF or Errno.EOPNOTSUPP)
        {
            return; // without BPF LSM inodes have no room for storage
        }

        Assert.True(view.TryGet(owner, out Entry entry));
        Assert.Equal(new Entry(5, 6), entry);
        Assert.True(view.Remove(owner));
        Assert.False(view.Remove(owner));
        if (type != MapType.InodeStorage) Assert.Throws<MapException>(() => view.Set(type == MapType.TaskStorage ? file : process, default));
        Assert.Contains("NEC4062", Assert.Throws<KernelException>(() => StorageOwners.OpenProcess(int.MaxValue)).Message, StringComparison.Ordinal);
        Assert.Empty(map.Snapshot()); // there is no walk over owners
    }

    private static KernelMap Create(MapType type, MapFlags flags, uint entries)
    {
        BtfBuilder builder = new();
        uint integer = builder.AddInt("int", 4, BtfIntEncoding.Signed);
        uint entry = builder.AddComposite(BtfKind.Struct, "entry", 8, [new BtfMember("count", integer, 0, 0), new BtfMember("last", integer, 32, 0)]);
        using KernelHandle types = BtfObjects.Load(builder.ToArray(), "test");
        MapDefinition definition = new() { Name = "test", Type = type, KeySize = 4, ValueSize = 8, MaxEntries = entries, Flags = flags };
        return KernelMap.Create(definition, new KernelMapOptions { Types = types, KeyTypeId = integer, ValueTypeId = entry });
    }

    private readonly record struct Entry(int Count, int Last);
}
