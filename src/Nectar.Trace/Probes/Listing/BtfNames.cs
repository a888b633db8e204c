// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Linux.Loading;

namespace Nectar.Trace.Probes;

/// <summary>Types of the kernel as C writes them.</summary>
internal static class BtfNames
{
    private const int MaxDepth = 32;

    /// <summary>A type without a name behind it: <c>struct file *</c>, <c>const char *</c>.</summary>
    public static string Describe(BtfTypes types, uint id, int depth = 0)
    {
        if (depth > MaxDepth) return "…";
        BtfType type = types[id];
        switch (type.Kind)
        {
            case BtfKind.Void: return "void";
            case BtfKind.Struct: return "struct " + type.Name;
            case BtfKind.Union: return "union " + type.Name;
            case BtfKind.Enum or BtfKind.Enum64: return "enum " + type.Name;
            case BtfKind.Forward: return (type.KindFlag ? "union " : "struct ") + type.Name;
            case BtfKind.Pointer when types[types.SkipModifiers(type.TypeId)] is { Kind: BtfKind.FuncProto } prototype: return $"{Describe(types, prototype.TypeId, depth + 1)} (*)({List(types, prototype, depth)})";
            case BtfKind.Pointer: return Pointer(Describe(types, type.TypeId, depth + 1));
            case BtfKind.Array: return string.Create(CultureInfo.InvariantCulture, $"{Describe(types, type.ElementTypeId, depth + 1)}[{type.ElementCount}]");
            case BtfKind.TypeTag: return Describe(types, type.TypeId, depth + 1);
            case BtfKind.Const: return Qualified("const", Describe(types, type.TypeId, depth + 1));
            case BtfKind.Volatile: return Qualified("volatile", Describe(types, type.TypeId, depth + 1));
            case BtfKind.Restrict: return Qualified("restrict", Describe(types, type.TypeId, depth + 1));
            default: return type.Name;
        }
    }

    /// <summary>The parameters of a prototype, each as <c>type name</c>.</summary>
    public static IEnumerable<string> Parameters(BtfTypes types, BtfType prototype, int skip)
    {
        for (int i = skip; i < prototype.Count; i++)
        {
            BtfParameter parameter = prototype.Parameter(i);
            yield return $"{Describe(types, parameter.TypeId)} {parameter.Name}";
        }
    }

    /// <summary>Parameters and, if wanted, the result of a function.</summary>
    public static IEnumerable<string> Function(BtfTypes types, uint function, bool withResult)
    {
        BtfType prototype = types[types[function].TypeId];
        IEnumerable<string> parameters = Parameters(types, prototype, 0);
        return withResult && prototype.TypeId != 0 ? parameters.Append(Describe(types, prototype.TypeId) + " retval") : parameters;
    }

    /// <summary>What a kprobe of a function can read: <c>type argN</c>, or the result.</summary>
    public static IEnumerable<string> Registers(string module, string name, bool isReturn)
    {
        if (KernelBtf.Running.TryVmlinux is null) return [];
        uint id = KernelBtf.Running.Find(name, BtfKind.Func, module, out KernelModuleBtf? found);
        if (id == 0) return [];
        BtfTypes types = found?.Types ?? KernelBtf.Running.Vmlinux;
        BtfType prototype = types[types[id].TypeId];
        if (isReturn) return [prototype.TypeId == 0 ? "void" : Describe(types, prototype.TypeId) + " retval"];
        List<string> lines = [];
        for (int i = 0; i < prototype.Count; i++)
        {
            uint type = prototype.Parameter(i).TypeId;
            if (types[types.Resolve(type)].Kind != BtfKind.Float) lines.Add(string.Create(CultureInfo.InvariantCulture, $"{Describe(types, type)} arg{lines.Count}"));
        }

        return lines;
    }

    /// <summary>The members of a struct.</summary>
    public static IEnumerable<string> Members(BtfTypes types, uint id, int skip)
    {
        BtfType type = types[id];
        for (int i = skip; i < type.Count; i++)
        {
            BtfMember member = type.Member(i);
            BtfType target = types[member.TypeId];
            // What programs get of a walk is a union of a pointer and eight bytes.
            uint shown = member.Name.Length == 0 && target.Kind == BtfKind.Union && target.Count == 1 ? target.Member(0).TypeId : member.TypeId;
            yield return $"{Describe(types, shown)} {(member.Name.Length == 0 && target.Count == 1 ? target.Member(0).Name : member.Name)}";
        }
    }

    private static string List(BtfTypes types, BtfType prototype, int depth)
    {
        StringBuilder text = new();
        for (int i = 0; i < prototype.Count; i++)
        {
            uint type = prototype.Parameter(i).TypeId;
            if (i > 0) text.Append(", ");
            text.Append(type == 0 ? "..." : Describe(types, type, depth + 1));
        }

        return text.Length == 0 ? "void" : text.ToString();
    }

    private static string Pointer(string target) => target.EndsWith('*') ? target + "*" : target + " *";

    private static string Qualified(string qualifier, string target) => target.EndsWith('*') ? $"{target} {qualifier}" : $"{qualifier} {target}";
}
