// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Translation;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>
/// <c>Bpf.Range</c>: an iterator of the kernel where the target has them (6.4), which the verifier walks once instead of round by round. The
/// iterator stays where it was made: the enumerator, which C# copies, only refers to it. On older kernels the library's C# counts.
/// </summary>
internal static class Ranges
{
    public static Operand Begin(Translator t, MethodModel method, Operand[] arguments)
    {
        if (!HasIterators(t)) return t.InlineBody(method, arguments);
        Value slot = t.Builder.StackSlot(8, 8, "range");
        t.Forget();
        t.Builder.Call(Kernel(t, "bpf_iter_num_new"), IrType.I32, slot, t.Scalar(arguments[0]), t.Scalar(arguments[1]));
        TypeModel enumerator = method.ReturnType;
        Value value = t.Builder.StackSlot(enumerator.Size, enumerator.Alignment, "enumerator");
        t.Zero(value, enumerator.Size);
        t.SetObject(value, enumerator.FindField("_state")!.Offset, new IteratorObject(slot));
        return Operand.Own(value, enumerator);
    }

    public static Operand Next(Translator t, MethodModel method, Operand[] arguments)
    {
        if (!HasIterators(t)) return t.InlineBody(method, arguments);
        t.Forget();
        Value number = t.Builder.Call(Kernel(t, "bpf_iter_num_next"), IrType.Pointer, Iterator(t, arguments[0]));
        // The number is behind the pointer, and only there if it is not null.
        Block has = t.Builder.Function.NewBlock(), next = t.Builder.Function.NewBlock();
        Value found = t.Builder.Compare(Op.NotEqual, number, t.Builder.Null());
        t.Builder.Branch(found, has, next);
        t.Builder.Block = has;
        t.StoreTo(t.AsPointer(arguments[1]), method.Parameters[1].Type.Element!, Operand.Of(t.Builder.Load(IrType.I32, number, 4)));
        t.Builder.Jump(next);
        t.Builder.Block = next;
        return Operand.Of(found);
    }

    public static Operand End(Translator t, MethodModel method, Operand[] arguments)
    {
        if (!HasIterators(t)) return t.InlineBody(method, arguments);
        t.Forget();
        t.Builder.Call(Kernel(t, "bpf_iter_num_destroy"), IrType.Void, Iterator(t, arguments[0]));
        return default;
    }

    private static bool HasIterators(Translator t) => t.Module.Module.Target.Has(6, 4);

    private static Value Iterator(Translator t, in Operand state) => t.ObjectAt(t.AsPointer(state)) is IteratorObject iterator
        ? iterator.Slot
        : throw t.Refuse(IlCodes.UnknownObject, "this enumerator of a range is not the one that 'foreach' made", "help: use 'foreach (int i in Bpf.Range(n))'");

    private static KernelFunctionTarget Kernel(Translator t, string name) => t.Module.Iterators.Get(name);
}
