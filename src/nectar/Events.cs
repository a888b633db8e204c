// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;

namespace Nectar.Cli;

/// <summary>Reads the records of all ring buffers of a loaded object, knows their type, and keeps the first of them.</summary>
internal sealed class Events : IDisposable
{
    private readonly BtfTypes? _types;
    private readonly int _keep;

    internal Events(VmObject loaded, string? recordType, int keep)
    {
        _types = loaded.Source.Types;
        _keep = keep;
        foreach (BpfMap map in loaded.Maps)
        {
            if (map.Definition.Type == MapType.RingBuf) Sources.Add(new Source(map, new RingBufferReader(map), FindRecordType(map.Definition, recordType)));
        }
    }

    internal List<Source> Sources { get; } = [];

    /// <summary>Takes all records out of the ring buffers.</summary>
    internal void Drain()
    {
        foreach (Source source in Sources)
        {
            source.Reader.Read(record =>
            {
                if (source.Count++ < _keep) source.Records.Add(record.ToArray());
                return true;
            });
        }
    }

    public void Dispose()
    {
        foreach (Source source in Sources) source.Reader.Dispose();
    }

    /// <summary>
    /// The type of a map's records: as asked for; as the map says; else the struct that is named like the map
    /// (<c>events</c>: <c>event</c>, <c>event_t</c>).
    /// </summary>
    private uint FindRecordType(MapDefinition map, string? asked)
    {
        if (_types is null) return 0;
        if (asked is not null) return _types.FindByName(asked, BtfKind.Struct) is var id and not 0 ? id : _types.FindByName(asked, BtfKind.Typedef);
        if (map.ValueTypeId != 0) return map.ValueTypeId;
        string singular = map.Name.TrimStart('_').TrimEnd('s');
        foreach (string name in new[] { map.Name, singular, singular + "_t", singular + "_info", singular + "_data" })
        {
            if (_types.FindByName(name, BtfKind.Struct) is var found and not 0) return found;
        }

        return 0;
    }

    /// <summary>One ring buffer.</summary>
    internal sealed class Source(BpfMap map, RingBufferReader reader, uint typeId)
    {
        internal BpfMap Map { get; } = map;

        internal RingBufferReader Reader { get; } = reader;

        internal uint TypeId { get; } = typeId;

        internal long Count { get; set; }

        internal List<byte[]> Records { get; } = [];
    }
}
