// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Reflection.Metadata;
using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Frontends.IL.Decoding;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>
/// Makes one function of the IR out of a method and everything that it calls: calls are translated where they are. The evaluation stack
/// exists while translating only. There are no phis: what crosses blocks is stored in slots of the frame, <c>Promote</c> makes registers of them.
/// </summary>
internal sealed partial class Translator
{
    private const int MaxDepth = 100;
    private const int MaxValues = 400_000;

    private readonly ModuleTranslation _module;
    private readonly IrFunction _function;
    private readonly IrBuilder _builder;
    private readonly long _abortResult;
    private Frame _frame = null!;
    private Scope _scope = null!;
    private IlBlock _block = null!;
    private int _next; // the instruction behind the current one
    private bool _isDead; // nothing behind the current instruction is reached
    private Block? _abort;

    private Translator(ModuleTranslation module, IrFunction function, long abortResult)
    {
        _module = module;
        _function = function;
        _builder = new IrBuilder(function);
        _abortResult = abortResult;
    }

    internal ModuleTranslation Module => _module;

    internal IrBuilder Builder => _builder;

    /// <summary>True if nothing behind the current instruction is reached.</summary>
    internal bool IsDead => _isDead;

    private List<Operand> Stack => _frame.Stack;

    /// <summary>Translates a method into a function.</summary>
    /// <param name="module">What it becomes a part of.</param>
    /// <param name="function">The function, empty.</param>
    /// <param name="method">The method.</param>
    /// <param name="abortResult">What is returned where C# would throw.</param>
    /// <param name="bind">Makes the arguments, <c>this</c> first, from the function's parameters.</param>
    /// <returns>False if it was refused: the diagnostics tell why.</returns>
    public static bool Translate(ModuleTranslation module, IrFunction function, MethodModel method, long abortResult, Func<Translator, Operand[]> bind)
    {
        Translator translator = new(module, function, abortResult);
        try
        {
            translator.TranslateBody(method, bind);
            return true;
        }
        catch (Refusal refusal)
        {
            if (!refusal.IsReported) module.Diagnostics.Add(refusal.Diagnostic);
        }
        catch (CompileException exception)
        {
            foreach (Diagnostic diagnostic in exception.Diagnostics) module.Diagnostics.Add(translator.Located(diagnostic));
        }
        catch (BadImageFormatException exception)
        {
            module.Diagnostics.Add(ProbeDiagnostics.At(translator._builder.Location, IlCodes.Damaged, $"the code of '{method.Name}' cannot be read: {exception.Message}"));
        }

        return false;
    }

    private void TranslateBody(MethodModel method, Func<Translator, Operand[]> bind)
    {
        _builder.Location = _function.Location = method.LocationAt(0);
        Operand[] arguments = bind(this);
        Operand result = Inline(method, arguments, out bool returns);
        if (!returns) return;
        switch (StackKinds.Of(method.ReturnType))
        {
            case StackKind.Void when _function.Result == IrType.Void:
                _builder.Return();
                break;
            case StackKind.Void:
                _builder.Return(_builder.Constant(_function.Result, 0)); // a program without a result returns 0
                break;
            case StackKind.Struct or StackKind.Object or StackKind.Float:
                throw Refuse(IlCodes.BadSignature, $"'{method.Name}' returns '{method.ReturnType.DisplayName}', which does not fit into a register", "help: return an integer or a pointer; larger results go into an 'out' parameter");
            default:
                _builder.Return(Convert(result.Value!, _function.Result, method.ReturnType.IsSigned));
                break;
        }
    }

    /// <summary>Puts the code of a method here.</summary>
    private Operand Inline(MethodModel method, Operand[] arguments, out bool returns)
    {
        CheckInline(method);
        IlBody body = _module.Decode(method);
        Frame caller = _frame;
        (Scope scope, IlBlock block, int next) = (_scope, _block, _next);
        SourceLocation? location = _builder.Location;
        Frame frame = new()
        {
            Method = method,
            Body = body,
            Caller = caller,
            CalledFrom = caller is null ? null : location,
            CallBlock = block,
            Depth = caller is null ? 0 : caller.Depth + 1,
            Arguments = BindArguments(method, body, arguments),
            Locals = new Variable[body.Locals.Length],
        };
        foreach (IlRegion region in body.Regions)
        {
            if (region.Kind == IlRegionKind.Catch) throw RefuseIn(frame, region, IlCodes.Catch, "exceptions cannot be caught in a program: there are none", "help: test for the condition before it happens; 'using' and 'finally' work");
        }

        _frame = frame;
        MakeLocals(method.Body);
        _scope = new Scope(-1, null, body.Blocks.Length);
        if (body.Blocks[0].Predecessors == 1)
        {
            _scope.States[0] = new BlockState(_builder.Block); // no way back to it: it goes on where the call is
            _scope.Pending.Enqueue(body.Blocks[0], 0);
        }
        else
        {
            _builder.Jump(Enter(body.Blocks[0]));
        }

        TranslateScope();
        _frame = caller!;
        (_scope, _block, _next, _builder.Location) = (scope, block, next, location);
        Block? end = frame.ReturnBlock ?? frame.EndBlock;
        returns = end is not null;
        _isDead = !returns;
        if (end is null) return default;
        _builder.Block = end;
        return frame.Result is { } result ? Read(result) : frame.Returned;
    }

    /// <summary>The C# of a method that is known otherwise, where that does not fit.</summary>
    internal Operand InlineBody(MethodModel method, Operand[] arguments)
    {
        Operand result = Inline(method, arguments, out bool returns);
        if (!returns) _isDead = true;
        return result;
    }

    private void CheckInline(MethodModel method)
    {
        if (!method.HasBody) throw Refuse(IlCodes.NoBody, $"'{method}' has no code to compile", "help: mark it [Helper] or [Kfunc] if the kernel does it");
        if (_frame is null) return;
        for (Frame? frame = _frame; frame is not null; frame = frame.Caller)
        {
            if (frame.Method == method) throw RefuseRecursion(method);
        }

        if (_frame.Depth >= MaxDepth) throw Refuse(IlCodes.TooDeep, $"calls are nested more than {MaxDepth} deep at '{method}'", "help: every call is inlined; mark a method [Subprogram] to make it a function");
        if (_function.ValueCount > MaxValues) throw Refuse(IlCodes.TooLarge, $"'{_function.Name}' becomes too large while calls are inlined", "help: mark methods that are called at many places [Subprogram]");
    }

    private void TranslateScope()
    {
        Scope scope = _scope;
        while (scope.Pending.TryDequeue(out IlBlock? block, out _)) TranslateBlock(block);
    }

    private void TranslateBlock(IlBlock block)
    {
        BlockState state = _scope.States[block.Index]!;
        if (state.IsDone) return;
        state.IsDone = true;
        _block = block;
        _builder.Block = state.Block;
        _isDead = false;
        _frame.Point = -1;
        if (_frame.Method.Assembly.IsLibrary) _builder.Location = _frame.CalledFrom;
        LoadEntry(state);
        IlInstruction[] instructions = _frame.Body.Instructions;
        for (int i = block.First; i < block.End; i++)
        {
            _next = i + 1;
            Place(instructions[i].Offset);
            Step(instructions[i]);
            if (_isDead) return;
        }

        if (_builder.Block.Terminator is null) _builder.Jump(Enter(_frame.Body.Blocks[block.Index + 1]));
    }

    /// <summary>Sets the location of what comes: the statement that the offset belongs to. Code of the library is blamed on its caller.</summary>
    private void Place(int offset)
    {
        Frame frame = _frame;
        if (frame.Method.Assembly.IsLibrary) return;
        SequencePointModel[] points = frame.Method.SequencePoints;
        int point = frame.Point;
        if (point < 0)
        {
            point = 0;
            while (point < points.Length && points[point].Offset < offset) point++;
            if (point == points.Length || points[point].Offset > offset) point--;
        }
        else
        {
            while (point + 1 < points.Length && points[point + 1].Offset <= offset) point++;
        }

        if (point == frame.Point || point < 0) return;
        frame.Point = point;
        while (point > 0 && points[point].IsHidden) point--;
        if (!points[point].IsHidden) _builder.Location = points[point].ToLocation(frame.Method, frame.CalledFrom);
    }

    private void Step(in IlInstruction instruction)
    {
        int index = Handlers.Index(instruction.Code);
        if (Handlers.Table[index] is { } handler) handler(this, instruction);
        else throw RefuseInstruction(instruction.Code);
    }

    private Operand Pop()
    {
        List<Operand> stack = Stack;
        if (stack.Count == 0) throw new BadImageFormatException("the evaluation stack is empty");
        Operand top = stack[^1];
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    private void Push(Value value) => Stack.Add(Operand.Of(value));

    private void Push(KnownObject known) => Stack.Add(Operand.Of(known));

    private void Push(in Operand operand) => Stack.Add(operand);

    /// <summary>A number or an address from the stack.</summary>
    private Value PopValue()
    {
        Operand top = Pop();
        if (top is { Value: { } value, IsStruct: false }) return value;
        throw RefuseOperand(top);
    }

    /// <summary>An address from the stack.</summary>
    private Value PopPointer() => AsPointer(Pop());

    internal Value AsPointer(in Operand operand)
    {
        if (operand is { Value: { } value }) return operand.IsStruct ? value : Convert(value, IrType.Pointer, false);
        if (operand.Object is NullObject) return _builder.Null();
        throw RefuseOperand(operand);
    }

    /// <summary>Before memory is written: structs on the stack that only borrow their bytes get copies.</summary>
    private void Settle()
    {
        List<Operand> stack = Stack;
        for (int i = 0; i < stack.Count; i++)
        {
            if (stack[i] is { Struct: { } type, IsOwn: false } operand) stack[i] = Operand.Own(CopyOf(operand.Value!, type), type);
        }
    }

    /// <summary>The text of a diagnostic with the current place, if it has none.</summary>
    private Diagnostic Located(Diagnostic diagnostic)
    {
        if (diagnostic.Span is not null) return diagnostic;
        Diagnostic at = ProbeDiagnostics.At(_builder.Location, diagnostic.Code, diagnostic.Message, diagnostic.Notes.AsSpan());
        return diagnostic.Severity == Severity.Error ? at : diagnostic;
    }

    [DoesNotReturn]
    private static void Damaged(string what) => throw new BadImageFormatException(what);
}
