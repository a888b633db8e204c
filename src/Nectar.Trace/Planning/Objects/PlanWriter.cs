// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime.Recording;

namespace Nectar.Trace.Planning.Objects;

/// <summary>A plan as bytes: numbers of 7 bits a byte, texts with their length, in the order in which <see cref="PlanReader"/> asks for them.</summary>
internal sealed class PlanWriter
{
    private readonly TracePlan _plan;
    private readonly EntryWriter _to = new();
    private readonly Dictionary<TraceMap, int> _maps = [];
    private readonly Dictionary<StructType, int> _structs = new(ReferenceEqualityComparer.Instance);

    public PlanWriter(TracePlan plan)
    {
        _plan = plan;
        for (int i = 0; i < plan.Maps.Length; i++) _maps[plan.Maps[i].Map] = i;
    }

    public byte[] Write(string source)
    {
        _to.Number(ScriptObject.Version);
        _to.Text(source);
        _to.Number(_plan.Config.IsStrict ? 1u : 0);
        List(ConfigValues.Texts(_plan.Config), setting =>
        {
            _to.Text(setting.Name);
            _to.Text(setting.Value);
        });
        List(_plan.Strings, text => _to.Text(text));
        List(_plan.Maps, Map);
        List(_plan.Probes, Probe);
        List(_plan.Actions, Action);
        return _to.Buffer.Written.ToArray();
    }

    // What actions are made of: for ActionForms.

    public void Number(long number) => _to.Signed(number);

    public void Text(string text) => _to.Text(text);

    public void Map(TraceMap? map) => _to.Signed(map is null ? -1 : _maps[map]);

    public void Field(RecordField? field)
    {
        _to.Number(field is null ? 0u : field.IsPacked ? 2u : 1u);
        if (field is null) return;
        Type(field.Type);
        _to.Number((ulong)field.Offset);
    }

    public void Fields(ImmutableArray<RecordField> fields) => List(fields, Field);

    public void Places(ImmutableArray<Bpf.Diagnostics.SourceSpan> places) => List(places, place => _to.Place(place));

    private void List<T>(IReadOnlyCollection<T> items, Action<T> write)
    {
        _to.Number((ulong)items.Count);
        foreach (T item in items) write(item);
    }

    private void Map(PlannedMap map)
    {
        _to.Text(map.Map.Name);
        _to.Text(map.ObjectName);
        _to.Number((map.IsPerCpu ? 1u : 0) | (map.IsArray ? 2u : 0));
        _to.Number((ulong)map.Map.Kind);
        Type(map.Map.KeyType);
        Type(map.Map.ValueType);
    }

    private void Action(TraceAction action)
    {
        _to.Place(action.Where);
        ActionForms.Write(this, action);
    }

    private void Probe(PlannedProbe probe)
    {
        _to.Text(probe.ProgramName);
        _to.Number((ulong)probe.Kind);
        _to.Number((probe.ReadsArguments ? 1u : 0) | (probe.UsesRecord ? 2u : 0) | (probe.IsSleepable ? 4u : 0) | (probe.NeedsSameFile ? 8u : 0) | (probe.HasSingleLinks ? 16u : 0));
        _to.Text(ProbePrograms.SectionFor(probe));
        List(probe.Cookies.IsDefault ? [] : probe.Cookies, cookie => _to.Number(cookie));
        List(probe.Targets, target => Target(probe, target));
    }

    private void Target(PlannedProbe probe, ProbeTarget target)
    {
        _to.Number((ulong)target.Kind);
        foreach (string text in (ReadOnlySpan<string>)[target.Name, target.Group, target.Function, target.Path, target.Provider, target.Mode, target.Pin]) _to.Text(text);
        _to.Number(target.Offset);
        _to.Number(target.Period);
        _to.Number((ulong)target.Length);
        _to.Number(target.Address is null ? 0u : 1u);
        _to.Number(target.Address ?? 0);
        _to.Text(HookFinder.IdentityOf(probe, target));
    }

    /// <summary>As much of a type as values are printed by: not what pointers point to.</summary>
    private void Type(TraceType type)
    {
        _to.Number((ulong)type.Kind);
        _to.Number((ulong)type.Size);
        _to.Number((type.IsSigned ? 1u : 0) | (type.Enum is not null ? 2u : 0) | (type.Stack is not null ? 4u : 0) | (type.Shape is not null ? 8u : 0));
        _to.Number((ulong)type.Space);
        _to.Number((ulong)type.Clock);
        if (type.Enum is { } of)
        {
            _to.Text(of.Name);
            List(of.Names, pair =>
            {
                _to.Signed(pair.Key);
                _to.Text(pair.Value);
            });
        }

        if (type.Stack is { } stack)
        {
            _to.Number((ulong)stack.Mode);
            _to.Number((ulong)stack.Limit);
        }

        if (type.Shape is { } shape)
        {
            foreach (long number in (ReadOnlySpan<long>)[shape.Bits, shape.Minimum, shape.Maximum, shape.Step, (long)shape.Interval, shape.Intervals]) _to.Signed(number);
            _to.Text(shape.Aggregation);
        }

        switch (type.Kind)
        {
            case TypeKind.Array:
                _to.Number((ulong)type.Count);
                Type(type.Element!);
                break;
            case TypeKind.Tuple:
                List(type.Fields, field =>
                {
                    _to.Text(field.Name);
                    Type(field.Type);
                    _to.Number((ulong)field.Offset);
                });
                break;
            case TypeKind.Struct:
                Struct(type.Struct!);
                break;
        }
    }

    private void Struct(StructType of)
    {
        if (_structs.TryGetValue(of, out int known))
        {
            _to.Number((ulong)known);
            return;
        }

        int number = _structs.Count;
        _to.Number((ulong)number);
        _structs.Add(of, number);
        _to.Text(of.Name);
        _to.Number((ulong)of.Size);
        List(of.Fields, field =>
        {
            _to.Text(field.Name);
            Type(field.Type);
            _to.Number((ulong)field.Offset);
            _to.Number(field.Bits is null ? 0u : 1u);
            if (field.Bits is not { } bits) return;
            foreach (int part in (ReadOnlySpan<int>)[bits.ByteOffset, bits.Bytes, bits.Shift, bits.Bits]) _to.Number((ulong)part);
        });
    }
}
