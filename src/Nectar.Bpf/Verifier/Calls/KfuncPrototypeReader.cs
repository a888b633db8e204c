// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Reads prototypes of kernel functions from BTF: the types of parameters, and the endings of their names, say what they take.</summary>
internal static class KfuncPrototypeReader
{
    private const int MaxParameters = 5;

    private static readonly (string Suffix, KfuncParameterKind Kind)[] s_suffixes =
    [
        ("__alloc", KfuncParameterKind.Allocated),
        ("__refcounted_kptr", KfuncParameterKind.Refcounted),
    ];

    private static readonly Dictionary<string, KfuncParameterKind> s_structs = new(StringComparer.Ordinal)
    {
        ["bpf_dynptr"] = KfuncParameterKind.Dynptr,
        ["bpf_dynptr_kern"] = KfuncParameterKind.Dynptr,
        ["bpf_list_head"] = KfuncParameterKind.ListHead,
        ["bpf_list_node"] = KfuncParameterKind.ListNode,
        ["bpf_rb_root"] = KfuncParameterKind.TreeRoot,
        ["bpf_rb_node"] = KfuncParameterKind.TreeNode,
        ["bpf_wq"] = KfuncParameterKind.WorkQueue,
        ["bpf_task_work"] = KfuncParameterKind.TaskWork,
        ["bpf_res_spin_lock"] = KfuncParameterKind.ResilientLock,
    };

    /// <summary>Reads a function.</summary>
    /// <returns>Null if it is no function, or has more parameters than registers.</returns>
    internal static KfuncPrototype? Read(BtfTypes types, int set, uint function, string name, KfuncTraits traits, ProgramType program)
    {
        BtfType func = types[function];
        BtfType prototype = types[types.Resolve(func.TypeId)];
        if (func.Kind != BtfKind.Func || prototype.Kind != BtfKind.FuncProto || prototype.Count > MaxParameters) return null;
        SpecialKfunc special = KfuncSpecials.Of(name);
        KfuncParameter[] parameters = new KfuncParameter[prototype.Count];
        for (int i = 0; i < parameters.Length; i++)
        {
            BtfParameter parameter = prototype.Parameter(i);
            parameters[i] = ReadParameter(types, parameter.Name, parameter.TypeId, i, special, traits, program);
        }

        return new KfuncPrototype
        {
            Name = name,
            Traits = traits,
            Special = special,
            Parameters = parameters,
            Types = types,
            Set = set,
            Result = types.Resolve(prototype.TypeId),
        };
    }

    private static KfuncParameter ReadParameter(BtfTypes types, string name, uint typeId, int index, SpecialKfunc special, KfuncTraits traits, ProgramType program)
    {
        BtfType type = types[types.Resolve(typeId)];
        if (Ends(name, "__ign") || Ends(name, "__prog")) return new KfuncParameter(name, KfuncParameterKind.Ignored, 0);
        if (type.Kind is BtfKind.Int || type.IsEnum)
        {
            KfuncParameterKind number = Ends(name, "__k") ? KfuncParameterKind.ConstantNumber
                : name == "rdonly_buf_size" ? KfuncParameterKind.ReadOnlyBufferSize
                : name == "rdwr_buf_size" ? KfuncParameterKind.BufferSize : KfuncParameterKind.Number;
            return new KfuncParameter(name, number, 0);
        }

        if (type.Kind != BtfKind.Pointer) return new KfuncParameter(name, KfuncParameterKind.Unknown, 0);
        uint pointee = types.Resolve(type.TypeId);
        return new KfuncParameter(name, PointerKind(types, name, type, pointee, index, special, traits, program), pointee) { IsPointer = true };
    }

    private static KfuncParameterKind PointerKind(BtfTypes types, string name, BtfType pointer, uint pointee, int index, SpecialKfunc special, KfuncTraits traits, ProgramType program)
    {
        if (special == SpecialKfunc.CastToKernelContext || IsContext(types, pointer, pointee, program)) return KfuncParameterKind.Context;
        foreach ((string suffix, KfuncParameterKind kind) in s_suffixes)
        {
            if (Ends(name, suffix)) return kind;
        }

        BtfType target = types[pointee];
        KfuncParameterKind byStruct = target.IsComposite && s_structs.TryGetValue(target.Name, out KfuncParameterKind known) ? known : KfuncParameterKind.Unknown;
        if (byStruct == KfuncParameterKind.Dynptr) return byStruct;
        const KfuncTraits Iterator = KfuncTraits.IteratorNew | KfuncTraits.IteratorNext | KfuncTraits.IteratorDestroy;
        if ((traits & Iterator) != 0 ? index == 0 : Ends(name, "__iter")) return KfuncParameterKind.Iterator;
        if (byStruct is KfuncParameterKind.ListHead or KfuncParameterKind.ListNode or KfuncParameterKind.TreeRoot or KfuncParameterKind.TreeNode) return byStruct;
        if (Ends(name, "__str")) return KfuncParameterKind.ConstString;
        if (Ends(name, "__map")) return KfuncParameterKind.Map;
        if (byStruct != KfuncParameterKind.Unknown) return byStruct;
        if (Ends(name, "__irq_flag")) return KfuncParameterKind.IrqFlag;
        return target.Kind == BtfKind.FuncProto ? KfuncParameterKind.Callback : KfuncParameterKind.ObjectOrMemory;
    }

    /// <summary>True for the program's context, and for the kernel's struct behind it.</summary>
    private static bool IsContext(BtfTypes types, BtfType pointer, uint pointee, ProgramType program)
    {
        BtfType target = types[pointee];
        if (!target.IsComposite) return false;
        if (ContextNames.Is(program, target.Name)) return true;
        BtfType named = types[types.SkipModifiers(pointer.TypeId)];
        if (named.Kind == BtfKind.Typedef && ContextNames.Is(program, named.Name)) return true;
        return (target.Name == "sk_buff" && ContextNames.Is(program, "__sk_buff")) || (target.Name == "xdp_buff" && ContextNames.Is(program, "xdp_md"));
    }

    private static bool Ends(string name, string suffix) => name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal);
}
