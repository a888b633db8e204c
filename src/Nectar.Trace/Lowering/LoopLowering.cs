// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Block = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering;

/// <summary>Loops whose body is a function that a helper calls: over the elements of a map, over a range of numbers.</summary>
internal sealed class LoopLowering(ProbeLowering probe)
{
    private const int MostTurns = 1 << 23; // BPF_MAX_LOOPS

    private int _callbacks;

    private IrBuilder Builder => probe.Builder;

    public void Lower(ForMap loop)
    {
        TraceMap map = loop.Map.Map!;
        FunctionFrame callback = Open();
        Builder.Parameter(IrType.Pointer, PointerOrigin.Map);
        Value key = Builder.Parameter(IrType.Pointer), value = Builder.Parameter(IrType.Pointer);
        callback.Context = Builder.Parameter(IrType.Pointer);
        Block body = Builder.Block = probe.NewBlock();
        VariableSymbol symbol = loop.Variable.Symbol!;
        (Value, TraceType) valued = (value, map.ValueType);
        if (map.ValueType.IsCountable)
        {
            Operand total = probe.Aggregations.Total(map, key);
            Value slot = probe.Memory.Slot("(total)");
            Builder.Store(slot, total.Value, 8);
            valued = (slot, total.Type);
        }

        probe.Variables.DeclarePair(symbol, (key, map.KeyType), valued);
        probe.Statements.CallbackBody(loop.Body);
        Close(callback, body);
        probe.Call(Helper.ForEachMapElement, probe.Maps.Address(map), Builder.FunctionAddress(callback.Function), probe.Variables.Context(callback), Builder.I64(0));
        probe.Statements.AfterCallback(callback);
    }

    public void Lower(ForRange loop)
    {
        Value from = probe.LowerScalar(loop.From), to = probe.LowerScalar(loop.To);
        object start = new();
        Value slot = probe.Frame.Addresses[start] = probe.Memory.Slot("(from)");
        Builder.Store(slot, from, 8);
        FunctionFrame callback = Open();
        Value index = Builder.ZeroExtend(Builder.Parameter(IrType.I64), 4, IrType.I64);
        callback.Context = Builder.Parameter(IrType.Pointer);
        Block body = Builder.Block = probe.NewBlock();
        VariableSymbol symbol = loop.Variable.Symbol!;
        Value number = from.IsConstant ? Builder.Binary(Op.Add, index, Builder.I64(from.Immediate)) : Builder.Binary(Op.Add, index, Builder.Load(IrType.I64, probe.Variables.Address(start), 8));
        probe.Variables.Declare(symbol);
        probe.Variables.Write(symbol, Operand.Scalar(TraceType.Int64, number));
        probe.Statements.CallbackBody(loop.Body);
        Close(callback, body);
        // The helper would do nothing for no turns, but where the kernel's verifier knows that there are none it takes the function away and not its address,
        // and then fails by itself.
        probe.When(Builder.Compare(Op.GreaterSigned, to, from), () =>
        {
            // The helper takes 32 bits, and refuses more turns than MostTurns.
            Value all = Builder.Binary(Op.Subtract, to, from), turns = probe.Choose(Builder.Compare(Op.GreaterUnsigned, all, Builder.I64(MostTurns)), () => Builder.I64(MostTurns + 1), () => all);
            Value result = probe.Call(Helper.Loop, turns, Builder.FunctionAddress(callback.Function), probe.Variables.Context(callback), Builder.I64(0));
            // where the kernel puts the loop in place of the call, the error has 32 bits
            probe.CheckHelper(Builder.SignExtend(result, 4, IrType.I64), "loop", loop);
            probe.Statements.AfterCallback(callback);
        });
    }

    /// <summary>A function inside of the one that is being made; code goes there until <see cref="Close"/>.</summary>
    private FunctionFrame Open()
    {
        int frames = 1;
        for (FunctionFrame? frame = probe.Frame; frame is not null; frame = frame.Outer) frames++;
        if (frames > ProgramLimits.Frames) throw probe.Refuse(probe.Where, $"more than {ProgramLimits.Frames - 1} loops over ranges and maps in one another: the kernel calls no deeper", "help: 'while' needs no call");
        string name = string.Create(CultureInfo.InvariantCulture, $"{probe.Probe.ProgramName}_loop{_callbacks++}");
        IrFunction function = new(name, IrType.I64);
        probe.Script.Module.Functions.Add(function);
        return probe.Frame = new FunctionFrame(function, probe.Frame);
    }

    private void Close(FunctionFrame callback, Block body)
    {
        StatementLowering.Seal(callback, body);
        probe.Frame = callback.Outer!;
    }
}
