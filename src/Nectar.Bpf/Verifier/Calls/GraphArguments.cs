// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Lists and trees in map values and allocated objects, and their nodes.</summary>
internal static class GraphArguments
{
    private const PointerFlags Owned = PointerFlags.Allocated;

    internal static void CheckRoot(Analysis a, ref KfuncData data, int register, SpecialFieldKind kind)
    {
        ref RegisterState value = ref a.Registers[register];
        bool isObject = value.Kind == RegisterKind.BtfObject && value.Flags == Owned;
        string name = new SpecialField(kind, 0, 0).TypeName;
        if (!isObject && !(value.Kind == RegisterKind.MapValue && value.Flags == 0)) a.Refuse(ViolationKind.ArgumentMapField, register, $"r{register} is {value}, where a {name} in a map's value or an allocated object is expected");
        if (isObject && value.ReferenceId == 0) a.Refuse(ViolationKind.ArgumentReferenced, register, $"the object with the {name} is not held");
        if (!value.HasConstantRange) a.Refuse(ViolationKind.ArgumentMapField, register, $"r{register} is {value}: the {name} has to be at a constant offset");
        long at = value.Offset + (long)value.Range.Bits.Value;
        if (a.Calls.Fields.Of(value).FindAt(at, kind) is not { } field)
        {
            a.Refuse(ViolationKind.ArgumentMapField, register, $"there is no {name} at offset {at}");
            return;
        }

        Locks.NeedHeld(a, register, name);
        data.Root = field;
    }

    internal static void CheckNode(Analysis a, ref KfuncData data, int register, SpecialFieldKind kind)
    {
        ref RegisterState value = ref a.Registers[register];
        KfuncPrototype function = data.Function;
        string name = new SpecialField(kind, 0, 0).TypeName;
        if (function.Special is SpecialKfunc.TreeAdd or SpecialKfunc.ListPushFront or SpecialKfunc.ListPushBack)
        {
            if (value.Kind != RegisterKind.BtfObject || value.Flags != Owned) a.Refuse(ViolationKind.ArgumentAllocated, register, $"r{register} is {value}, where the {name} of an allocated object is expected");
            if (value.ReferenceId == 0) a.Refuse(ViolationKind.ArgumentReferenced, register, "the object is not held: only what the program owns can be added");
        }
        else
        {
            bool isBorrowed = value.Kind == RegisterKind.BtfObject && (value.Flags & PointerFlags.NonOwning) != 0;
            bool mayOwn = a.Since(6, 16);
            if (mayOwn ? !isBorrowed && value.ReferenceId == 0 : !isBorrowed || value.ReferenceId != 0) a.Refuse(ViolationKind.NonOwningReference, register, $"r{register} is {value}, where a node that is borrowed from the tree is expected");
            if (Callbacks.InTreeCallback(a)) a.Refuse(ViolationKind.CallbackContext, register, $"{function.Name} cannot be called while the tree is ordered");
        }

        if (!value.HasConstantRange) a.Refuse(ViolationKind.ArgumentMapField, register, $"r{register} is {value}: the {name} has to be at a constant offset");
        long at = value.Offset + (long)value.Range.Bits.Value;
        if (a.Calls.Fields.Of(value).FindAt(at, kind) is null) a.Refuse(ViolationKind.ArgumentMapField, register, $"there is no {name} at offset {at} of struct {TypeMatch.Name(a, value.Origin, (uint)value.Target)}");
        if (data.Root is not { } root) return;
        if (!TypeMatch.IsSame(a, value.Origin, (uint)value.Target, 0, root.TypeSet, root.TypeId, strict: true))
        {
            a.Refuse(ViolationKind.ArgumentBtfType, register, $"the {root.TypeName} holds struct {TypeMatch.Name(a, root.TypeSet, root.TypeId)}, r{register} points to struct {TypeMatch.Name(a, value.Origin, (uint)value.Target)}");
        }

        if (at != root.NodeOffset) a.Refuse(ViolationKind.ArgumentOffset, register, $"r{register} points to the {name} at {at}, the {root.TypeName} works with the one at {root.NodeOffset}");
        (data.ObjectSet, data.ObjectType) = (value.Origin, (uint)value.Target);
    }
}
