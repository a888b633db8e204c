// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Trace.Language.Syntax;

/// <summary>Writes trees as scripts.</summary>
internal sealed partial class AstPrinter
{
    /// <summary>A type as written: <c>struct x *</c> is <c>struct x*</c>.</summary>
    public static string Describe(TypeName type)
    {
        StringBuilder text = new();
        if (type.OfValue is not null) text.Append("typeof(").Append(Describe(type.OfValue)).Append(')');
        else if (type.Members.Count > 0 || type.Name.Length == 0) text.Append('(').AppendJoin(", ", type.Members.Select(Describe)).Append(')');
        else text.Append(type.Name);
        foreach (int suffix in type.Suffixes)
        {
            if (suffix < 0) text.Append('*');
            else if (suffix == 0) text.Append("[]");
            else text.Append('[').Append(suffix).Append(']');
        }

        return text.ToString();
    }

    public static string Describe(Expression expression) => expression.Span.Text;
}
