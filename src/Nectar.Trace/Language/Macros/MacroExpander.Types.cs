// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Macros;

// Where types stand: a parameter that is given typeof(x) stands for a type.
internal sealed partial class MacroExpander
{
    protected override Expression VisitSizeOf(SizeOf e)
    {
        (TypeName? type, Expression? value) = VisitTypeOrValue(e.OfType, e.OfValue);
        return new SizeOf { OfType = type, OfValue = value, Span = e.Span };
    }

    protected override Expression VisitTypeInfo(TypeInfo e)
    {
        (TypeName? type, Expression? value) = VisitTypeOrValue(e.OfType, e.OfValue);
        return new TypeInfo { OfType = type, OfValue = value, Span = e.Span };
    }

    protected override Expression VisitOffsetOf(OffsetOf e)
    {
        (TypeName? type, Expression? value) = VisitTypeOrValue(e.OfType, e.OfValue);
        List<string> path = e.Path;
        if (path.Count == 1 && _frame is not null && _frame.Arguments.TryGetValue(path[0], out Expression? given))
        {
            if (PathOf(given) is { } fields) path = fields;
            else if (given is FieldAccess) _report.Error(given.Span, "FieldAccess expressions must be made up entirely of idents (e.g. a.b.c) to replace the second argument in `offsetof`");
        }

        return new OffsetOf { OfType = type, OfValue = value, Path = path, IsQuestion = e.IsQuestion, Span = e.Span };
    }

    private (TypeName? Type, Expression? Value) VisitTypeOrValue(TypeName? type, Expression? value)
    {
        if (type is not null) return (Visit(type), null);
        if (value is not Identifier word) return (null, VisitOptional(value));
        // a bare word here is a type's name or a parameter, never a macro's use
        if (_frame is null || !_frame.Arguments.TryGetValue(word.Name, out Expression? given)) return (null, AstCloner.Clone(word));
        return given is TypeArgument argument ? (AstCloner.Clone(argument.OfType), null) : (null, AstCloner.Clone(given));
    }

    protected override TypeName Visit(TypeName t)
    {
        if (t.OfValue is Identifier)
        {
            (TypeName? type, Expression? value) = VisitTypeOrValue(null, t.OfValue);
            return type is not null ? WithSuffixes(type, t) : new TypeName { Name = "", OfValue = value, Suffixes = t.Suffixes, Span = t.Span };
        }

        if (_frame is null || t.Name.Length == 0) return base.Visit(t);
        int space = t.Name.IndexOf(' ', StringComparison.Ordinal);
        string tag = space > 0 ? t.Name[..(space + 1)] : "", word = t.Name[(space + 1)..];
        if (!_frame.Arguments.TryGetValue(word, out Expression? given)) return base.Visit(t);
        string? name = given switch
        {
            Identifier identifier => identifier.Name,
            TypeArgument { OfType: { Suffixes.Count: 0, Members.Count: 0, OfValue: null } plain } when !plain.Name.Contains(' ') => plain.Name,
            TypeArgument { OfType: { Suffixes.Count: 0, OfValue: Identifier identifier } } => identifier.Name,
            _ => null,
        };
        if (name is not null) return new TypeName { Name = tag + name, Suffixes = t.Suffixes, Span = t.Span };
        if (tag.Length == 0 && given is TypeArgument { OfType: { } type2 }) return WithSuffixes(AstCloner.Clone(type2), t);
        _report.Error(given.Span, $"Invalid replacement for macro '{_frame.Macro.Name}' type parameter '{word}' which makes up the type '{AstPrinter.Describe(t)}'");
        return base.Visit(t);
    }

    private static TypeName WithSuffixes(TypeName type, TypeName written) =>
        new() { Name = type.Name, OfValue = type.OfValue, Members = type.Members, Suffixes = [.. type.Suffixes, .. written.Suffixes], Span = written.Span };
}
