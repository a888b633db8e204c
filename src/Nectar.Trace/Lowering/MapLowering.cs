// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering;

/// <summary>Maps of the script: their making, look-ups, updates.</summary>
internal sealed class MapLowering(ProbeLowering probe)
{
    private const int Any = 0, NoExist = 1;

    /// <summary>Bytes that an element of a hash takes besides its key and value, about; the most that a map takes before it is used.</summary>
    private const long ElementOverhead = 64, MostAtOnce = 256 << 20;

    private IrBuilder Builder => probe.Builder;

    /// <summary>Gives a map of the script its place in the object.</summary>
    public static MapStorage Define(ScriptModule script, TraceMap map)
    {
        string name = "at_" + map.Name.TrimStart('@');
        bool isPerCpu = map.ValueType.IsAggregation || map.Kind is TraceMapKind.PerCpuHash or TraceMapKind.PerCpuLruHash or TraceMapKind.PerCpuArray;
        int valueSize = Math.Max(1, map.ValueType.Size), entries = map.MaxEntries > 0 ? map.MaxEntries : script.Config.MaxMapKeys;
        MapStorage storage;
        if (map.IsScalar && !isPerCpu)
        {
            // in files, data sections are known by their names
            string section = script.Options.Portable ? ".data." + name : name;
            GlobalSymbol variable = new() { Name = name, Section = section, Bytes = new byte[FlagOffset(map) + 8], IsVisible = true };
            script.Module.Globals.Add(variable);
            storage = new MapStorage(map, section, null, variable, false);
        }
        else if (map.IsScalar)
        {
            storage = new MapStorage(map, name, script.Map(name, n => new MapDefinition { Name = n, Type = MapType.PerCpuArray, KeySize = 4, ValueSize = (uint)(HasFlag(map) ? FlagOffset(map) + 8 : valueSize), MaxEntries = 1 }), null, true);
        }
        else
        {
            MapType type = (isPerCpu, map.Kind is TraceMapKind.LruHash or TraceMapKind.PerCpuLruHash) switch
            {
                (false, false) => MapType.Hash,
                (false, true) => MapType.LruHash,
                (true, false) => MapType.PerCpuHash,
                _ => MapType.LruPerCpuHash,
            };
            MapDefinition definition = new() { Name = name, Type = type, KeySize = (uint)Math.Max(1, map.KeyType.Size), ValueSize = (uint)valueSize, MaxEntries = (uint)entries };
            // Elements of their own from the start: those that are made as they come find no memory in bursts, in programs with interrupts off, and
            // soon in maps that have a value for each processor.
            long copies = isPerCpu ? LoweringOptions.ProcessorsHere : 1;
            if (type is MapType.Hash or MapType.PerCpuHash && definition.MaxEntries * (ElementOverhead + definition.KeySize + (copies * definition.ValueSize)) > MostAtOnce) definition.Flags = MapFlags.NoPrealloc;
            storage = new MapStorage(map, name, script.Map(name, _ => definition), null, isPerCpu);
        }

        map.Storage = storage;
        return storage;
    }

    /// <summary>Scalars that may be zero though they were set have a u64 behind the value that says so: only what was set is printed.</summary>
    public static bool HasFlag(TraceMap map) => map.IsScalar && (!map.ValueType.IsAggregation || map.ValueType.Kind == TypeKind.Sum);

    private static int FlagOffset(TraceMap map) => (Math.Max(1, map.ValueType.Size) + 7) & -8;

    /// <summary>A scalar has been set.</summary>
    public void MarkSet(TraceMap map, Value at)
    {
        if (HasFlag(map)) Builder.Store(at, Builder.I64(1), 8, FlagOffset(map));
    }

    /// <summary>Whether a scalar has been set, in a register; <paramref name="at"/> is what <see cref="Find"/> gave and not null.</summary>
    public Value IsSet(TraceMap map, Value at) => HasFlag(map) ? probe.Conversions.Truth(Builder.Load(IrType.I64, at, 8, FlagOffset(map))) : Builder.I64(1);

    /// <summary>A scalar is as if it had never been set.</summary>
    public void Unset(TraceMap map, Value at) => probe.Conversions.Clear(at, HasFlag(map) ? FlagOffset(map) + 8 : map.ValueType.Size);

    public MapStorage Storage(TraceMap map) => (MapStorage)(map.Storage ?? throw new InvalidOperationException($"{map.Name} has no place in the object"));

    /// <summary>The map itself, for helpers; not for shared scalars, which are variables.</summary>
    public Value Address(TraceMap map) => Builder.Map(Storage(map).Symbol ?? throw new InvalidOperationException($"{map.Name} is a variable"));

    /// <summary>The map that an expression names: <c>@m</c>, or what <c>@m[k]</c> is an element of.</summary>
    public static TraceMap? MapOf(Expression expression) => expression switch
    {
        MapReference reference => reference.Map,
        MapAccess access => access.Target.Map,
        _ => null,
    };

    /// <summary>A pointer to the key of an element, laid out as the map's key type says.</summary>
    public Value Key(TraceMap map, Expression? key)
    {
        if (!map.IsScalar) return probe.LowerToMemory(key!, map.KeyType);
        Value slot = Builder.StackSlot(4, 4, "(key)");
        Builder.Store(slot, Builder.I32(0), 4);
        return slot;
    }

    /// <summary>The key of an access; null for a scalar.</summary>
    public Value? KeyOf(Expression access) => access is MapAccess keyed && !keyed.Target.Map!.IsScalar ? Key(keyed.Target.Map!, keyed.Key) : null;

    /// <summary>A pointer to an element's value, null if it is not there. Shared scalars are always there.</summary>
    public Value Find(TraceMap map, Value? key)
    {
        if (Storage(map).Variable is { } variable) return Builder.Global(variable);
        return probe.Call(Helper.MapLookup, Address(map), key ?? Key(map, null));
    }

    /// <summary>The value of an element; zero if it is not there.</summary>
    public Operand Read(TraceMap map, Value? key)
    {
        Value found = Find(map, key);
        if (Storage(map).Variable is not null) return probe.Memory.Load(found, map.ValueType);
        Value isThere = Builder.Compare(Op.NotEqual, found, Builder.Null());
        TraceType type = map.ValueType;
        if (type.IsScalar) return Operand.Scalar(type, probe.Choose(isThere, () => probe.Memory.Load(found, type).Value, () => Missing(Builder.I64(0))));
        return Operand.Memory(type, probe.Choose(isThere, () => found, () => Missing(probe.Zeroes(type.Size))));
    }

    /// <summary>The value that an element has which is not there; told of only where the script asked for it (<c>-k</c>).</summary>
    private Value Missing(Value value)
    {
        if (probe.Script.Options.ReportHelperErrors) probe.ReportHelper(Builder.I64(0), "map_lookup_elem", probe.Where);
        return value;
    }

    /// <summary>Sets an element; counts it where that fails.</summary>
    public void Write(TraceMap map, Value? key, Expression value)
    {
        if (Storage(map).Variable is { } variable)
        {
            Value at = Builder.Global(variable);
            probe.LowerInto(value, at, map.ValueType);
            MarkSet(map, at);
            return;
        }

        if (map.IsScalar)
        {
            Value bytes = probe.LowerToMemory(value, map.ValueType);
            Value at = Find(map, key);
            probe.When(Builder.Compare(Op.NotEqual, at, Builder.Null()), () =>
            {
                probe.Conversions.Copy(at, bytes, map.ValueType.Size);
                MarkSet(map, at);
            });
            return;
        }

        Update(map, key ?? Key(map, null), probe.LowerToMemory(value, map.ValueType));
    }

    /// <summary>Sets an element to bytes that are laid out as the map's value type says.</summary>
    public void Update(TraceMap map, Value key, Value bytes)
    {
        Value result = probe.Call(Helper.MapUpdate, Address(map), key, bytes, Builder.I64(Any));
        probe.WhenFailed(result, () => NotKept(result));
    }

    /// <summary>A value that is not kept is always told of: a script that goes on without some of its values says other things than are true.</summary>
    private void NotKept(Value result)
    {
        probe.When(Builder.Compare(Op.Equal, result, Builder.I64(-(int)Errno.E2BIG)), () => probe.CountLoss(LossCause.MapFull), () =>
            probe.When(Builder.Compare(Op.Equal, result, Builder.I64(-(int)Errno.ENOMEM)), () => probe.CountLoss(LossCause.MapWithoutMemory), () => probe.CountLoss(LossCause.MapBusy)));
        probe.ReportHelper(result, "map_update_elem", probe.Where);
    }

    /// <summary>A pointer to an element's value, which is made of zeroes where it is not there; null only if that fails, which is counted.</summary>
    public Value FindOrAdd(TraceMap map, Value? key)
    {
        Value at = key ?? Key(map, null);
        Value found = Find(map, at);
        if (map.IsScalar) return found;
        return probe.Choose(Builder.Compare(Op.NotEqual, found, Builder.Null()), () => found, () =>
        {
            Value result = probe.Call(Helper.MapUpdate, Address(map), at, probe.Zeroes(map.ValueType.Size), Builder.I64(NoExist));
            Value again = probe.Call(Helper.MapLookup, Address(map), at);
            probe.When(Builder.Compare(Op.Equal, again, Builder.Null()), () => NotKept(result));
            return again;
        });
    }

    /// <summary>An assignment to a map: a value, an operator, or something that adds up.</summary>
    public void Assign(Assignment assignment)
    {
        TraceMap map = MapOf(assignment.Target)!;
        Value? key = KeyOf(assignment.Target);
        if (map.ValueType.IsAggregation)
        {
            Expression value = assignment.Value;
            while (value is BlockExpression block)
            {
                foreach (Statement statement in block.Statements) probe.Statements.Lower(statement);
                value = block.Value;
            }

            if (value is not Call call) throw probe.Refuse(assignment, $"{map.Name} adds up and cannot be set");
            probe.Aggregations.Record(map, key, call);
            return;
        }

        switch (assignment.Operator)
        {
            case null:
                Write(map, key, assignment.Value);
                break;
            case BinaryOperator.Add or BinaryOperator.Subtract when map.ValueType.Kind == TypeKind.Integer && map.ValueType.Size == 8:
                Value amount = probe.LowerScalar(assignment.Value);
                Add(map, key, assignment.Operator == BinaryOperator.Add ? amount : Builder.Negate(amount));
                break;
            default:
                Combine(map, key, assignment);
                break;
        }
    }

    /// <summary>Adds to a number; gives the number before.</summary>
    public Value Add(TraceMap map, Value? key, Value amount)
    {
        TraceType type = map.ValueType;
        Value at = FindOrAdd(map, key);
        if (Storage(map).Variable is not null)
        {
            MarkSet(map, at);
            return AddAt(at, type, amount);
        }

        return probe.Choose(Builder.Compare(Op.NotEqual, at, Builder.Null()), () => AddAt(at, type, amount), () => Builder.I64(0));
    }

    /// <summary>One instruction that no other processor comes between where the width allows it; it is not dearer than reading and writing.</summary>
    private Value AddAt(Value at, TraceType type, Value amount)
    {
        if (type.Size == 8) return Builder.Atomic(AtomicKind.Add, IrType.I64, 8, at, amount);
        Value old = probe.Memory.Load(at, type).Value;
        Builder.Store(at, Builder.Binary(Op.Add, old, amount), type.Size);
        return old;
    }

    private void Combine(TraceMap map, Value? key, Assignment assignment)
    {
        TraceType type = map.ValueType;
        Value at = FindOrAdd(map, key);
        void Change()
        {
            Operand result = probe.Statements.Combined(assignment.Operator!.Value, probe.Memory.Load(at, type), assignment.Value, type);
            Builder.Store(at, result.Value, type.Size);
            MarkSet(map, at);
        }

        if (Storage(map).Variable is not null) Change();
        else probe.When(Builder.Compare(Op.NotEqual, at, Builder.Null()), Change);
    }
}
