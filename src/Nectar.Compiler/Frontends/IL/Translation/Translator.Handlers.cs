// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Decoding;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>
/// <c>finally</c>: its code is copied to every way out. Ways that go on at the same place share a copy. Where C# throws, the program is aborted:
/// all handlers around run, those of callers too, then it returns a fixed result.
/// </summary>
internal sealed partial class Translator
{
    /// <summary><c>leave</c>: through the handlers of all regions that are left.</summary>
    private void Leave(in IlInstruction instruction)
    {
        Stack.Clear();
        _isDead = true;
        IlBlock target = BlockAt(instruction.Operand);
        IlRegion[] regions = _frame.Body.Regions;
        List<int> left = [.. _block.Protected.Where(region => regions[region].Kind == IlRegionKind.Finally && !regions[region].Protects(target.Index))];
        if (left.Count == 0)
        {
            _builder.Jump(Enter(target));
            return;
        }

        // Made from the outside in; entering the target makes its block, its code comes when the handlers are done.
        Block at = _builder.Block;
        Block next = Enter(target);
        for (int i = left.Count - 1; i >= 0; i--) next = Handler(left[i], next);
        _builder.Block = at;
        _builder.Jump(next);
    }

    private void EndFinally()
    {
        _isDead = true;
        if (_scope.Continuation is { } continuation) _builder.Jump(continuation);
        else Damaged("'endfinally' outside of a handler");
    }

    /// <summary>A copy of a region's handler that goes on at a place.</summary>
    private Block Handler(int region, Block continuation)
    {
        if (_frame.Handlers.TryGetValue((region, continuation), out Block? known)) return known;
        if (_function.ValueCount > MaxValues) throw Refuse(IlCodes.TooLarge, $"'{_function.Name}' becomes too large: handlers are copied to every way out", "help: nest fewer 'using' and 'finally'");
        (Scope scope, IlBlock block, int next, bool isDead) = (_scope, _block, _next, _isDead);
        (Block at, Ir.SourceLocation? location, int point) = (_builder.Block, _builder.Location, _frame.Point);
        List<Operand> stack = _frame.Stack;
        _frame.Stack = [];
        _scope = new Scope(region, continuation, _frame.Body.Blocks.Length);
        Block entry = Enter(_frame.Body.Blocks[_frame.Body.Regions[region].HandlerFirst]);
        _frame.Handlers.Add((region, continuation), entry);
        TranslateScope();
        _frame.Stack = stack;
        (_scope, _block, _next, _isDead) = (scope, block, next, isDead);
        (_builder.Block, _builder.Location, _frame.Point) = (at, location, point);
        return entry;
    }

    /// <summary>Where the program ends at once from the current place.</summary>
    private Block AbortBlock() => AbortFrom(_frame, _block);

    private Block AbortFrom(Frame frame, IlBlock block)
    {
        foreach (int region in block.Protected)
        {
            if (frame.Body.Regions[region].Kind != IlRegionKind.Catch) return AbortThrough(frame, region);
        }

        return AbortOfCaller(frame);
    }

    private Block AbortOfCaller(Frame frame) => frame.Caller is null ? LastAbort() : frame.AbortOutside ??= AbortFrom(frame.Caller, frame.CallBlock!);

    private Block AbortThrough(Frame frame, int region)
    {
        if (frame.Aborts[region] is { } known) return known;
        IlBlock handler = frame.Body.Blocks[frame.Body.Regions[region].HandlerFirst];
        Block outer = AbortFrom(frame, handler); // what protects the handler is what protects the region from outside
        Frame current = _frame;
        _frame = frame;
        Block entry = Handler(region, outer);
        _frame = current;
        return frame.Aborts[region] = entry;
    }

    private Block LastAbort()
    {
        if (_abort is { } known) return known;
        Block at = _builder.Block;
        _abort = _builder.Block = _function.NewBlock();
        if (_function.Result == IrType.Void) _builder.Return();
        else _builder.Return(_builder.Constant(_function.Result, _abortResult));
        _builder.Block = at;
        return _abort;
    }

    /// <summary>Ends the program here.</summary>
    internal void Abort()
    {
        _builder.Jump(AbortBlock());
        _isDead = true;
    }

    /// <summary>Ends the program here if a condition holds.</summary>
    private void AbortIf(Value condition)
    {
        if (condition.IsConstant)
        {
            if (condition.Immediate != 0) Abort();
            return;
        }

        Block next = _function.NewBlock();
        _builder.Branch(condition, AbortBlock(), next);
        if (_heldIn == _builder.Block) _heldIn = next; // its only way in
        _builder.Block = next;
    }
}
