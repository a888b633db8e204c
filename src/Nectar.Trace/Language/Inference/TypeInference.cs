// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Inference;

/// <summary>
/// Finds the type of everything. Types of variables and maps follow from all of the script: it is walked until nothing changes any more (two
/// or three times), silently; the last walk then says what is wrong. Branches of <c>if comptime</c> that depend on types wait until those are
/// settled, and what they asked about cannot change afterwards.
/// </summary>
internal sealed partial class TypeInference(BindContext context)
{
    private const int MostWalks = 50;

    private readonly Dictionary<Node, bool> _decisions = [];
    private readonly List<(Node Node, Expression Condition)> _waiting = [];
    private readonly HashSet<object> _introspected = [];
    private readonly HashSet<VariableSymbol> _declared = [];

    /// <summary>Calls of functions that add up, where a map is assigned them.</summary>
    private readonly HashSet<Call> _assigned = [];

    private readonly Dictionary<object, TraceType> _locked = [];
    private readonly Dictionary<object, TraceType> _lockedKeys = [];

    /// <summary>Maps that were only given what no map can be given: those do not begin as 0.</summary>
    private readonly HashSet<TraceMap> _refused = [];

    private bool _changed;
    private bool _isLast;
    private int _introspection;
    private TextSpan? _castPlace;
    private bool _usedIntrospection;
    private int _loopDepth;

    private BoundProbe? _probe;
    private Subprogram? _function;

    private ProbeKind? Kind => _probe?.Kind;

    private ImmutableArray<ProbeTarget> Targets => _probe?.Targets ?? [];

    /// <summary>Which memory addresses are of that nobody says anything else about.</summary>
    private AddressSpace DefaultSpace => Kind switch
    {
        // Functions of the kernel that system calls stand in for: what programs gave is among their arguments.
        _ when Targets is [{ Substitute: { Kind: ProbeKind.Tracepoint, Group: "syscalls" } }, ..] => AddressSpace.None,
        null or ProbeKind.Kprobe or ProbeKind.Kretprobe or ProbeKind.Fentry or ProbeKind.Fexit or ProbeKind.Tracepoint or ProbeKind.RawTracepoint or ProbeKind.Iterator => AddressSpace.Kernel,
        ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt => AddressSpace.User,
        _ => AddressSpace.None,
    };

    public void Run(IReadOnlyList<BoundProbe> probes, IReadOnlyList<Subprogram> functions)
    {
        context.Report.IsOn = false;
        for (int round = 0; round < MostWalks; round++)
        {
            Settle(probes, functions);
            if (!Decide() && !BeginAtZero()) break;
        }

        context.Report.IsOn = true;
        _isLast = true;
        Walk(probes, functions);
        foreach ((Node node, _) in _waiting) context.Report.Error(TraceCodes.Comptime, PlaceOf.Comptime(node), "Unable to resolve comptime expression");
        Finish();
    }

    /// <summary>The branch that is taken where the condition is of words, literals and settings alone.</summary>
    public bool? DecideEarly(BoundProbe probe, Node node, Expression condition)
    {
        bool needsTypes = false;
        TreeWalk.Visit(condition, inner =>
        {
            needsTypes |= inner is not (Comptime or Binary or Unary or Identifier or IntegerLiteral or StringLiteral or BooleanLiteral or PositionalParameter or FieldAccess or Call { Name: "getopt" });
            return !needsTypes;
        });
        if (needsTypes) return null;
        context.Report.IsOn = false;
        (_probe, _function) = (probe, null);
        Visit(condition);
        context.Report.IsOn = true;
        if (Truth(condition) is { } truth) _decisions[node] = truth;
        return Truth(condition);
    }

    private void Settle(IReadOnlyList<BoundProbe> probes, IReadOnlyList<Subprogram> functions)
    {
        for (int walk = 0; walk < MostWalks; walk++)
        {
            _changed = false;
            Walk(probes, functions);
            if (!_changed) return;
        }
    }

    /// <summary>Maps that only ever count up from nothing begin as 0. False if there are none.</summary>
    private bool BeginAtZero()
    {
        bool any = false;
        foreach (TraceMap map in context.UsedMaps)
        {
            if (!map.ValueType.IsNone || _refused.Contains(map)) continue;
            map.ValueType = TraceType.Int8;
            any = true;
        }

        return any;
    }

    private void Walk(IReadOnlyList<BoundProbe> probes, IReadOnlyList<Subprogram> functions)
    {
        _waiting.Clear();
        _introspected.Clear();
        foreach (Subprogram function in functions)
        {
            (_probe, _function) = (null, function);
            VisitFunction(function);
        }

        foreach (BoundProbe probe in probes)
        {
            (_probe, _function) = (probe, null);
            if (probe.Syntax.Predicate is { } predicate) VisitCondition(predicate, PlaceOf.Predicate(predicate));
            Visit(probe.Syntax.Body);
        }
    }

    /// <summary>Takes the branches that can be told now; what their conditions asked about is settled for good.</summary>
    private bool Decide()
    {
        bool any = false;
        foreach ((Node node, Expression condition) in _waiting)
        {
            if (Truth(condition) is not { } truth) continue;
            _decisions[node] = truth;
            any = true;
        }

        if (!any) return false;
        foreach (object item in _introspected)
        {
            switch (item)
            {
                case VariableSymbol { Type.IsNone: false } variable:
                    _locked.TryAdd(variable, variable.Type);
                    break;
                case TraceMap map:
                    if (!map.ValueType.IsNone) _locked.TryAdd(map, map.ValueType);
                    if (!map.KeyType.IsNone) _lockedKeys.TryAdd(map, map.KeyType);
                    break;
            }
        }

        return true;
    }

    private void Finish()
    {
        foreach (TraceMap map in context.UsedMaps)
        {
            map.KeyType = Settled(map.KeyType);
            map.ValueType = Settled(map.ValueType);
        }
    }

    /// <summary>Without what only matters while types are found.</summary>
    private static TraceType Settled(TraceType type) => type.IsFlexible ? type with { IsFlexible = false } : type;

    private void VisitFunction(Subprogram function)
    {
        foreach ((VariableReference variable, TypeName type) in function.Parameters)
        {
            TraceType resolved = Resolve(type);
            if (_isLast && resolved.IsNone) context.Report.Error(TraceCodes.UnknownType, type, "Unable to resolve argument type.");
            variable.Type = resolved;
            if (variable.Symbol is not { } symbol) continue;
            _declared.Add(symbol);
            Set(symbol, resolved);
        }

        TraceType result = Resolve(function.Result);
        if (_isLast && result.IsNone) context.Report.Error(TraceCodes.UnknownType, function.Result, "Unable to resolve suitable return type.");
        Visit(function.Body);
        if (_isLast && !result.IsNone && result.Kind != TypeKind.Void && !Returns(function.Body))
            context.Report.Error(TraceCodes.TypeMismatch, function, $"Function {function.Name} is of type {result}, cannot return void");
    }

    /// <summary>All ways through end in a return.</summary>
    private static bool Returns(Statement? statement) => statement switch
    {
        Return => true,
        Block block => block.Statements.Exists(Returns),
        If branch => Returns(branch.Then) && Returns(branch.Otherwise),
        _ => false,
    };

    /// <summary>Whether a map is used in the form that it has.</summary>
    private bool CheckForm(Node use, Node where)
    {
        if (!context.BadUses.TryGetValue(use, out string? message)) return true;
        context.Report.Error(TraceCodes.MapUse, where, message);
        return false;
    }

    private void Set(VariableSymbol symbol, TraceType type)
    {
        if (type.IsNone || symbol.Type.IsIdentical(type)) return;
        symbol.Type = type;
        _changed = true;
    }

    /// <summary>A variable is given something.</summary>
    private void Assign(VariableSymbol symbol, TraceType type, Node where, Expression? value)
    {
        if (type.IsNone) return;
        if (type.Kind == TypeKind.Void || (type.IsAggregation && !(type.IsCountable && (symbol.Type.IsNone || symbol.Type.IsInteger))))
        {
            context.Report.Error(TraceCodes.TypeMismatch, where, $"Value '{type}' cannot be assigned to a scratch variable.");
            return;
        }

        if (!_declared.Contains(symbol) && Grow(symbol, symbol.Type, type, where, symbol.Name) is { } grown) Set(symbol, grown);
        else if (!_declared.Contains(symbol))
        {
            if (!_locked.ContainsKey(symbol)) context.Report.Error(TraceCodes.TypeMismatch, where, $"Type mismatch for {symbol.Name}: trying to assign value of type '{type}' when variable already has a type '{symbol.Type}'");
            return;
        }

        if (_isLast && value is not null && !Converts(value, type, symbol.Type))
            context.Report.Error(TraceCodes.TypeMismatch, where, $"Type mismatch for {symbol.Name}: trying to assign value of type '{type}' when variable already has a type '{symbol.Type}'");
    }

    private TraceType? Grow(object item, TraceType current, TraceType added, Node where, string name, bool isKey = false)
    {
        if (!(isKey ? _lockedKeys : _locked).TryGetValue(item, out TraceType? locked)) return TypeRules.Promote(current, added);
        if (TypeRules.Promote(locked, added) is { } promoted && promoted.Equals(locked)) return locked;
        context.Report.Error(TraceCodes.Comptime, where,
            $"Type mismatch for {name}: this type has been locked because it was used in another part of the type graph that was already resolved (e.g. `sizeof`, `typeinfo`, etc.). The new type '{added}' doesn't fit into the locked type '{locked}'");
        return null;
    }
}
