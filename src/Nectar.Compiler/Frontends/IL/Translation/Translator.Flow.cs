// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Decoding;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Edges between blocks: branches, <c>switch</c>, <c>ret</c>, and what is on the stack meanwhile.</summary>
internal sealed partial class Translator
{
    /// <summary>The block of the IR for a block of IL in this scope, to which control goes from here: what is on the stack is handed over.</summary>
    private Block Enter(IlBlock to)
    {
        if (to.Order == int.MaxValue) Damaged("control goes into a handler");
        BlockState? state = _scope.States[to.Index];
        if (state is null)
        {
            state = _scope.States[to.Index] = new BlockState(_function.NewBlock());
            _scope.Pending.Enqueue(to, to.Order);
        }

        HandOver(to, state);
        return state.Block;
    }

    private void HandOver(IlBlock to, BlockState state)
    {
        List<Operand> stack = Stack;
        if (stack.Count == 0 && state.Places is null) return;
        if (to.Predecessors == 1)
        {
            state.Entry = [.. stack];
            return;
        }

        if (state.IsDone && state.Places is null && stack.Count > 0) Damaged("the stack is not empty at the start of a loop");
        state.Places ??= new Variable[stack.Count];
        if (state.Places.Length != stack.Count) Damaged("the stack has different depths where ways join");
        for (int i = 0; i < stack.Count; i++)
        {
            Operand operand = stack[i];
            if (state.Places[i] is not { } place) place = state.Places[i] = PlaceFor(operand);
            if (operand.Object is not null || place.Known.IsObject)
            {
                if (place.Known.Object != operand.Object) throw RefuseJoin(place.Known.Object, operand.Object);
                continue;
            }

            if (operand.IsStruct)
            {
                Copy(place.Slot!, operand.Value!, operand.Struct!.Size);
                continue;
            }

            IrType register = StackKinds.Register(place.Type);
            StoreSlot(place.Slot!, operand.Value!.Type == register ? operand.Value! : Convert(operand.Value!, register, true), place.Width);
        }
    }

    private Variable PlaceFor(in Operand operand)
    {
        if (operand.IsObject) return new Variable(_module.Context.Primitive(PrimitiveTypeCode.Object), "object") { Known = operand };
        if (operand.Struct is { } type) return new Variable(type, "temporary") { Slot = _builder.StackSlot(type.Size, Math.Max(type.Alignment, 1), "temporary"), Width = type.Size };
        TypeModel scalar = operand.Value!.Type switch
        {
            IrType.I32 => _module.Context.Primitive(PrimitiveTypeCode.Int32),
            IrType.I64 => _module.Context.Primitive(PrimitiveTypeCode.Int64),
            _ => _module.Context.Primitive(PrimitiveTypeCode.Void).Pointer,
        };
        int width = scalar.Size;
        return new Variable(scalar, "temporary") { Slot = _builder.StackSlot(width, width, "temporary"), Width = width };
    }

    private void LoadEntry(BlockState state)
    {
        Stack.Clear();
        if (state.Entry is { } entry) Stack.AddRange(entry);
        if (state.Places is not { } places) return;
        foreach (Variable place in places)
        {
            if (place.Known.IsObject) Push(place.Known);
            else if (StackKinds.Register(place.Type) is not IrType.Void and var register) Push(_builder.Load(register, place.Slot!, place.Width));
            else Push(Operand.Borrowed(place.Slot!, place.Type));
        }
    }

    private IlBlock BlockAt(long index) => _frame.Body.Blocks[index];

    /// <summary>The block that is run if a branch is not taken.</summary>
    private IlBlock Following => _frame.Body.Blocks[_block.Index + 1];

    private void Jump(IlBlock to)
    {
        _builder.Jump(Enter(to));
        _isDead = true;
    }

    /// <summary>Goes one way or the other; known conditions leave one.</summary>
    private void Branch(Value condition, IlBlock then, IlBlock otherwise)
    {
        if (condition.IsConstant || then == otherwise)
        {
            Jump(condition.IsConstant && condition.Immediate == 0 ? otherwise : then);
            return;
        }

        Block thenBlock = Enter(then), otherwiseBlock = Enter(otherwise);
        _builder.Branch(condition, thenBlock, otherwiseBlock);
        _isDead = true;
    }

    /// <summary><c>brtrue</c> and <c>brfalse</c>.</summary>
    private void BranchIf(in IlInstruction instruction, bool wanted)
    {
        Operand top = Pop();
        IlBlock target = BlockAt(instruction.Operand);
        if (top.Object is { } known)
        {
            Jump((known is not NullObject) == wanted ? target : Following);
            return;
        }

        if (top.Value is null || top.IsStruct) throw RefuseOperand(top);
        if (wanted) Branch(top.Value, target, Following);
        else Branch(top.Value, Following, target);
    }

    private void BranchCompare(in IlInstruction instruction, Op op)
    {
        Operand right = Pop(), left = Pop();
        IlBlock target = BlockAt(instruction.Operand);
        if (left.IsObject || right.IsObject)
        {
            bool equal = SameObject(left, right);
            Jump(equal == (op == Op.Equal) ? target : Following);
            return;
        }

        Branch(Compare(op, Scalar(left), Scalar(right)), target, Following);
    }

    private void Switch(in IlInstruction instruction)
    {
        Value value = PopValue();
        int[] targets = _frame.Body.Switches[instruction.Operand];
        if (value.IsConstant)
        {
            Jump((ulong)value.Immediate < (ulong)targets.Length ? BlockAt(targets[value.Immediate]) : Following);
            return;
        }

        long[] cases = new long[targets.Length];
        Block[] blocks = new Block[targets.Length];
        for (int i = 0; i < cases.Length; i++) (cases[i], blocks[i]) = (i, Enter(BlockAt(targets[i])));
        _builder.Switch(value, Enter(Following), cases, blocks);
        _isDead = true;
    }

    private void Return()
    {
        _isDead = true;
        TypeModel type = _frame.Method.ReturnType;
        bool isVoid = type.IsVoid;
        Operand result = isVoid ? default : Pop();
        if (!isVoid) result = Normalize(result, type);
        if (_frame.Body.ReturnCount == 1)
        {
            if (result is { IsStruct: true, IsOwn: false } && IsOfFrame(result.Value!)) result = Operand.Own(result.Value!, result.Struct!);
            (_frame.Returned, _frame.EndBlock) = (result, _builder.Block);
            return;
        }

        if (_frame.ReturnBlock is null)
        {
            _frame.ReturnBlock = _function.NewBlock();
            if (!isVoid) _frame.Result = ResultPlace(result, type);
        }

        if (!isVoid) Write(_frame.Result!, result);
        _builder.Jump(_frame.ReturnBlock);
    }

    private Variable ResultPlace(in Operand result, TypeModel type)
    {
        if (result.IsObject) return new Variable(type, "result") { IsDirect = true };
        return new Variable(type, "result") { Slot = _builder.StackSlot(SlotSize(type), SlotAlignment(type), $"result of {_frame.Method.Name}"), Width = SlotSize(type) };
    }

    /// <summary>True for the memory of a local or an argument of this method, which nobody needs when it returns.</summary>
    private bool IsOfFrame(Value address) =>
        Array.Exists(_frame.Locals, variable => variable.Slot == address) || Array.Exists(_frame.Arguments, variable => variable.Slot == address);
}
