// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    /// <summary>The type that a name says; <see cref="TraceType.None"/> where there is none of that name, or not yet.</summary>
    private TraceType Resolve(TypeName name)
    {
        TraceType type = ResolveBase(name);
        if (type.IsNone) return name.Resolved = type;
        foreach (int suffix in name.Suffixes)
        {
            if (suffix < 0) type = TraceType.Pointer(type);
            else if (type.Kind == TypeKind.String && type.Size == 0) type = TraceType.String(suffix);
            else if (type.Kind == TypeKind.Buffer && type.Size == 4) type = TraceType.Buffer(suffix);
            else if (type.Kind == TypeKind.InternetAddress) continue;
            else type = TraceType.Array(type, suffix);
        }

        return name.Resolved = type;
    }

    private TraceType ResolveBase(TypeName name)
    {
        if (name.OfValue is { } value) return Introspect(value);
        if (name.Members.Count > 0)
        {
            (string, TraceType)[] members = new (string, TraceType)[name.Members.Count];
            for (int i = 0; i < members.Length; i++)
            {
                members[i] = ("", Resolve(name.Members[i]));
                if (members[i].Item2.IsNone) return TraceType.None;
            }

            return TraceType.Tuple(members);
        }

        if (BuiltinTypes.Find(name.Name) is { } builtin) return builtin;
        if (context.Types.Find(name.Name, ProgramTypes) is { } found) return found;
        if (name.Name.StartsWith("enum ", StringComparison.Ordinal)) context.Report.Error(TraceCodes.UnknownType, _castPlace ?? name.Span, $"Unknown enum: {name.Name[5..]}", NearTypes(name.Name));
        else context.Report.Error(TraceCodes.UnknownType, name, $"Cannot resolve unknown type \"{name.Name}\"", NearTypes(name.Name));
        return TraceType.None;
    }

    /// <summary>Where the probe is in a program: that program's types.</summary>
    private Func<DwarfTypeFactory?>? ProgramTypes => Kind is ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt && context.Options.Attach is { } attach && Targets is [{ Path.Length: > 0 } target, ..]
        ? () => attach.DebugTypes(target.Path)
        : null;

    private static readonly string[] s_unknownMember = ["help: it is declared, but not the type of one of its members"];

    private ReadOnlySpan<string> NearTypes(string name) => _isLast && context.Types.IsDeclared(name) ? s_unknownMember : _isLast ? Hints.Nearest("type", name, context.Types.Names(name).Concat(BuiltinTypes.Names)) : [];

    /// <summary>The type of a value that is only asked for its type. Of a map with keys it is that of the keys.</summary>
    private TraceType Introspect(Expression value)
    {
        _introspection++;
        _usedIntrospection = true;
        TraceType type;
        if (value is MapReference { Map: { } map } && context.FormOf(map) != MapForm.Scalar)
        {
            _introspected.Add(map);
            type = map.KeyType;
        }
        else if (value is Identifier { Name: var name } && context.Types.Find("struct " + name) is { } structure && !IsName(name))
        {
            type = structure;
        }
        else
        {
            type = Visit(value);
        }

        _introspection--;
        return type;
    }

    /// <summary>Where a type may stand, a word that is no builtin is a type if there is one of that name.</summary>
    private TraceType TypeOf(TypeName? type, Expression? value) => type is not null ? Resolve(type)
        : value is null ? TraceType.None
        : value is Identifier word && !IsName(word.Name) && context.Types.Find(word.Name, ProgramTypes) is { } named ? named
        : Introspect(value);

    private TraceType VisitSizeOf(SizeOf e)
    {
        TraceType type = TypeOf(e.OfType, e.OfValue);
        _usedIntrospection |= e.OfValue is not null;
        if (type.IsNone)
        {
            e.Constant = null;
            return TraceType.None;
        }

        return Literal(e, type.Size, false);
    }

    private TraceType VisitOffsetOf(OffsetOf e)
    {
        TraceType type = TypeOf(e.OfType, e.OfValue);
        e.Constant = null;
        if (type.IsNone) return type;
        long offset = 0;
        foreach (string name in e.Path)
        {
            if (type.Kind != TypeKind.Struct)
            {
                context.Report.Error(TraceCodes.UnknownField, e, $"'{type}' is not a C type.");
                return TraceType.None;
            }

            if (type.Struct!.Find(name) is not { } path)
            {
                if (e.IsQuestion) return Literal(e, false);
                context.Report.Error(TraceCodes.UnknownField, e, $"'{type}' has no field named '{name}'", NearFields(type.Struct, name));
                return TraceType.None;
            }

            foreach (StructField field in path) offset += field.Offset;
            type = path[^1].Type;
        }

        return e.IsQuestion ? Literal(e, true) : Literal(e, offset, false);
    }

    private TraceType VisitTypeInfo(TypeInfo e)
    {
        TraceType type = TypeOf(e.OfType, e.OfValue);
        _usedIntrospection = true;
        e.Constant = null;
        if (type.IsNone) return TraceType.None;
        CheckSwitchedOff(e, "typeinfo");
        e.Constant = new TypeConstant(type);
        return TraceType.Tuple([("btf_id", TraceType.UInt64), ("base_type", TraceType.String(TypeNames.DescribeKind(type).Length + 1)), ("full_type", TraceType.String(type.ToString().Length + 1))]);
    }

    private TraceType VisitCast(Cast e)
    {
        TraceType from = Visit(e.Operand);
        _castPlace = e.Span;
        TraceType to = Resolve(e.Target);
        _castPlace = null;
        e.Constant = null;
        if (to.IsNone || from.IsNone) return from.IsNone && e.Target.OfValue is null && to.Kind != TypeKind.Array ? WithPlace(to, DefaultSpace) : TraceType.None;
        if (to.Kind == TypeKind.Array && to.Count == 0 && to.Element!.Size != 0 && from.Size % to.Element.Size == 0) to = TraceType.Array(to.Element, from.Size / to.Element.Size);
        if (to.Kind == TypeKind.String && to.Size == 0 && from.Kind == TypeKind.String) to = TraceType.String(from.Size);
        if (_isLast) CheckCast(e, from, to);
        if (to.Kind == TypeKind.Boolean && IsLiteral(e.Operand) && Truth(e.Operand) is { } truth) return Literal(e, truth);
        bool isHeld = to.Kind is TypeKind.Array && from.Kind is TypeKind.Integer or TypeKind.Boolean; // the bytes of a number are in no memory
        AddressSpace space = isHeld ? AddressSpace.None : from.Space != AddressSpace.None ? from.Space : DefaultSpace;
        return WithPlace(to, space, from.IsContext && !to.IsInteger);
    }

    private void CheckCast(Cast e, TraceType from, TraceType to)
    {
        if (from.Kind == TypeKind.Struct)
        {
            context.Report.Error(TraceCodes.Cast, e, $"Cannot cast from C type \"{from}\"");
            return;
        }

        if (to.Equals(from))
        {
            context.Report.Warning(TraceCodes.Unused, e, $"Unnecessary cast: expression is already of type {from}");
            return;
        }

        if (!CanCast(e, from, to)) context.Report.Error(TraceCodes.Cast, e, $"Cannot cast from \"{from}\" to \"{to}\"");
        if (to.Enum is { } names && Number(e.Operand) is { } number && IsLiteral(e.Operand) && !names.Names.ContainsKey(number))
            context.Report.Error(TraceCodes.Cast, e, $"Enum: {names.Name} doesn't contain a variant value of {number}");
    }

    private bool CanCast(Cast e, TraceType from, TraceType to)
    {
        if (to.Kind == TypeKind.String && from.Kind == TypeKind.String) return to.Size >= from.Size;
        if (to.Kind == TypeKind.Username) return from.IsInteger;
        if (to.Kind == TypeKind.Array)
        {
            if (to.Count == 0)
            {
                context.Report.Error(TraceCodes.Cast, e, to.Element!.Size == 0 ? "Could not determine size of the array" : "Cannot determine array size: the element size is incompatible with the cast integer size");
                return false;
            }

            if (to.Element!.Kind is not (TypeKind.Integer or TypeKind.Boolean)) return false;
            if (from.IsInteger) return (to.Size <= 8 && to.Size > from.Size) || to.Size == from.Size;
            return from.Kind is TypeKind.Boolean or TypeKind.String && to.Size == from.Size;
        }

        if (to.Kind is not (TypeKind.Integer or TypeKind.Pointer or TypeKind.Boolean)) return false;
        if (from.Kind == TypeKind.Array) return to.IsInteger && to.Size == from.Size;
        if (from.Kind == TypeKind.Pointer || from.IsInteger || from.IsCountable) return true;
        return to.Kind switch
        {
            TypeKind.Boolean => from.Kind is TypeKind.String or TypeKind.Boolean,
            TypeKind.Integer => from.Kind == TypeKind.Boolean || from.IsContext,
            _ => true,
        };
    }
}
