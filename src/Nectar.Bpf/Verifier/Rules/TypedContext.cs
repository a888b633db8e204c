// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>
/// Contexts that are the arguments of a kernel function, 8 bytes each: typed tracepoints, entry and exit of functions, security hooks,
/// members of kernel structs, iterators. What an argument is, the kernel's types say. Source of the facts: btf_ctx_access of the kernel.
/// </summary>
internal static class TypedContext
{
    private const int MaximumSize = 12 * 8;
    private static readonly KernelVersion s_trustedArguments = new(6, 2), s_nullableTracepoints = new(6, 13);

    /// <summary>Finds the prototype behind a program's target.</summary>
    /// <param name="types">The kernel's types, or a module's.</param>
    /// <param name="program">Its target by name; prefixes like <c>bpf_lsm_</c>, <c>bpf_iter_</c> and <c>btf_trace_</c> may be left out.</param>
    /// <returns>The id of a function prototype, or 0 if there is no such target.</returns>
    internal static uint FindPrototype(BtfTypes types, in ProgramTraits program)
    {
        if (program.Target is not { Length: > 0 } target) return 0;
        switch (program.Type)
        {
            case ProgramType.StructOps:
                int point = target.IndexOf('.', StringComparison.Ordinal);
                return point < 0 ? 0 : MemberPrototype(types, target[..point], target.AsSpan(point + 1));
            case ProgramType.Lsm:
                return PrototypeOf(types, types.FindByName(WithPrefix(target, "bpf_lsm_"), BtfKind.Func));
            case ProgramType.Tracing when program.Attach == AttachType.TraceIter:
                return PrototypeOf(types, types.FindByName(WithPrefix(target, "bpf_iter_"), BtfKind.Func));
            case ProgramType.Tracing when program.Attach == AttachType.TraceRawTp:
                return PrototypeOf(types, types.FindByName(WithPrefix(target, "btf_trace_"), BtfKind.Typedef));
            default:
                return PrototypeOf(types, types.FindByName(target, BtfKind.Func));
        }
    }

    /// <summary>The prototype of a function, of a tracepoint's typedef, or the prototype itself; 0 for anything else.</summary>
    internal static uint PrototypeOf(BtfTypes types, uint id)
    {
        for (int depth = 0; id != 0 && id < types.Count && depth < BtfTypes.MaxDepth; depth++)
        {
            BtfType type = types[id];
            if (type.Kind == BtfKind.FuncProto) return id;
            if (type.Kind is not (BtfKind.Func or BtfKind.Typedef or BtfKind.Pointer) && !type.IsModifier) return 0;
            id = type.TypeId;
        }

        return 0;
    }

    /// <summary>True if the prototype returns nothing.</summary>
    internal static bool ReturnsVoid(BtfTypes types, uint prototype) => types[prototype].TypeId == 0;

    /// <summary>Checks an access at a constant offset of the arguments.</summary>
    /// <param name="types">The types that the prototype is of.</param>
    /// <param name="prototype">The id from <see cref="FindPrototype"/>.</param>
    /// <param name="program">What accesses them.</param>
    /// <param name="offset">Bytes from the first argument.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="isWrite">True for stores, which are never allowed.</param>
    internal static ContextAccess Check(BtfTypes types, uint prototype, in ProgramTraits program, int offset, int size, bool isWrite)
    {
        if (offset < 0 || offset >= MaximumSize) return new ContextAccess(RuleDenial.Offset, 0);
        if (isWrite) return new ContextAccess(RuleDenial.ReadOnly, 0);
        if (offset % 8 != 0) return new ContextAccess(RuleDenial.Alignment, 0) { AllowedSizes = 8 };
        BtfType function = types[prototype];
        int index = IndexOf(types, function, offset), hidden = IsTracepoint(program) ? 1 : 0; // a tracepoint's first parameter is not passed on
        int count = function.Count - hidden;
        if (index > count) return new ContextAccess(RuleDenial.Offset, 0);
        if (index == count) return ReturnValue(types, function, program, size);
        BtfParameter parameter = function.Parameter(index + hidden);
        return Argument(types, parameter.TypeId, program, index, ParameterName(types, program, index, parameter.Name), size);
    }

    private static ContextAccess ReturnValue(BtfTypes types, BtfType function, in ProgramTraits program, int size)
    {
        bool isGiven = program.Attach is AttachType.LsmMac or AttachType.LsmCgroup or AttachType.TraceFexit or AttachType.ModifyReturn;
        if (!isGiven || function.TypeId == 0) return new ContextAccess(RuleDenial.Offset, 0);
        return Argument(types, function.TypeId, program, -1, "return value", size) with { IsReturnValue = program.Attach == AttachType.LsmMac };
    }

    private static ContextAccess Argument(BtfTypes types, uint id, in ProgramTraits program, int index, string name, int size)
    {
        BtfType type = types[types.Resolve(id)];
        if (type.Kind is BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Struct or BtfKind.Union) return Number(name);
        if (type.Kind != BtfKind.Pointer) return new ContextAccess(RuleDenial.Offset, 0) { Field = name };
        if (size != 8) return new ContextAccess(RuleDenial.Size, 0) { Field = name, AllowedSizes = 8 };
        if (IteratorArguments.Find(program, index) is { Buffer: not ContextResult.Scalar } buffer) return new ContextAccess(RuleDenial.None, buffer.Buffer) { Field = name, MaybeNull = true, AllowedSizes = 8 };
        (uint target, ContextTrust tag) = SkipToTarget(types, type.TypeId);
        BtfType pointed = types[target];
        if (target == 0 || pointed.Kind == BtfKind.Int) return Number(name);
        if (StructOpsRules.Promote(program, pointed.Name) is { } promoted && types.FindByName(promoted, BtfKind.Struct) is not 0 and uint larger)
        {
            target = larger;
            pointed = types[larger];
        }

        if (!pointed.IsComposite) return new ContextAccess(RuleDenial.ProgramType, 0) { Field = name }; // neither a number nor a struct: programs get nothing
        ContextAccess access = new(RuleDenial.None, ContextResult.BtfObject)
        {
            Field = name, BtfType = pointed.Name, BtfId = target, AllowedSizes = 8, MaybeNull = name.EndsWith("__nullable", StringComparison.Ordinal),
            Trust = tag != ContextTrust.Untracked ? tag : AreTrusted(program) ? ContextTrust.Trusted : ContextTrust.Untracked,
        };
        if (name.EndsWith("__ref", StringComparison.Ordinal) && program.Type == ProgramType.StructOps) return access with { Trust = ContextTrust.Owned };
        if (IteratorArguments.Find(program, index) is { } row) return access with { MaybeNull = true, Trust = row.Trust };
        if (!IsTracepoint(program) || program.Kernel < s_nullableTracepoints) return access;
        ReadOnlySpan<char> tracepoint = WithoutPrefix(program.Target, "btf_trace_");
        if (TracepointArguments.MayBeError(tracepoint, index)) return Number(name);
        return access with { MaybeNull = access.MaybeNull || TracepointArguments.MayBeNull(tracepoint, index) || types.Base is not null };
    }

    private static ContextAccess Number(string name) => new(RuleDenial.None, ContextResult.Scalar) { Field = name, AllowedSizes = 15 };

    // Behind the pointer: its tag, and the type without modifiers.
    private static (uint Target, ContextTrust Tag) SkipToTarget(BtfTypes types, uint id)
    {
        BtfType first = types[id];
        ContextTrust tag = first.Kind != BtfKind.TypeTag ? ContextTrust.Untracked : first.Name switch { "user" => ContextTrust.User, "percpu" => ContextTrust.PerCpu, _ => ContextTrust.Untracked };
        return (types.Resolve(id), tag);
    }

    private static int IndexOf(BtfTypes types, BtfType function, int offset)
    {
        int end = 0;
        for (int i = 0; i < function.Count; i++)
        {
            end += SlotSize(types, function.Parameter(i).TypeId);
            if (offset < end) return i;
        }

        return offset < end + SlotSize(types, function.TypeId) ? function.Count : function.Count + 1;
    }

    private static int SlotSize(BtfTypes types, uint id)
    {
        BtfType type = types[types.Resolve(id)];
        return type.Kind is BtfKind.Pointer or BtfKind.Void ? (type.Kind == BtfKind.Void ? 0 : 8) : (int)(type.Size + 7) & ~7;
    }

    // Typedefs of tracepoints keep no names; the function that the kernel generates for them does.
    private static string ParameterName(BtfTypes types, in ProgramTraits program, int index, string name)
    {
        uint named = IsTracepoint(program) ? types.FindByName(string.Concat("__bpf_trace_", WithoutPrefix(program.Target, "btf_trace_")), BtfKind.Func)
            : program.Type == ProgramType.StructOps ? types.FindByName(program.Target!.Replace(".", "__", StringComparison.Ordinal), BtfKind.Func) : 0;
        uint prototype = PrototypeOf(types, named);
        int at = index + (IsTracepoint(program) ? 1 : 0);
        return prototype != 0 && index >= 0 && at < types[prototype].Count ? types[prototype].Parameter(at).Name : name;
    }

    private static bool AreTrusted(in ProgramTraits program) => program.Kernel >= s_trustedArguments && program.Type switch
    {
        ProgramType.Tracing => program.Attach is AttachType.TraceRawTp or AttachType.TraceIter,
        ProgramType.Lsm => !SecurityHooks.IsUntrusted(WithoutPrefix(program.Target, "bpf_lsm_")),
        ProgramType.StructOps => true,
        _ => false,
    };

    private static bool IsTracepoint(in ProgramTraits program) => program.Type == ProgramType.Tracing && program.Attach == AttachType.TraceRawTp;

    private static uint MemberPrototype(BtfTypes types, string structName, ReadOnlySpan<char> member)
    {
        uint id = types.FindByName(structName, BtfKind.Struct);
        if (id == 0) return 0;
        BtfType type = types[id];
        for (int i = 0; i < type.Count; i++)
        {
            BtfMember candidate = type.Member(i);
            if (member.SequenceEqual(candidate.Name)) return PrototypeOf(types, candidate.TypeId);
        }

        return 0;
    }

    private static string WithPrefix(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal) ? name : prefix + name;

    private static ReadOnlySpan<char> WithoutPrefix(string? name, string prefix) => name is null ? default : name.StartsWith(prefix, StringComparison.Ordinal) ? name.AsSpan(prefix.Length) : name;
}
