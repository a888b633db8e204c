// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Pins;
using Nectar.Linux.Refusals;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

/// <summary>
/// A map of the kernel: an owned descriptor and the operations of <c>bpf(2)</c> on it. The map itself lives as long as a
/// descriptor, a program or a pin refers to it.
/// </summary>
public sealed unsafe partial class KernelMap : BpfMap
{
    private const uint ValueTypeInModule = 1 << 15; // BPF_F_VTYPE_BTF_OBJ_FD
    private readonly KernelHandle _handle;
    private readonly int _keySize, _userValueSize;
    private bool _isFrozen;

    internal KernelMap(MapDefinition definition, KernelHandle handle)
        : base(definition)
    {
        _handle = handle;
        _keySize = (int)definition.KeySize;
        _userValueSize = MapSizes.UserValueSize(definition.Type, definition.ValueSize);
    }

    /// <summary>The descriptor; owned by this object.</summary>
    public KernelHandle Handle => _handle;

    /// <summary>For struct_ops maps of a loaded object: the value that registers them.</summary>
    internal Links.Tracing.StructOpsValue? StructOps { get; set; }

    /// <inheritdoc/>
    public override int UserValueSize => _userValueSize;

    /// <inheritdoc/>
    public override bool IsFrozen => _isFrozen;

    /// <summary>Creates a map.</summary>
    /// <param name="definition">What to create; <see cref="MapDefinition.MaxEntries"/> 0 means one a CPU for perf event arrays and one page for rings.</param>
    /// <param name="options">What else the kernel wants to know: types, the template of inner maps.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4002).</exception>
    public static KernelMap Create(MapDefinition definition, KernelMapOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        MapCreateAttributes attributes = new()
        {
            Type = definition.Type,
            KeySize = definition.KeySize,
            ValueSize = definition.ValueSize,
            MaxEntries = MapSizes.MaxEntries(definition),
            Flags = (uint)definition.Flags,
            NumaNode = definition.NumaNode,
            MapExtra = definition.MapExtra,
            InnerMapFd = (uint)(options.InnerMap?.Fd ?? 0),
            BtfFd = (uint)(options.Types?.Fd ?? 0),
            BtfKeyTypeId = options.Types is null ? 0 : options.KeyTypeId, // a number without types would be looked up in descriptor 0
            BtfValueTypeId = options.Types is null ? 0 : options.ValueTypeId,
            BtfVmlinuxValueTypeId = options.KernelValueTypeId,
        };
        if (options.KernelValueTypes is { } module)
        {
            attributes.Flags |= ValueTypeInModule;
            attributes.ValueTypeBtfObjFd = module.Fd;
        }

        KernelNames.Write(options.KernelName ?? definition.Name, new Span<byte>(attributes.Name, 16));
        Errno errno = BpfSyscall.TryOpen(BpfCommand.MapCreate, ref attributes, out KernelHandle? handle);
        if (errno != Errno.None && options.Types is not null)
        {
            // Types are for people who look at the map: a kernel that does not accept them still gets the map (some map types never accept them).
            attributes.BtfFd = attributes.BtfKeyTypeId = attributes.BtfValueTypeId = 0;
            if (attributes.BtfVmlinuxValueTypeId == 0) errno = BpfSyscall.TryOpen(BpfCommand.MapCreate, ref attributes, out handle);
        }

        GC.KeepAlive(options.InnerMap);
        GC.KeepAlive(options.Types);
        GC.KeepAlive(options.KernelValueTypes);
        return errno == Errno.None
            ? new KernelMap(definition, handle!)
            : throw RefuseCreate(definition, errno);
    }

    private static KernelException RefuseCreate(MapDefinition definition, Errno errno)
    {
        string subject = $"map '{definition.Name}'";
        // The flag of section .struct_ops.link is what an older kernel stumbles over.
        if (errno == Errno.EINVAL && definition.Type == MapType.StructOps && (definition.Flags & MapFlags.Link) != 0) KernelFeatures.Require(Feature.StructOpsLink, subject);
        return Refusal.Make(LinuxCodes.Map, subject, "create", "bpf(BPF_MAP_CREATE)", errno, new RefusalContext { Map = definition }, MapSizes.Describe(definition));
    }

    /// <summary>Opens a map that lives in the kernel.</summary>
    /// <exception cref="KernelException">There is no such map, or it may not be opened (NEC4002).</exception>
    public static KernelMap OpenById(uint id)
    {
        ObjectIdAttributes attributes = new() { Id = id };
        Errno errno = BpfSyscall.TryOpen(BpfCommand.MapGetFdById, ref attributes, out KernelHandle? handle);
        return errno == Errno.None ? FromHandle(handle!) : throw Refusal.Make(LinuxCodes.Map, $"map {id}", "open", "bpf(BPF_MAP_GET_FD_BY_ID)", errno);
    }

    /// <summary>Opens a pinned map.</summary>
    /// <exception cref="KernelException">There is nothing, or something else than a map (NEC4006).</exception>
    public static KernelMap OpenPinned(string path)
    {
        KernelHandle handle = BpfPins.Open(path);
        try
        {
            return FromHandle(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Takes over the descriptor of a map.</summary>
    /// <exception cref="KernelException">It is none of a map (NEC4002).</exception>
    public static KernelMap FromHandle(KernelHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        MapInfo info = MapInfo.Read(handle);
        return new KernelMap(info.ToDefinition(), handle) { _isFrozen = info.IsFrozen };
    }

    /// <summary>What the kernel knows about the map.</summary>
    public MapInfo GetInfo() => MapInfo.Read(_handle);

    /// <summary>Gives the map a path in a bpf filesystem, which keeps it alive.</summary>
    /// <exception cref="KernelException">The path cannot be pinned to (NEC4006).</exception>
    public void Pin(string path) => BpfPins.Pin(_handle, path, $"map '{Name}'");

    /// <inheritdoc/>
    public override Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value) => Element(BpfCommand.MapLookupElem, key, value, _userValueSize, 0);

    /// <inheritdoc/>
    public override Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value, MapUpdateFlags flags) => Element(BpfCommand.MapLookupElem, key, value, _userValueSize, (ulong)flags);

    /// <inheritdoc/>
    public override Errno Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, MapUpdateFlags flags = MapUpdateFlags.Any) =>
        Element(BpfCommand.MapUpdateElem, key, value, _userValueSize, (ulong)flags);

    /// <inheritdoc/>
    public override Errno Delete(ReadOnlySpan<byte> key) => Element(BpfCommand.MapDeleteElem, key, default, 0, 0);

    /// <inheritdoc/>
    public override Errno LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value) => Element(BpfCommand.MapLookupAndDeleteElem, key, value, _userValueSize, 0);

    /// <inheritdoc/>
    public override Errno GetNextKey(ReadOnlySpan<byte> key, Span<byte> nextKey)
    {
        if (nextKey.Length < _keySize || (!key.IsEmpty && key.Length != _keySize)) return Errno.EINVAL;
        return Call(BpfCommand.MapGetNextKey, key, nextKey, 0);
    }

    /// <inheritdoc/>
    public override Errno Freeze()
    {
        FlagsAndFdAttributes attributes = new() { First = (uint)_handle.Fd };
        Errno errno = BpfSyscall.Try(BpfCommand.MapFreeze, ref attributes);
        GC.KeepAlive(_handle);
        if (errno is Errno.None or Errno.EBUSY && GetInfo().IsFrozen) _isFrozen = true;
        return errno;
    }

    /// <summary>Maps the memory of an array into this process (kernel 5.5; the map needs <see cref="MapFlags.Mmapable"/>).</summary>
    /// <param name="readOnly">Map it for reading only, also where writing is possible. While a map is mapped for writing it cannot be frozen.</param>
    /// <exception cref="KernelException">It cannot be mapped (NEC4061).</exception>
    public MappedMap Map(bool readOnly = false) => new(this, readOnly);

    /// <summary>Maps an arena into this process (kernel 6.9).</summary>
    /// <exception cref="KernelException">It cannot be mapped (NEC4061).</exception>
    public MappedArena MapArena() => new(this);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _handle.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Errno Element(BpfCommand command, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int valueSize, ulong flags)
    {
        // The kernel reads and writes whole elements: shorter memory would be somebody else's.
        if (key.Length != _keySize || value.Length < valueSize) return Errno.EINVAL;
        return Call(command, key, value, flags);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Errno Call(BpfCommand command, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        // A Dispose on another thread must not give the descriptor's number to somebody else meanwhile. Nothing between the two
        // calls throws, so there is no finally, which would cost more than either.
        bool added = false;
        _handle.DangerousAddRef(ref added);
        Errno errno;
        fixed (byte* k = key, v = value)
        {
            MapElementAttributes attributes = new() { MapFd = (uint)(int)_handle.DangerousGetHandle(), Key = (ulong)k, ValueOrNextKey = (ulong)v, Flags = flags };
            errno = BpfSyscall.TryQuick(command, &attributes);
        }

        _handle.DangerousRelease();
        return errno;
    }
}
