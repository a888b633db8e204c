// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Btf;

namespace Nectar.Linux.Inspection;

/// <summary>Declarations of functions on one line, as bpftool heads its listings: <c>int count(struct xdp_md * ctx)</c>.</summary>
public static class TypeDeclarations
{
    private const int MaxDepth = 32;

    /// <summary>The declaration of a function.</summary>
    /// <param name="types">Where its FUNC is.</param>
    /// <param name="id">The FUNC.</param>
    public static string Function(BtfTypes types, uint id)
    {
        ArgumentNullException.ThrowIfNull(types);
        StringBuilder text = new();
        BtfType function = types[id];
        BtfType prototype = types[function.TypeId];
        AppendType(text, types, prototype.TypeId, 0);
        text.Append(function.Name).Append('(');
        AppendParameters(text, types, prototype, 0);
        return text.Append(')').ToString();
    }

    /// <summary>The name of a type on one line: <c>struct task_struct *</c>, <c>u32</c>.</summary>
    public static string Name(BtfTypes types, uint id)
    {
        ArgumentNullException.ThrowIfNull(types);
        StringBuilder text = new();
        AppendType(text, types, id, 0);
        return text.ToString().Trim();
    }

    private static void AppendParameters(StringBuilder text, BtfTypes types, BtfType prototype, int depth)
    {
        if (prototype.Count == 0) text.Append("void");
        for (int i = 0; i < prototype.Count; i++)
        {
            if (i > 0) text.Append(", ");
            BtfParameter parameter = prototype.Parameter(i);
            if (parameter.TypeId == 0)
            {
                text.Append("...");
                continue;
            }

            AppendType(text, types, parameter.TypeId, depth + 1);
            text.Append(parameter.Name);
        }
    }

    private static void AppendType(StringBuilder text, BtfTypes types, uint id, int depth)
    {
        if (depth > MaxDepth)
        {
            text.Append('…');
            return;
        }

        BtfType type = types[id];
        switch (type.Kind)
        {
            case BtfKind.Void:
                text.Append("void ");
                break;
            case BtfKind.Struct:
                text.Append("struct ").Append(type.Name).Append(' ');
                break;
            case BtfKind.Union:
                text.Append("union ").Append(type.Name).Append(' ');
                break;
            case BtfKind.Enum or BtfKind.Enum64:
                text.Append("enum ").Append(type.Name).Append(' ');
                break;
            case BtfKind.Forward:
                text.Append(type.KindFlag ? "union " : "struct ").Append(type.Name).Append(' ');
                break;
            case BtfKind.Pointer when types[types.SkipModifiers(type.TypeId)].Kind == BtfKind.FuncProto:
                BtfType prototype = types[types.SkipModifiers(type.TypeId)];
                AppendType(text, types, prototype.TypeId, depth + 1);
                text.Append("(*)(");
                AppendParameters(text, types, prototype, depth + 1);
                text.Append(") ");
                break;
            case BtfKind.Pointer:
                AppendType(text, types, type.TypeId, depth + 1);
                text.Append("* ");
                break;
            case BtfKind.Array:
                AppendType(text, types, type.ElementTypeId, depth + 1);
                text.Append('[').Append(type.ElementCount).Append("] ");
                break;
            case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict:
                text.Append(type.Kind == BtfKind.Const ? "const " : type.Kind == BtfKind.Volatile ? "volatile " : "restrict ");
                AppendType(text, types, type.TypeId, depth + 1);
                break;
            case BtfKind.TypeTag:
                AppendType(text, types, type.TypeId, depth + 1);
                break;
            default:
                text.Append(type.Name).Append(' ');
                break;
        }
    }
}
