// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;
using Block = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering;

/// <summary>
/// One program while its code is made: the place where code goes, memory, records, constants, calls of helpers. What statements and
/// expressions mean is in <see cref="StatementLowering"/> and <see cref="ExpressionLowering"/>.
/// </summary>
internal sealed class ProbeLowering
{
    private readonly ExpressionLowering _expressions;

    public ProbeLowering(ScriptModule script, BoundProbe probe, IrFunction function, ProbeForm form)
    {
        (Script, Probe, Form) = (script, probe, form);
        Where = probe.Syntax;
        Frame = new FunctionFrame(function, null);
        Frame.Context = Builder.Parameter(IrType.Pointer, PointerOrigin.Context);
        Memory = new MemoryLowering(this);
        Variables = new VariableLowering(this);
        Conversions = new Conversions(this);
        Maps = new MapLowering(this);
        Aggregations = new AggregationLowering(this);
        Hook = new ContextLowering(this);
        Iterator = new IteratorLowering(this);
        Statements = new StatementLowering(this);
        _expressions = new ExpressionLowering(this);
    }

    public ScriptModule Script { get; }

    public BoundProbe Probe { get; }

    public ProbeKind Kind => Probe.Kind;

    /// <summary>How the program is hooked, as far as that is known before its code is: <see cref="ProbeForm.ChecksSyscall"/> and <see cref="ProbeForm.Context"/> of other kinds than tracepoints.</summary>
    public ProbeForm Form { get; }

    public TraceConfig Config => Script.Config;

    /// <summary>The function that code goes into now.</summary>
    public FunctionFrame Frame { get; set; }

    public IrBuilder Builder => Frame.Builder;

    public MemoryLowering Memory { get; }

    public VariableLowering Variables { get; }

    public Conversions Conversions { get; }

    public MapLowering Maps { get; }

    public AggregationLowering Aggregations { get; }

    /// <summary>What the hook gives: arguments, registers, results.</summary>
    public ContextLowering Hook { get; }

    /// <summary>What iterators give.</summary>
    public IteratorLowering Iterator { get; }

    public StatementLowering Statements { get; }

    /// <summary>The program looks at what the hook gave it.</summary>
    public bool ReadsArguments { get; set; }

    /// <summary>The code has distances in the probed file.</summary>
    public bool NeedsSameFile { get; set; }

    /// <summary>The program must be allowed to sleep.</summary>
    public bool IsSleepable { get; set; }

    /// <summary>What <c>bpf_get_attach_cookie</c> shall give at each target; empty if nobody asks.</summary>
    public List<ulong> Cookies { get; } = [];

    // Expressions.

    public Operand Lower(Expression expression) => _expressions.Lower(expression);

    /// <summary>The value in a register: an I64.</summary>
    public Value LowerScalar(Expression expression) => _expressions.Scalar(expression);

    /// <summary>Writes the value, laid out as a type says, to memory of the type's size.</summary>
    public void LowerInto(Expression expression, Value to, TraceType type) => _expressions.Into(expression, to, type);

    /// <summary>A pointer to the value's bytes, laid out as a type says; they may be someone's: read only.</summary>
    public Value LowerToMemory(Expression expression, TraceType type) => _expressions.ToMemory(expression, type);

    /// <summary>Goes one of two ways.</summary>
    public void Condition(Expression expression, Block then, Block otherwise) => _expressions.Condition(expression, then, otherwise);

    // Constants.

    public Value Number(long number) => Builder.I64(number);

    public Operand Number(TraceType type, long number) => Operand.Scalar(type, Builder.I64(number));

    /// <summary>A pointer to constant bytes.</summary>
    public Value Constant(ReadOnlySpan<byte> bytes) => Builder.Global(Script.Constant(bytes));

    /// <summary>A pointer to zero bytes; read only.</summary>
    public Value Zeroes(int size) => Builder.Global(Script.Zeroes(size));

    // Calls.

    /// <summary>Calls a helper; pointers of scripts are numbers and are taken as they are. The result is an I64, or a pointer where the helper gives one.</summary>
    public Value Call(int helper, params ReadOnlySpan<Value> arguments) => Call(HelperTargets.Find(helper)!, arguments);

    /// <summary>Calls a helper by the kernel's name: <c>bpf_get_prandom_u32</c>.</summary>
    public Value Call(string helper, params ReadOnlySpan<Value> arguments) =>
        Call(HelperTargets.Find(helper) ?? throw new ArgumentException($"no helper '{helper}'", nameof(helper)), arguments);

    /// <summary>Calls a helper that the kernel gives to some hooks only: where it stands goes into the object, for the message of a refusal.</summary>
    public Value CallRestricted(string helper, Node where, params ReadOnlySpan<Value> arguments)
    {
        SourceLocation? around = Builder.Location;
        Builder.Location = Locate(where);
        Script.Restricted.Add(new RestrictedCall(helper, where.Span.ToSourceSpan(), where.Span.SourceLine));
        Value result = Call(helper, arguments);
        Builder.Location = around;
        return result;
    }

    /// <summary>A place in the script, as objects keep it.</summary>
    public SourceLocation Locate(Node node)
    {
        Bpf.Diagnostics.SourceSpan span = node.Span.ToSourceSpan();
        return new SourceLocation(span.File, span.Line, span.Column, span.EndLine, span.EndColumn, node.Span.SourceLine ?? "", Probe.ProgramName);
    }

    /// <summary>Takes the way of <paramref name="failed"/> when a helper's result is negative.</summary>
    public void WhenFailed(Value result, Action failed) => When(Builder.Compare(Op.LessSigned, result, Builder.I64(0)), failed);

    /// <summary>What is being lowered: where errors of the running program are said to be.</summary>
    public Node Where { get; set; }

    /// <summary>Counts a loss when a helper's result is negative.</summary>
    public void CountFailure(Value result, LossCause cause) => WhenFailed(result, () => CountLoss(cause));

    /// <summary>Counts a helper's failure, and tells of it where the script asked for that (<c>-k</c>).</summary>
    public void CheckHelper(Value result, string helper, Node where, LossCause cause = LossCause.HelperFailed) => WhenFailed(result, () =>
    {
        CountLoss(cause);
        if (Script.Options.ReportHelperErrors) ReportHelper(result, helper, where);
    });

    /// <summary>Sends word of a helper's failure.</summary>
    public void ReportHelper(Value result, string helper, Node where)
    {
        const string Prefix = "bpf_";
        string name = helper.StartsWith(Prefix, StringComparison.Ordinal) ? helper[Prefix.Length..] : helper;
        Record record = Reserve(new HelperErrorAction(name) { Where = where.Span.ToSourceSpan() }, 16);
        Builder.Store(record.Pointer, result, 4, 8);
        Builder.Store(record.Pointer, Builder.I32(0), 4, 12);
        Submit(record);
    }

    // Control flow.

    public Block NewBlock() => Builder.Function.NewBlock();

    /// <summary>Code on the way where a value is not zero.</summary>
    public void When(Value condition, Action then, Action? otherwise = null)
    {
        Block yes = NewBlock(), after = NewBlock(), no = otherwise is null ? after : NewBlock();
        Builder.Branch(condition, yes, no);
        Builder.Block = yes;
        then();
        if (!Builder.IsTerminated) Builder.Jump(after);
        if (otherwise is not null)
        {
            Builder.Block = no;
            otherwise();
            if (!Builder.IsTerminated) Builder.Jump(after);
        }

        Builder.Block = after;
    }

    /// <summary>One of two values.</summary>
    public Value Choose(Value condition, Func<Value> then, Func<Value> otherwise)
    {
        Block yes = NewBlock(), no = NewBlock();
        Builder.Branch(condition, yes, no);
        return Join(yes, no, then, otherwise);
    }

    /// <summary>The value of whichever block control came through; both are open.</summary>
    public Value Join(Block first, Block second, Func<Value> ofFirst, Func<Value> ofSecond)
    {
        Block after = NewBlock();
        Builder.Block = first;
        Value one = ofFirst();
        Builder.Jump(after);
        Builder.Block = second;
        Value other = ofSecond();
        Builder.Jump(after);
        Builder.Block = after;
        Value phi = Builder.Phi(one.Type, one, other);
        phi.Origin = one.Origin == other.Origin ? one.Origin : PointerOrigin.Unknown;
        return phi;
    }

    /// <summary>Ends the program here (<c>exit()</c>, <c>return</c>); what follows is never reached.</summary>
    public void Leave() => Statements.Leave(null);

    // Records and losses.

    public int AddAction(TraceAction action) => Script.AddAction(action);

    /// <summary>Reserves a record and writes its action; code until <see cref="Submit"/> runs only if there was room, and must get there: no way out in between.</summary>
    /// <param name="action">What user space does with it.</param>
    /// <param name="size">Bytes in all, at least 8.</param>
    public Record Reserve(TraceAction action, int size)
    {
        Value pointer = Call(Helper.RingReserve, Builder.Map(Script.Ring), Builder.I64(size), Builder.I64(0));
        Block there = NewBlock(), full = NewBlock(), after = NewBlock();
        Builder.Branch(Builder.Compare(Op.NotEqual, pointer, Builder.Null()), there, full);
        Builder.Block = full;
        if (action is not SymbolsSeenAction) CountLoss(LossCause.RingFull); // nothing of the script's is lost with that one: maps are gone through for names as well
        Builder.Jump(after);
        Builder.Block = there;
        Builder.Store(pointer, Builder.I64(AddAction(action)), 8);
        return new Record(pointer, size, after);
    }

    public void Submit(Record record)
    {
        Call(Helper.RingSubmit, record.Pointer, Builder.I64(0));
        Builder.Jump(record.After);
        Builder.Block = record.After;
    }

    /// <summary>Sends a record without fields.</summary>
    public void Send(TraceAction action) => Submit(Reserve(action, 8));

    public void CountLoss(LossCause cause) => Builder.Atomic(AtomicKind.Add, IrType.Void, 8, Builder.Global(Script.Losses, (int)cause * sizeof(ulong)), Builder.I64(1));

    /// <summary>Tells of something that went wrong in the program, as bpftrace does.</summary>
    public void RuntimeError(Node where, string message) => Send(new RuntimeErrorAction(message) { Where = where.Span.ToSourceSpan() });

    // Errors.

    /// <summary>There is no code for something: throw what this makes.</summary>
    public LoweringException Refuse(Node node, string message, params ReadOnlySpan<string> notes) =>
        new(Bpf.Diagnostics.Diagnostic.Error(TraceCodes.CannotLower, message, node.Span.ToSourceSpan(), node.Span.SourceLine, notes));

    private Value Call(HelperTarget target, ReadOnlySpan<Value> arguments) =>
        Builder.Call(target, target.ResultOrigin == PointerOrigin.Unknown ? IrType.I64 : IrType.Pointer, arguments);
}
