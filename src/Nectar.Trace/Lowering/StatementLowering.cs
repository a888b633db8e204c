// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;
using Block = Nectar.Compiler.Ir.Block;
using SyntaxBlock = Nectar.Trace.Language.Syntax.Block;

namespace Nectar.Trace.Lowering;

/// <summary>Statements, and the ways out of them.</summary>
internal sealed class StatementLowering(ProbeLowering probe)
{
    private const int MaxInlineDepth = 32;

    /// <summary>Where <c>break</c> and <c>continue</c> go; without blocks in the body of a callback, which returns.</summary>
    private readonly record struct LoopScope(FunctionFrame Frame, Block? Break, Block? Continue);

    /// <summary>Where <c>return</c> goes: out of an inlined function, or of the program.</summary>
    private sealed record ReturnScope(FunctionFrame Frame, Block? End, VariableSymbol? Result, Subprogram? Function);

    /// <summary>What a callback tells the function around it.</summary>
    private const int Returned = 1, Left = 2;

    private static readonly object s_flag = new();

    private readonly LoopLowering _loops = new(probe);
    private readonly Stack<LoopScope> _loopScopes = new();
    private int _statements;
    private readonly Stack<ReturnScope> _returnScopes = new();

    private IrBuilder Builder => probe.Builder;

    /// <summary>A program's body behind its predicate, up to the end of the function.</summary>
    public void Program(Probe syntax)
    {
        Block body = probe.NewBlock();
        Builder.Block = body;
        if (HookFilter.Emit(probe)) body = Refront(body);
        if (probe.Kind == ProbeKind.Iterator) probe.Iterator.SkipEnd();
        if (syntax.Predicate is { } predicate)
        {
            Block then = probe.NewBlock();
            probe.Condition(predicate, then, probe.Frame.Exit);
            Builder.Block = then;
            body = Refront(body);
        }

        Lower(syntax.Body);
        if (!Builder.IsTerminated) Builder.Return(Builder.I32(0));
        Seal(probe.Frame, body);
    }

    /// <summary>Closes the block that a function's beginnings are put into.</summary>
    public static void Seal(FunctionFrame frame, Block body) => new IrBuilder(frame.Function) { Block = frame.Front }.Jump(body);

    public void Lower(Statement statement)
    {
        TreeDepth.Check(statement);
        // Turns that are unrolled in one another, functions that are put where they are called: what they grow to is bounded on the way.
        if (probe.Frame.Function.ValueCount / 2 > ProgramLimits.Instructions || ++_statements > ProgramLimits.Instructions) throw ProgramLimits.TooLarge(probe, statement);
        if (probe.Script.Options.LineInfo && statement is not SyntaxBlock) Builder.Location = probe.Locate(statement);
        if (statement is not SyntaxBlock) probe.Where = statement;
        switch (statement)
        {
            case SyntaxBlock block:
                Body(block);
                break;
            case ExpressionStatement { Value: var value }:
                Discarded(() => probe.Lower(value));
                break;
            case Let let:
                Declare(let);
                break;
            case Assignment assignment:
                Assign(assignment);
                break;
            case If branch:
                Lower(branch);
                break;
            case Unroll unroll:
                Lower(unroll);
                break;
            case While loop:
                Lower(loop);
                break;
            case ForMap loop:
                _loops.Lower(loop);
                break;
            case ForRange loop:
                _loops.Lower(loop);
                break;
            case Break or Continue:
                Jump(statement);
                break;
            case Return { Value: var result }:
                ReturnFrom(result);
                break;
            default:
                throw probe.Refuse(statement, $"no code can be made for this {statement.GetType().Name}");
        }
    }

    public void Body(SyntaxBlock block)
    {
        int mark = probe.Memory.Mark();
        foreach (Statement statement in block.Statements)
        {
            Lower(statement);
            if (Builder.IsTerminated) break;
        }

        probe.Memory.Release(mark);
    }

    /// <summary>The body of a loop that is a function of its own; <c>break</c> and <c>continue</c> return.</summary>
    public void CallbackBody(SyntaxBlock block)
    {
        _loopScopes.Push(new LoopScope(probe.Frame, null, null));
        Body(block);
        _loopScopes.Pop();
        if (!Builder.IsTerminated) Builder.Return(Builder.I64(0));
    }

    /// <summary>Behind the helper that called a function back: goes on the way that the body took.</summary>
    public void AfterCallback(FunctionFrame callback)
    {
        if (!callback.Addresses.ContainsKey(s_flag)) return;
        Value flag = Builder.Load(IrType.I64, probe.Variables.Address(s_flag), 8);
        probe.When(Builder.Compare(Op.Equal, flag, Builder.I64(Left)), () => Leave(null));
        if (_returnScopes.Count > 0) probe.When(Builder.Compare(Op.Equal, flag, Builder.I64(Returned)), () => LeaveTo(_returnScopes.Peek()));
    }

    /// <summary>Ends the program.</summary>
    public void Leave(Value? result)
    {
        if (probe.Frame.Outer is null)
        {
            Builder.Return(result is null ? Builder.I32(0) : Builder.Truncate(result));
        }
        else
        {
            Raise(Left);
        }

        Builder.Block = probe.NewBlock(); // nothing comes here; whoever asked may go on all the same
    }

    /// <summary>A call of the script's own function: its body, here.</summary>
    public Operand Inline(Call call, Subprogram function)
    {
        if (_returnScopes.Any(scope => scope.Function == function) || _returnScopes.Count >= MaxInlineDepth) throw probe.Refuse(call, $"the function '{function.Name}' calls itself", "help: use a loop with a bound");
        for (int i = 0; i < function.Parameters.Count; i++)
        {
            VariableSymbol parameter = function.Parameters[i].Variable.Symbol!;
            Operand argument = probe.Lower(call.Arguments[i]);
            probe.Variables.Declare(parameter);
            probe.Variables.Write(parameter, argument);
        }

        TraceType type = function.Result.Resolved;
        VariableSymbol? result = type.Size > 0 ? new VariableSymbol("$" + function.Name) { Type = type } : null;
        if (result is not null) probe.Variables.Declare(result);
        Block end = probe.NewBlock();
        _returnScopes.Push(new ReturnScope(probe.Frame, end, result, function));
        Body(function.Body);
        _returnScopes.Pop();
        if (!Builder.IsTerminated) Builder.Jump(end);
        Builder.Block = end;
        return result is null ? Operand.Nothing : probe.Variables.Read(new VariableReference { Name = result.Name, Symbol = result });
    }

    private void Declare(Let let)
    {
        VariableSymbol symbol = let.Variable.Symbol!;
        probe.Variables.Declare(symbol);
        if (let.Value is { } value) Discarded(() => Set(symbol, value));
    }

    private void Assign(Assignment assignment)
    {
        if (assignment.Target is VariableReference { Symbol: { } known } && !probe.Variables.IsKnown(known)) probe.Variables.Declare(known);
        Discarded(() =>
        {
            switch (assignment.Target)
            {
                case VariableReference { Symbol: { } symbol } variable:
                    if (assignment.Operator is { } op) probe.Variables.Write(symbol, Combined(op, probe.Variables.Read(variable), assignment.Value, symbol.Type));
                    else Set(symbol, assignment.Value);
                    break;
                case MapReference or MapAccess:
                    probe.Maps.Assign(assignment);
                    break;
                default:
                    throw probe.Refuse(assignment.Target, "only variables and maps can be assigned to");
            }
        });
    }

    /// <summary>The result of a compound assignment.</summary>
    public Operand Combined(BinaryOperator op, Operand old, Expression value, TraceType type) =>
        Operand.Scalar(type, new OperatorLowering(probe).Arithmetic(op, old, probe.Lower(value), type, value));

    private void Set(VariableSymbol symbol, Expression value)
    {
        if (symbol.Type.IsScalar || value is Conditional or BlockExpression) probe.Variables.Write(symbol, probe.Lower(value));
        else if (symbol.Type.Size > 0) probe.LowerInto(value, probe.Variables.Address(symbol), symbol.Type);
        else probe.Lower(value);
    }

    /// <summary>What was allocated for values in between is free again afterwards.</summary>
    private void Discarded(Action statement)
    {
        int mark = probe.Memory.Mark();
        statement();
        probe.Memory.Release(mark);
    }

    private void Lower(If branch)
    {
        if (branch.Condition.Constant is IntegerConstant { Bits: var known })
        {
            if (known != 0) Body(branch.Then);
            else if (branch.Otherwise is { } only) Lower(only);
            return;
        }

        Block then = probe.NewBlock(), after = probe.NewBlock(), otherwise = branch.Otherwise is null ? after : probe.NewBlock();
        Discarded(() => probe.Condition(branch.Condition, then, otherwise));
        Builder.Block = then;
        Body(branch.Then);
        if (!Builder.IsTerminated) Builder.Jump(after);
        if (branch.Otherwise is { } rest)
        {
            Builder.Block = otherwise;
            Lower(rest);
            if (!Builder.IsTerminated) Builder.Jump(after);
        }

        Builder.Block = after;
    }

    private void Lower(Unroll unroll)
    {
        if ((unroll.Count.Constant as IntegerConstant)?.Bits is not { } count) throw probe.Refuse(unroll.Count, "the number of turns must be known when the script is compiled");
        Block end = probe.NewBlock();
        for (long i = 0; i < count; i++)
        {
            Block next = probe.NewBlock();
            _loopScopes.Push(new LoopScope(probe.Frame, end, next));
            Body(unroll.Body);
            _loopScopes.Pop();
            if (!Builder.IsTerminated) Builder.Jump(next);
            Builder.Block = next;
        }

        Builder.Jump(end);
        Builder.Block = end;
    }

    private void Lower(While loop)
    {
        Block head = probe.NewBlock(), body = probe.NewBlock(), after = probe.NewBlock();
        Builder.Jump(head);
        Builder.Block = head;
        Discarded(() => probe.Condition(loop.Condition, body, after));
        Builder.Block = body;
        _loopScopes.Push(new LoopScope(probe.Frame, after, head));
        Body(loop.Body);
        _loopScopes.Pop();
        if (!Builder.IsTerminated) Builder.Jump(head);
        Builder.Block = after;
    }

    private void Jump(Statement statement)
    {
        if (!_loopScopes.TryPeek(out LoopScope scope)) throw probe.Refuse(statement, "there is no loop to leave or to go on with");
        bool isBreak = statement is Break;
        if ((isBreak ? scope.Break : scope.Continue) is { } target) Builder.Jump(target);
        else Builder.Return(Builder.I64(isBreak ? 1 : 0));
    }

    private void ReturnFrom(Expression? value)
    {
        if (_returnScopes.TryPeek(out ReturnScope? scope))
        {
            if (scope.Result is { } result && value is not null) Discarded(() => Set(result, value));
            else if (value is not null) probe.Lower(value);
            LeaveTo(scope);
            return;
        }

        Leave(value is null ? null : probe.LowerScalar(value));
    }

    private void LeaveTo(ReturnScope scope)
    {
        if (scope.Frame == probe.Frame) Builder.Jump(scope.End!);
        else Raise(Returned);
    }

    /// <summary>Out of a callback, and of the helper's loop.</summary>
    private void Raise(int how)
    {
        FunctionFrame root = probe.Frame;
        while (root.Outer is { } outer) root = outer;
        if (!root.Addresses.ContainsKey(s_flag))
        {
            IrBuilder front = new(root.Function) { Block = root.Front };
            Value slot = root.Addresses[s_flag] = front.StackSlot(8, 8, "(left)");
            front.Store(slot, front.I64(0), 8);
        }

        Builder.Store(probe.Variables.Address(s_flag), Builder.I64(how), 8);
        Builder.Return(Builder.I64(1));
    }

    /// <summary>What the body needs is not needed by those events that the predicate turns away.</summary>
    private Block Refront(Block first)
    {
        FunctionFrame frame = probe.Frame;
        Seal(frame, first);
        Block front = probe.NewBlock(), body = probe.NewBlock();
        Builder.Jump(front);
        frame.Front = front;
        Builder.Block = body;
        return body;
    }
}
