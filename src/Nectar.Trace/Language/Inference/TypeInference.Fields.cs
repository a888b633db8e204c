// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    private const int CommonFieldsOfTracepoints = 8;

    private TraceType VisitField(FieldAccess e)
    {
        TraceType type = Visit(e.Target);
        e.Constant = null;
        if (type.IsNone) return type;
        bool isContext = type.IsContext;
        AddressSpace space = type.Space;
        while (type.Kind == TypeKind.Pointer)
        {
            // pointers are followed as far as they go
            type = type.Element!;
        }

        if (type.IsRecord) return VisitRecordField(e, type);
        if (type.Kind != TypeKind.Struct)
        {
            context.Report.Error(TraceCodes.UnknownField, e, $"Can not access field '{e.Name}' on expression of type '{type}'");
            return TraceType.None;
        }

        StructType structure = Definition(type.Struct!);
        if (structure.Find(e.Name) is not { } path)
        {
            ReportNoField(e, structure);
            return TraceType.None;
        }

        e.Path = path;
        StructField field = path[^1];
        if (e.Target is Identifier { Name: "args" } && Kind == ProbeKind.Tracepoint && path[0].Offset < CommonFieldsOfTracepoints && path[0].Argument < 0)
            context.Report.Error(TraceCodes.UnknownField, e, "BPF does not support accessing common tracepoint fields");
        if (field.Type.IsNone)
        {
            context.Report.Error(TraceCodes.UnknownField, e, $"{e.Name} has unsupported type");
            return TraceType.None;
        }

        TraceType result = field.Type.Space != AddressSpace.None && field.Type.Kind == TypeKind.Pointer ? field.Type : WithPlace(field.Type, space);
        if (result.Kind == TypeKind.String && structure.IsDeclared) result = result with { Size = result.Size + 1 };
        bool inContext = isContext && field.Argument < 0 && result.Kind is TypeKind.Array or TypeKind.Struct;
        return inContext == result.IsContext ? result : result with { IsContext = inContext };
    }

    /// <summary>A struct that was only declared where it was met may be defined elsewhere.</summary>
    private StructType Definition(StructType structure) => structure.Size == 0 && context.Types.Find(structure.Name, ProgramTypes) is { Kind: TypeKind.Struct, Struct: { } defined } ? defined : structure;

    private void ReportNoField(FieldAccess e, StructType structure)
    {
        if (e.Target is Identifier { Name: "args" } && Kind is ProbeKind.Fentry or ProbeKind.Fexit or ProbeKind.RawTracepoint or ProbeKind.Uprobe)
            context.Report.Error(TraceCodes.UnknownField, e, $"Can't find function parameter {e.Name}", NearFields(structure, e.Name));
        else if (structure.Size == 0 && structure.Fields.Count == 0)
            context.Report.Error(TraceCodes.UnknownField, e, $"Unknown struct/union: '{structure.Name}'", NearTypes(structure.Name));
        else context.Report.Error(TraceCodes.UnknownField, e, $"Struct/union of type '{structure.Name}' does not contain a field named '{e.Name}'", NearFields(structure, e.Name));
    }

    private ReadOnlySpan<string> NearFields(StructType structure, string name) => _isLast ? Hints.Nearest("field", name, FieldNames(structure, 0)) : [];

    private static IEnumerable<string> FieldNames(StructType structure, int depth)
    {
        foreach (StructField field in structure.Fields)
        {
            if (field.Name.Length > 0) yield return field.Name;
            else if (depth < 8 && field.Type.Struct is { } inner)
            {
                foreach (string name in FieldNames(inner, depth + 1)) yield return name;
            }
        }
    }

    private TraceType VisitRecordField(FieldAccess e, TraceType type)
    {
        foreach (TupleField field in type.Fields)
        {
            if (field.Name != e.Name) continue;
            if (e.Target is TypeInfo info) return TypeInfoField(e, info);
            if (e.Target is TupleLiteral literal && IsLiteral(literal)) e.Constant = literal.Items[literal.Names.IndexOf(e.Name)].Constant;
            else if (e.Target is Identifier { Name: "config" }) e.Constant = ConfigValues.Constant(context.Config, e.Name);
            return e.Constant is IntegerConstant number && field.Type.IsInteger ? TypeRules.OfNumber(number.Bits, !field.Type.IsSigned) : field.Type;
        }

        context.Report.Error(TraceCodes.UnknownField, e, $"Record does not contain a field named '{e.Name}'", Hints.Nearest("field", e.Name, type.Fields.Select(f => f.Name)));
        return TraceType.None;
    }

    private TraceType TypeInfoField(FieldAccess e, TypeInfo info)
    {
        TraceType type = TypeOf(info.OfType, info.OfValue);
        return e.Name switch
        {
            "base_type" => Literal(e, TypeNames.DescribeKind(type)),
            "full_type" => Literal(e, type.ToString()),
            _ => Literal(e, 0, false),
        };
    }
}
