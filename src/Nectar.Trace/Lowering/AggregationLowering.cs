// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Block = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering;

/// <summary>Values of maps that add up, each processor for itself: what an event adds, and the sum of all processors where an expression asks for it.</summary>
internal sealed class AggregationLowering(ProbeLowering probe)
{
    private const int GetTaiNs = 208;

    private IrBuilder Builder => probe.Builder;

    /// <summary><c>@m[k] = count()</c> and its like.</summary>
    public void Record(TraceMap map, Value? key, Call call)
    {
        TraceType type = map.ValueType;
        Value amount = type.Kind == TypeKind.Count ? Builder.I64(1) : probe.LowerScalar(call.Arguments[0]);
        if (type.Kind is TypeKind.Histogram or TypeKind.LinearHistogram) RecordBucket(map, key, type, amount);
        else AtElement(map, key, at =>
        {
            Add(at, type, amount);
            probe.Maps.MarkSet(map, at);
        });
    }

    /// <summary>The sum over all processors as a number; averages are divided.</summary>
    public Operand Total(TraceMap map, Value? key)
    {
        TraceType type = map.ValueType;
        Value at = key ?? probe.Maps.Key(map, null);
        Value processor = probe.Memory.Slot("(processor)"), total = probe.Memory.Slot("(total)"), extra = probe.Memory.Slot("(count)");
        Builder.Store(processor, Builder.I64(0), 8);
        Builder.Store(total, Builder.I64(0), 8);
        Builder.Store(extra, Builder.I64(0), 8);
        Block head = probe.NewBlock(), body = probe.NewBlock(), after = probe.NewBlock();
        Builder.Jump(head);
        Builder.Block = head;
        Value number = Builder.Load(IrType.I64, processor, 8);
        Value found = probe.Call(Helper.MapLookupPerCpu, probe.Maps.Address(map), at, number);
        Builder.Branch(Builder.Compare(Op.NotEqual, found, Builder.Null()), body, after);
        Builder.Block = body;
        Merge(type, found, total, extra);
        Value next = Builder.Binary(Op.Add, number, Builder.I64(1));
        Builder.Store(processor, next, 8);
        Builder.Branch(Builder.Compare(Op.LessUnsigned, next, Builder.I64(probe.Script.Options.PossibleProcessors)), head, after);
        Builder.Block = after;
        Value sum = Builder.Load(IrType.I64, total, 8);
        if (type.Kind is TypeKind.Average or TypeKind.Statistics) sum = Quotient(sum, Builder.Load(IrType.I64, extra, 8), type.IsSigned);
        return Operand.Scalar(type.IsSigned ? TraceType.Int64 : TraceType.UInt64, sum);
    }

    private void AtElement(TraceMap map, Value? key, Action<Value> change)
    {
        Value at = probe.Maps.FindOrAdd(map, key);
        probe.When(Builder.Compare(Op.NotEqual, at, Builder.Null()), () => change(at));
    }

    private void Add(Value at, TraceType type, Value amount)
    {
        switch (type.Kind)
        {
            case TypeKind.Count or TypeKind.Sum:
                Bump(at, amount, 0);
                break;
            case TypeKind.Average or TypeKind.Statistics:
                Bump(at, amount, 0);
                Bump(at, Builder.I64(1), 8);
                break;
            case TypeKind.Minimum or TypeKind.Maximum:
                Block test = probe.NewBlock(), store = probe.NewBlock(), after = probe.NewBlock();
                Builder.Branch(Builder.Load(IrType.I64, at, 8, 8), test, store);
                Builder.Block = test;
                Builder.Branch(Builder.Compare(Better(type), amount, Builder.Load(IrType.I64, at, 8)), store, after);
                Builder.Block = store;
                Builder.Store(at, amount, 8);
                Builder.Store(at, Builder.I64(1), 8, 8);
                Builder.Jump(after);
                Builder.Block = after;
                break;
            case TypeKind.TimeSeries:
                AddToSeries(at, type, amount);
                break;
            default:
                throw new InvalidOperationException($"{type} does not add up");
        }
    }

    private void Bump(Value at, Value amount, int offset) => Builder.Store(at, Builder.Binary(Op.Add, Builder.Load(IrType.I64, at, 8, offset), amount), 8, offset);

    private static Op Better(TraceType type) => (type.Kind == TypeKind.Minimum, type.IsSigned) switch
    {
        (true, true) => Op.LessSigned,
        (true, false) => Op.LessUnsigned,
        (false, true) => Op.GreaterSigned,
        _ => Op.GreaterUnsigned,
    };

    private void RecordBucket(TraceMap map, Value? key, TraceType type, Value amount)
    {
        Value bucket = type.Kind == TypeKind.Histogram ? LogarithmicBucket(amount, type.Shape!.Bits) : LinearBucket(amount, type.Shape!);
        AtElement(map, key, at => probe.When(Builder.Compare(Op.LessUnsigned, bucket, Builder.I64(type.Size / 8)), () =>
        {
            Value counter = Builder.PointerAdd(at, Builder.Binary(Op.ShiftLeft, bucket, Builder.I64(3)));
            Bump(counter, Builder.I64(1), 0);
        }));
    }

    /// <summary>
    /// Number of the bucket in a histogram by powers of two, each divided into 2^bits: 0 for what is negative, then a bucket for each number below
    /// 2^bits, then by the place of the highest one and the bits behind it.
    /// </summary>
    private Value LogarithmicBucket(Value number, int bits)
    {
        Block negative = probe.NewBlock(), positive = probe.NewBlock(), small = probe.NewBlock(), large = probe.NewBlock(), after = probe.NewBlock();
        Value bucket = probe.Memory.Slot("(bucket)");
        Builder.Branch(Builder.Compare(Op.LessSigned, number, Builder.I64(0)), negative, positive);
        Builder.Block = negative;
        Builder.Store(bucket, Builder.I64(0), 8);
        Builder.Jump(after);
        Builder.Block = positive;
        long mask = (1L << bits) - 1;
        Builder.Branch(Builder.Compare(Op.LessOrEqualUnsigned, number, Builder.I64(mask)), small, large);
        Builder.Block = small;
        Builder.Store(bucket, Builder.Binary(Op.Add, number, Builder.I64(1)), 8);
        Builder.Jump(after);

        Builder.Block = large;
        Value rest = number, place = Builder.I64(0);
        for (int i = 5; i >= 0; i--)
        {
            int shift = 1 << i;
            Value before = rest, reached = place;
            Block up = probe.NewBlock(), join = probe.NewBlock(), from = Builder.Block;
            Builder.Branch(Builder.Compare(Op.GreaterOrEqualUnsigned, rest, Builder.I64(1L << shift)), up, join);
            Builder.Block = up;
            Value shifted = Builder.Binary(Op.ShiftRight, before, Builder.I64(shift)), higher = Builder.Binary(Op.Add, reached, Builder.I64(shift));
            Builder.Jump(join);
            Builder.Block = join;
            rest = Builder.Phi(IrType.I64, before, shifted);
            place = Builder.Phi(IrType.I64, reached, higher);
        }

        Value result = Builder.Binary(Op.Add, place, Builder.I64(1 - bits));
        if (bits > 0)
        {
            Value behind = Builder.Binary(Op.And, Builder.Binary(Op.ShiftRight, number, Builder.Binary(Op.Subtract, place, Builder.I64(bits))), Builder.I64(mask));
            result = Builder.Binary(Op.Add, Builder.Binary(Op.ShiftLeft, result, Builder.I64(bits)), behind);
        }

        Builder.Store(bucket, Builder.Binary(Op.Add, result, Builder.I64(1)), 8);
        Builder.Jump(after);
        Builder.Block = after;
        return Builder.Load(IrType.I64, bucket, 8);
    }

    /// <summary>Number of the bucket: 0 below the minimum, the last above the maximum.</summary>
    private Value LinearBucket(Value number, HistogramShape shape)
    {
        Value bucket = probe.Memory.Slot("(bucket)");
        probe.When(Builder.Compare(Op.LessSigned, number, Builder.I64(shape.Minimum)), () => Builder.Store(bucket, Builder.I64(0), 8), () =>
            probe.When(Builder.Compare(Op.GreaterSigned, number, Builder.I64(shape.Maximum)),
                () => Builder.Store(bucket, Builder.I64(1 + ((shape.Maximum - shape.Minimum) / shape.Step)), 8),
                () => Builder.Store(bucket, Builder.Binary(Op.Add, Builder.Binary(Op.DivideUnsigned, Builder.Binary(Op.Subtract, number, Builder.I64(shape.Minimum)), Builder.I64(shape.Step)), Builder.I64(1)), 8)));
        return Builder.Load(IrType.I64, bucket, 8);
    }

    /// <summary>The interval that it is now; what is there of an older one is gone.</summary>
    private void AddToSeries(Value at, TraceType type, Value amount)
    {
        HistogramShape shape = type.Shape!;
        Value epoch = Builder.Binary(Op.DivideUnsigned, Now(), Builder.I64((long)shape.Interval));
        Value index = Builder.Binary(Op.RemainderUnsigned, epoch, Builder.I64(shape.Intervals));
        probe.When(Builder.Compare(Op.LessUnsigned, index, Builder.I64(shape.Intervals)), () =>
        {
            Value slot = Builder.PointerAdd(at, Builder.Binary(Op.Multiply, index, Builder.I64(24)));
            probe.When(Builder.Compare(Op.NotEqual, Builder.Load(IrType.I64, slot, 8), epoch), () =>
            {
                Builder.Store(slot, epoch, 8);
                Builder.Store(slot, Builder.I64(0), 8, 8);
                Builder.Store(slot, Builder.I64(0), 8, 16);
            });
            switch (shape.Aggregation)
            {
                case "sum" or "avg":
                    Bump(slot, amount, 8);
                    break;
                case "min" or "max":
                    TraceType order = new(shape.Aggregation == "min" ? TypeKind.Minimum : TypeKind.Maximum, 16) { IsSigned = type.IsSigned };
                    Block test = probe.NewBlock(), store = probe.NewBlock(), after = probe.NewBlock();
                    Builder.Branch(Builder.Load(IrType.I64, slot, 8, 16), test, store);
                    Builder.Block = test;
                    Builder.Branch(Builder.Compare(Better(order), amount, Builder.Load(IrType.I64, slot, 8, 8)), store, after);
                    Builder.Block = store;
                    Builder.Store(slot, amount, 8, 8);
                    Builder.Jump(after);
                    Builder.Block = after;
                    break;
                default:
                    Builder.Store(slot, amount, 8, 8);
                    break;
            }

            Bump(slot, Builder.I64(1), 16);
        });
    }

    private Value Now() => probe.Script.ClockMap is { } clock ? probe.Maps.Read(clock, null).Value : probe.Call(GetTaiNs);

    /// <summary>Another processor's part.</summary>
    private void Merge(TraceType type, Value at, Value total, Value extra)
    {
        Value value = Builder.Load(IrType.I64, at, 8);
        switch (type.Kind)
        {
            case TypeKind.Minimum or TypeKind.Maximum:
                probe.When(Builder.Load(IrType.I64, at, 8, 8), () =>
                {
                    Block test = probe.NewBlock(), store = probe.NewBlock(), after = probe.NewBlock();
                    Builder.Branch(Builder.Load(IrType.I64, extra, 8), test, store);
                    Builder.Block = test;
                    Builder.Branch(Builder.Compare(Better(type), value, Builder.Load(IrType.I64, total, 8)), store, after);
                    Builder.Block = store;
                    Builder.Store(total, value, 8);
                    Builder.Store(extra, Builder.I64(1), 8);
                    Builder.Jump(after);
                    Builder.Block = after;
                });
                break;
            case TypeKind.Average or TypeKind.Statistics:
                Bump(total, value, 0);
                Bump(extra, Builder.Load(IrType.I64, at, 8, 8), 0);
                break;
            default:
                Bump(total, value, 0);
                break;
        }
    }

    /// <summary>Divides amounts, of which negative ones are divided by their size.</summary>
    private Value Quotient(Value total, Value count, bool isSigned)
    {
        if (!isSigned) return Builder.Binary(Op.DivideUnsigned, total, count);
        return Builder.Binary(Op.DivideSigned, total, count);
    }
}
