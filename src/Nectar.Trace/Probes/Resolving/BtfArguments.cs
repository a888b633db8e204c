// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>What <c>args</c> is where the kernel's types tell the parameters: each takes 8 bytes, structs by value as many as they need.</summary>
internal static class BtfArguments
{
    // The typedef of a tracepoint has no names of parameters; functions that the kernel makes for each have (since 6.4 and 5.10).
    private static readonly string[] s_namingFunctions = ["__probestub_", "__traceiter_"];

    /// <summary>Of a raw tracepoint; the first parameter is the tracer's own.</summary>
    public static StructType? OfTracepoint(BtfTypes types, uint typedef, string name, AttachOptions options) =>
        PrototypeOfTracepoint(types, typedef, name) is { } prototype ? Make(types, prototype, 1, $"struct rawtracepoint_{name}_args", options) : null;

    /// <summary>What a raw tracepoint's programs are called with.</summary>
    public static BtfType? PrototypeOfTracepoint(BtfTypes types, uint typedef, string name)
    {
        foreach (string prefix in s_namingFunctions)
        {
            if (types.FindByName(prefix + name, BtfKind.Func) is var function and not 0 && types[types[function].TypeId] is { Kind: BtfKind.FuncProto } named) return named;
        }

        BtfType pointer = types[types[typedef].TypeId];
        return pointer.Kind == BtfKind.Pointer && types[pointer.TypeId] is { Kind: BtfKind.FuncProto } plain ? plain : null;
    }

    /// <summary>Of a function's prototype.</summary>
    public static StructType? Make(BtfTypes types, BtfType prototype, int skip, string name, AttachOptions options)
    {
        if (prototype.Kind != BtfKind.FuncProto) return null;
        int count = prototype.Count;
        List<StructField> fields = [];
        int slot = 0;
        for (int i = skip; i < count; i++)
        {
            BtfParameter parameter = prototype.Parameter(i);
            fields.Add(new StructField(parameter.Name, TypeOf(types, parameter.TypeId, options), 8 * slot) { Argument = slot });
            BtfType type = types[types.Resolve(parameter.TypeId)];
            slot += type.Kind is BtfKind.Struct or BtfKind.Union && type.Size > 8 ? (int)((type.Size + 7) / 8) : 1;
        }

        return new StructType(name, 8 * slot, _ => fields);
    }

    /// <summary>The type by the binder's factory; without one, integers and pointers.</summary>
    public static TraceType TypeOf(BtfTypes types, uint id, AttachOptions options) => options.TypeOfId?.Invoke(types, id) ?? Plain(types, id);

    private static TraceType Plain(BtfTypes types, uint id)
    {
        BtfType type = types[types.Resolve(id)];
        return type.Kind switch
        {
            BtfKind.Pointer => TraceType.Pointer(TraceType.Void, AddressSpace.Kernel),
            BtfKind.Int => TraceType.Integer((int)Math.Clamp(type.Size, 1, 8), (type.IntEncoding & BtfIntEncoding.Signed) != 0),
            BtfKind.Enum or BtfKind.Enum64 => TraceType.Integer((int)Math.Clamp(type.Size, 1, 8), type.KindFlag),
            _ => TraceType.UInt64,
        };
    }
}
