// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>
/// A map: a field of a probe. Its constructor says its size; what its methods do is a call of a kernel helper in a program, and the same on
/// memory of this process on the CLR. Once its probe is loaded, the methods of user space work on the live map.
/// </summary>
public abstract unsafe class Map : IDisposable
{
    private BpfMap? _live;
    private bool _isOwned;

    private protected Map(MapType type, int keySize, int valueSize, int maxEntries, uint flags = 0, ulong extra = 0, Map? inner = null)
    {
        Definition = new MapDefinition
        {
            Name = type.ToString(),
            Type = type,
            KeySize = (uint)keySize,
            ValueSize = (uint)valueSize,
            MaxEntries = (uint)maxEntries,
            Flags = (MapFlags)flags,
            MapExtra = extra,
            Inner = inner?.Definition,
        };
    }

    /// <summary>What the map is, as its constructor says.</summary>
    public MapDefinition Definition { get; }

    /// <summary>The map's name: that of its field once the probe was loaded or run.</summary>
    public string Name => _live?.Name ?? Definition.Name;

    /// <summary>For user space: the map itself. In memory of this process until the probe is loaded, then where it was loaded.</summary>
    public BpfMap Live => _live ?? Create();

    /// <summary>The address that stands for the map in helpers of this process.</summary>
    internal ulong Handle => (ulong)Memory.Header;

    /// <summary>The map as helpers see it; only for maps of this process.</summary>
    internal VmMap Memory => Live as VmMap ?? throw ProbeCodes.InKernel(Name);

    /// <summary>Makes the map stand for a live one; null: for memory of its own again.</summary>
    internal void Bind(BpfMap? live)
    {
        Leave();
        if (live is not null && _live is not null) MapContents.Copy(_live, live);
        if (_isOwned) _live?.Dispose();
        _isOwned = false;
        _live = live;
    }

    /// <summary>Lets go of what reads the live map.</summary>
    private protected virtual void Leave()
    {
    }

    /// <summary>Frees the memory of this process. A map that was loaded belongs to what loaded it.</summary>
    public void Dispose()
    {
        Bind(null);
        GC.SuppressFinalize(this);
    }

    private BpfMap Create()
    {
        lock (Definition)
        {
            if (_live is not null) return _live;
            _isOwned = true;
            return _live = VmMapFactory.Create(Definition, ManagedContext.CpuCount, new VmMapOptions());
        }
    }
}
