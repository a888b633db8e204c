// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Reads from types and tags (<c>__arg_ctx</c>, <c>__arg_nonnull</c> …) what an argument of a global function is.</summary>
internal static class GlobalParameterReader
{
    [Flags]
    private enum Tags : byte
    {
        None = 0,
        Context = 1,
        NotNull = 2,
        Nullable = 4,
        Trusted = 8,
        Untrusted = 16,
        Arena = 32,
    }

    private static readonly Dictionary<string, Tags> s_tags = new(StringComparer.Ordinal)
    {
        ["arg:ctx"] = Tags.Context, ["arg:nonnull"] = Tags.NotNull, ["arg:nullable"] = Tags.Nullable, ["arg:trusted"] = Tags.Trusted,
        ["arg:untrusted"] = Tags.Untrusted, ["arg:arena"] = Tags.Arena,
    };

    internal static GlobalParameter Read(Analysis a, BtfTypes types, uint function, int index, uint typeId, string name)
    {
        Tags tags = TagsOf(types, function, index);
        uint resolved = types.Resolve(typeId);
        BtfType type = types[resolved];
        if (type.Kind is BtfKind.Int or BtfKind.Enum or BtfKind.Enum64) return new GlobalParameter(GlobalArgument.Number, 0, false, 0, false);
        if (type.Kind != BtfKind.Pointer)
        {
            a.Refuse(ViolationKind.GlobalPrototype, -1, $"argument {index + 1} of the global function '{name}' is a {type.Kind}: numbers and pointers are allowed");
        }

        uint pointee = types.Resolve(type.TypeId);
        BtfType target = types[pointee];
        bool nullable = (tags & Tags.NotNull) == 0;
        if ((tags & Tags.Context) != 0 || IsContextType(a.Input.Type, types, type.TypeId)) return new GlobalParameter(GlobalArgument.Context, 0, false, 0, false);
        if ((tags & Tags.Arena) != 0) return new GlobalParameter(GlobalArgument.Arena, 0, false, 0, false);
        if (target.Kind == BtfKind.Struct && target.Name == "bpf_dynptr") return new GlobalParameter(GlobalArgument.Dynptr, 0, false, 0, false);
        if ((tags & (Tags.Trusted | Tags.Untrusted)) != 0 && target.IsComposite)
        {
            uint kernel = a.Options.KernelTypes?.FindByName(WithoutFlavor(target.Name), target.Kind) ?? 0;
            if (kernel == 0) a.Refuse(ViolationKind.GlobalPrototype, -1, $"argument {index + 1} of the global function '{name}' points to 'struct {target.Name}', which the kernel does not have");
            return new GlobalParameter(GlobalArgument.Object, 0, (tags & Tags.Nullable) != 0, (int)kernel, (tags & Tags.Untrusted) != 0);
        }

        long size = types.SizeOf(pointee);
        if ((tags & Tags.Untrusted) != 0) return new GlobalParameter(GlobalArgument.Memory, (int)Math.Max(0, size), false, 0, true);
        if (size <= 0 || size > int.MaxValue)
        {
            a.Refuse(ViolationKind.GlobalPrototype, -1, $"argument {index + 1} of the global function '{name}' points to something without a size");
        }

        return new GlobalParameter(GlobalArgument.Memory, (int)size, nullable, 0, false);
    }

    /// <summary>What follows three underscores only tells types of the program from each other.</summary>
    private static string WithoutFlavor(string name) => name.IndexOf("___", StringComparison.Ordinal) is > 0 and int at ? name[..at] : name;

    private static Tags TagsOf(BtfTypes types, uint function, int index)
    {
        Tags tags = Tags.None;
        for (uint id = types.FirstId == 0 ? 1 : types.FirstId; id < types.Count; id++)
        {
            BtfType tag = types[id];
            if (tag.Kind == BtfKind.DeclTag && tag.TypeId == function && tag.ComponentIndex == index && s_tags.TryGetValue(tag.Name, out Tags found)) tags |= found;
        }

        return tags;
    }

    /// <summary>True if a pointer to this type is the context of a program type, as its authors write it.</summary>
    private static bool IsContextType(ProgramType program, BtfTypes types, uint id)
    {
        // typedefs count by their own name: bpf_user_pt_regs_t
        uint at = types.SkipModifiers(id);
        while (true)
        {
            BtfType type = types[at];
            if (ContextNames.Is(program, type.Name)) return true;
            if (type.Kind != BtfKind.Typedef) return false;
            at = types.SkipModifiers(type.TypeId);
        }
    }
}
