// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Loads and stores that meet special fields: pointers are read as what they point to, everything else is for helpers only.</summary>
internal static class KptrAccess
{
    // The kernel frees objects of these types only after an RCU grace period.
    private static readonly HashSet<string> s_rcuTypes = new(StringComparer.Ordinal) { "prog_test_ref_kfunc", "cgroup", "bpf_cpumask", "task_struct", "bpf_crypto_ctx" };

    /// <summary>Checks that memory of a map's value that is read or written touches no special field, or a pointer as a whole.</summary>
    /// <param name="a">The analysis.</param>
    /// <param name="register">Holds the pointer.</param>
    /// <param name="start">The constant part of the offset in the value.</param>
    /// <param name="size">Bytes.</param>
    internal static void CheckMapValue(Analysis a, int register, int start, int size)
    {
        ref RegisterState pointer = ref a.Registers[register];
        SpecialField[] fields = a.Calls.Fields.OfMap(pointer.Target).Fields;
        if (fields.Length == 0) return;
        bool isDirect = a.Row.Operation is not (Operation.CallHelper or Operation.CallKfunc or Operation.CallLocal);
        long lowest = start + pointer.Range.SMin, end = start + (long)pointer.Range.UMax + size;
        foreach (SpecialField field in fields)
        {
            if (lowest >= field.Offset + field.Size || field.Offset >= end) continue;
            if (!field.IsKptr) a.Refuse(ViolationKind.SpecialField, register, $"bytes {lowest}..{end - 1} of the value of map '{a.Maps[pointer.Target].Name}' touch its struct {field.TypeName} at {field.Offset}: only helpers may use it");
            if (!isDirect) a.Refuse(ViolationKind.KptrAccess, register, $"the function would work on bytes {lowest}..{end - 1} of the value, with the {field.TypeName} at {field.Offset}");
            if (!pointer.HasConstantRange) a.Refuse(ViolationKind.KptrAccess, register, $"the {field.TypeName} at {field.Offset} may be hit by an access whose offset varies ({pointer})");
            if (start + (long)pointer.Range.Bits.Value != field.Offset) a.Refuse(ViolationKind.KptrAccess, register, $"the access at {start + (long)pointer.Range.Bits.Value} begins beside the {field.TypeName} at {field.Offset}");
            if (size != 8) a.Refuse(ViolationKind.KptrAccess, register, $"{size} bytes of the {field.TypeName} at {field.Offset} are accessed: it is 8 bytes");
        }
    }

    /// <summary>Checks that an access to an allocated object touches no special field.</summary>
    internal static void CheckObject(Analysis a, int register, int offset, int size)
    {
        ref RegisterState pointer = ref a.Registers[register];
        foreach (SpecialField field in a.Calls.Fields.OfObject(pointer.Origin, (uint)pointer.Target).Fields)
        {
            if (offset < field.Offset + field.Size && field.Offset < offset + size)
            {
                a.Refuse(ViolationKind.SpecialField, register, $"bytes {offset}..{offset + size - 1} of the object touch its struct {field.TypeName} at {field.Offset}: only helpers may use it");
            }
        }
    }

    /// <summary>Pointer fields are loaded and stored, not worked on atomically or with sign extension.</summary>
    internal static void NeedPlainAccess(Analysis a, int register, SpecialField field)
    {
        if (a.Row.IsAtomic || a.Row.Operation == Operation.LoadSx) a.Refuse(ViolationKind.KptrAccess, register, $"the {field.TypeName} at {field.Offset} can only be loaded and stored plainly");
    }

    /// <summary>What a load of the pointer gives.</summary>
    internal static RegisterState Load(Analysis a, SpecialField field)
    {
        RegisterState loaded;
        if (field.Kind == SpecialFieldKind.UserPointer)
        {
            loaded = RegisterState.Pointer(RegisterKind.Memory, PointerFlags.MaybeNull);
            loaded.Extent = (int)Math.Max(0, TypesOf(a, field.TypeSet)?.SizeOf(field.TypeId) ?? 0);
            loaded.Id = a.NewId();
            return loaded;
        }

        loaded = RegisterState.Pointer(RegisterKind.BtfObject, LoadFlags(a, field));
        loaded.Target = (int)field.TypeId;
        loaded.Origin = field.TypeSet;
        loaded.Id = a.NewId();
        return loaded;
    }

    /// <summary>Checks a store into a pointer field: only where the field does not hold what it points to.</summary>
    /// <param name="a">The analysis.</param>
    /// <param name="field">The field.</param>
    /// <param name="value">The register that is stored; below 0 for an immediate.</param>
    internal static void CheckStore(Analysis a, SpecialField field, int value)
    {
        if (field.Kind is SpecialFieldKind.KptrReferenced or SpecialFieldKind.KptrPerCpu) a.Refuse(ViolationKind.KptrStore, value, "the field holds what it points to: what was in it would never be released; exchange it with bpf_kptr_xchg");
        if (field.Kind == SpecialFieldKind.UserPointer) a.Refuse(ViolationKind.KptrStore, value, "the field is set by the process that owns the memory, and read by programs only");
        if (value < 0)
        {
            if (a.Instruction.Immediate != 0) a.Refuse(ViolationKind.KptrStore, -1, $"the number {a.Instruction.Immediate} is stored into a kptr: only 0 and pointers may be");
            return;
        }

        if (a.Registers[value].IsNull) return;
        CheckMatches(a, field, value);
    }

    /// <summary>Makes sure that a register holds what a pointer field may point to.</summary>
    internal static void CheckMatches(Analysis a, SpecialField field, int register)
    {
        ref RegisterState value = ref a.Registers[register];
        string target = TypeMatch.Name(a, field.TypeSet, field.TypeId);
        if (value.Kind != RegisterKind.BtfObject) a.Refuse(ViolationKind.KptrType, register, $"r{register} is {value}, but the field holds a pointer to struct {target}");
        PointerFlags allowed = PointerFlags.MaybeNull;
        if (value.Origin != 1)
        {
            allowed |= PointerFlags.Trusted | PointerFlags.Rcu;
            if (field.Kind == SpecialFieldKind.KptrUnreferenced) allowed |= PointerFlags.Untrusted;
        }
        else
        {
            allowed |= PointerFlags.Allocated;
            if (field.Kind == SpecialFieldKind.KptrPerCpu) allowed |= PointerFlags.PerCpu;
        }

        if ((value.Flags & ~allowed) != 0) a.Refuse((value.Flags & PointerFlags.Untrusted) != 0 ? ViolationKind.KptrUntrusted : ViolationKind.KptrType, register, $"r{register} is {value} ({value.Flags & ~allowed}), which this field may not hold");
        ArgumentOffset.Check(a, register, fixedAllowed: true);
        if (!TypeMatch.IsSame(a, value.Origin, (uint)value.Target, value.Offset, field.TypeSet, field.TypeId, field.Kind != SpecialFieldKind.KptrUnreferenced))
        {
            a.Refuse(ViolationKind.KptrType, register, $"r{register} points to struct {TypeMatch.Name(a, value.Origin, (uint)value.Target)} + {value.Offset}, but the field holds a pointer to struct {target}");
        }
    }

    /// <summary>True where the program runs under RCU: in a section, under a lock, or wherever it cannot sleep.</summary>
    internal static bool InRcu(Analysis a) => a.State.ActiveRcuLocks > 0 || a.State.ActiveLocks > 0 || !a.IsSleepable;

    internal static BtfTypes? TypesOf(Analysis a, int set) => set switch
    {
        0 => a.Options.KernelTypes,
        1 => a.Input.Types,
        _ => null,
    };

    private static PointerFlags LoadFlags(Analysis a, SpecialField field)
    {
        bool isSafe = field.Kind == SpecialFieldKind.KptrPerCpu
            || (field.Kind == SpecialFieldKind.KptrReferenced && (field.TypeSet == 1 || s_rcuTypes.Contains(TypeMatch.Name(a, field.TypeSet, field.TypeId))));
        if (!isSafe || !InRcu(a)) return PointerFlags.MaybeNull | PointerFlags.Untrusted;
        PointerFlags flags = PointerFlags.MaybeNull | PointerFlags.Rcu;
        if (field.Kind == SpecialFieldKind.KptrPerCpu) flags |= PointerFlags.PerCpu;
        else if (field.TypeSet == 1) flags |= PointerFlags.Allocated;
        if (a.Calls.Fields.OfObject(field.TypeSet, field.TypeId).HasGraphNode) flags |= PointerFlags.NonOwning;
        return flags;
    }
}
