// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Objects;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime.Recording;

namespace Nectar.Trace.Planning.Objects;

/// <summary>What <see cref="PlanWriter"/> wrote. Bytes that were not written by it are refused, wherever they end or lie.</summary>
internal ref struct PlanReader(ReadOnlySpan<byte> bytes)
{
    private const int MostSize = 1 << 24, MostNesting = 32;

    private readonly List<TraceMap> _maps = [];
    private readonly List<StructType?> _structs = [];
    private EntryReader _from = new(bytes);
    private int _nesting;

    /// <exception cref="InvalidDataException">It is damaged, or of another version.</exception>
    public TracePlan Read(BpfObject made, out string source)
    {
        ulong version = _from.Number();
        if (version != ScriptObject.Version) throw new InvalidDataException($"it has version {version} of the format, this command reads version {ScriptObject.Version}");
        source = _from.Text();
        TraceConfig config = new() { IsStrict = _from.Number() != 0 };
        for (int i = _from.Count(2); i > 0; i--) config = ConfigBinder.Set(config, _from.Text(), _from.Text()) ?? throw new InvalidDataException("a setting is not known");
        ImmutableArray<string>.Builder strings = ImmutableArray.CreateBuilder<string>();
        for (int i = _from.Count(1); i > 0; i--) strings.Add(_from.Text());
        ImmutableArray<PlannedMap>.Builder maps = ImmutableArray.CreateBuilder<PlannedMap>();
        for (int i = _from.Count(6); i > 0; i--) maps.Add(PlannedMap(made));
        ImmutableArray<PlannedProbe>.Builder probes = ImmutableArray.CreateBuilder<PlannedProbe>();
        for (int i = _from.Count(6); i > 0; i--) probes.Add(Probe(made));
        ImmutableArray<TraceAction>.Builder actions = ImmutableArray.CreateBuilder<TraceAction>();
        for (int i = _from.Count(6); i > 0; i--)
        {
            Bpf.Diagnostics.SourceSpan where = _from.Place();
            actions.Add(ActionForms.Read(ref this) with { Where = where });
        }

        return new TracePlan { Object = made, IsFromFile = true, Config = config, Strings = strings.ToImmutable(), Maps = maps.ToImmutable(), Probes = probes.ToImmutable(), Actions = actions.ToImmutable() };
    }

    // What actions are made of: for ActionForms.

    public long Number() => _from.Signed();

    public string Text() => _from.Text();

    public TraceMap Map() => MapOrNull() ?? throw new InvalidDataException("a map is missing");

    public TraceMap? MapOrNull() => _from.Signed() is >= 0 and var number ? number < _maps.Count ? _maps[(int)number] : throw new InvalidDataException($"there is no map {number}") : null;

    public RecordField Field() => FieldOrNull() ?? throw new InvalidDataException("a field is missing");

    public RecordField? FieldOrNull()
    {
        ulong form = _from.Number();
        return form == 0 ? null : new RecordField(Type(), Small()) { IsPacked = form == 2 };
    }

    public ImmutableArray<RecordField> Fields()
    {
        ImmutableArray<RecordField>.Builder fields = ImmutableArray.CreateBuilder<RecordField>();
        for (int i = _from.Count(6); i > 0; i--) fields.Add(Field());
        return fields.ToImmutable();
    }

    public ImmutableArray<Bpf.Diagnostics.SourceSpan> Places()
    {
        ImmutableArray<Bpf.Diagnostics.SourceSpan>.Builder places = ImmutableArray.CreateBuilder<Bpf.Diagnostics.SourceSpan>();
        for (int i = _from.Count(5); i > 0; i--) places.Add(_from.Place());
        return places.ToImmutable();
    }

    private int Small() => _from.Number() is <= MostSize and var number ? (int)number : throw new InvalidDataException("a size is not plausible");

    /// <summary>A value of an enum.</summary>
    private int Of(int last) => _from.Number() is var number && number <= (ulong)last ? (int)number : throw new InvalidDataException($"{number} is more than {last}");

    private PlannedMap PlannedMap(BpfObject made)
    {
        TraceMap map = new(_from.Text());
        string name = _from.Text();
        ulong flags = _from.Number();
        map.Kind = (TraceMapKind)Of((int)TraceMapKind.PerCpuArray);
        map.KeyType = Type();
        map.ValueType = Type();
        if (!made.Maps.TryGet(name, out MapDefinition? definition)) throw new InvalidDataException($"the object has no map '{name}'");
        bool isArray = (flags & 2) != 0;
        if (definition.ValueSize < (uint)map.ValueType.Size || (!isArray && definition.KeySize < (uint)map.KeyType.Size)) throw new InvalidDataException($"the elements of map '{name}' have other sizes");
        _maps.Add(map);
        return new PlannedMap(map, name, (flags & 1) != 0, isArray);
    }

    private PlannedProbe Probe(BpfObject made)
    {
        string name = _from.Text();
        ProbeKind kind = (ProbeKind)Of((int)ProbeKind.Test);
        ulong flags = _from.Number();
        string section = _from.Text();
        if (!made.Programs.TryGet(name, out _)) throw new InvalidDataException($"the object has no program '{name}'");
        ImmutableArray<ulong>.Builder cookies = ImmutableArray.CreateBuilder<ulong>();
        for (int i = _from.Count(1); i > 0; i--) cookies.Add(_from.Number());
        ImmutableArray<ProbeTarget>.Builder targets = ImmutableArray.CreateBuilder<ProbeTarget>();
        for (int i = _from.Count(12); i > 0; i--) targets.Add(Target());
        if (targets.Count == 0) throw new InvalidDataException($"program '{name}' has no hook");
        return new PlannedProbe(name, kind, targets.ToImmutable(), cookies.ToImmutable())
        {
            ReadsArguments = (flags & 1) != 0,
            UsesRecord = (flags & 2) != 0,
            IsSleepable = (flags & 4) != 0,
            NeedsSameFile = (flags & 8) != 0,
            HasSingleLinks = (flags & 16) != 0,
            BuiltSection = section,
        };
    }

    private ProbeTarget Target()
    {
        ProbeTarget target = new((ProbeKind)Of((int)ProbeKind.Test))
        {
            Name = _from.Text(), Group = _from.Text(), Function = _from.Text(), Path = _from.Text(), Provider = _from.Text(), Mode = _from.Text(), Pin = _from.Text(),
            Offset = _from.Number(), Period = _from.Number(), Length = Small(),
        };
        bool hasAddress = _from.Number() != 0;
        ulong address = _from.Number();
        return target with { Address = hasAddress ? address : null, Identity = _from.Text() };
    }

    private TraceType Type()
    {
        if (++_nesting > MostNesting) throw new InvalidDataException("types are nested too deeply");
        TypeKind kind = (TypeKind)Of((int)TypeKind.TimeSeries);
        int size = Small();
        ulong flags = _from.Number();
        TraceType type = new(kind, size) { IsSigned = (flags & 1) != 0, Space = (AddressSpace)Of((int)AddressSpace.User), Clock = (ClockKind)Of((int)ClockKind.SoftwareTai) };
        if ((flags & 2) != 0) type = type with { Enum = Enumeration() };
        if ((flags & 4) != 0) type = type with { Stack = new StackOptions((StackMode)Of((int)StackMode.BuildId), Small()) };
        if ((flags & 8) != 0)
            type = type with { Shape = new HistogramShape((int)_from.Signed(), _from.Signed(), _from.Signed(), _from.Signed(), (ulong)_from.Signed(), (int)_from.Signed(), _from.Text()) };
        else if (type.IsHistogram) throw new InvalidDataException("a histogram has no shape");
        type = kind switch
        {
            TypeKind.Pointer => type with { Element = TraceType.Void },
            TypeKind.Array => type with { Count = Small(), Element = Type() },
            TypeKind.Tuple => type with { Fields = Tuple() },
            TypeKind.Struct => type with { Struct = Struct() },
            _ => type,
        };
        if (kind == TypeKind.Array && (long)type.Count * type.Element!.Size > size) throw new InvalidDataException("an array is larger than it says");
        foreach (TupleField field in type.Fields)
        {
            if (field.Offset + field.Type.Size > size) throw new InvalidDataException("a tuple is larger than it says");
        }

        _nesting--;
        return type;
    }

    private EnumType Enumeration()
    {
        string name = _from.Text();
        Dictionary<long, string> names = [];
        for (int i = _from.Count(2); i > 0; i--) names[_from.Signed()] = _from.Text();
        return new EnumType(name, names);
    }

    private EquatableList<TupleField> Tuple()
    {
        ImmutableArray<TupleField>.Builder fields = ImmutableArray.CreateBuilder<TupleField>();
        for (int i = _from.Count(7); i > 0; i--) fields.Add(new TupleField(_from.Text(), Type(), Small()));
        return new EquatableList<TupleField>(fields.ToImmutable());
    }

    private StructType Struct()
    {
        ulong number = _from.Number();
        if (number < (ulong)_structs.Count) return _structs[(int)number] ?? throw new InvalidDataException("a struct is in itself");
        if (number != (ulong)_structs.Count) throw new InvalidDataException($"there is no struct {number}");
        _structs.Add(null);
        string name = _from.Text();
        int size = Small();
        List<StructField> fields = [];
        for (int i = _from.Count(8); i > 0; i--)
        {
            StructField field = new(_from.Text(), Type(), Small());
            if (_from.Number() != 0) field = field with { Bits = new BitField(Small(), Small(), Small(), Small()) };
            if (field.Bits is { } bits ? bits.ByteOffset + bits.Bytes > size : field.Offset + field.Type.Size > size) throw new InvalidDataException($"'{name}' is larger than it says");
            fields.Add(field);
        }

        return _structs[(int)number] = new StructType(name, size, _ => fields);
    }
}
