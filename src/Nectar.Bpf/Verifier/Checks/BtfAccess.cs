// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Loads from objects that BTF describes, and stores to those that the program owns.</summary>
internal static class BtfAccess
{
    /// <summary>The structs that may be read through a map's own address.</summary>
    private static readonly Dictionary<MapType, string> s_mapStructs = new()
    {
        [MapType.Array] = "bpf_array", [MapType.PerCpuArray] = "bpf_array", [MapType.ProgArray] = "bpf_array", [MapType.PerfEventArray] = "bpf_array",
        [MapType.CgroupArray] = "bpf_array", [MapType.ArrayOfMaps] = "bpf_array", [MapType.Hash] = "bpf_htab", [MapType.PerCpuHash] = "bpf_htab",
        [MapType.LruHash] = "bpf_htab", [MapType.LruPerCpuHash] = "bpf_htab", [MapType.HashOfMaps] = "bpf_htab", [MapType.StackTrace] = "bpf_stack_map",
        [MapType.LpmTrie] = "lpm_trie", [MapType.RingBuf] = "bpf_ringbuf_map", [MapType.Queue] = "bpf_queue_stack", [MapType.Stack] = "bpf_queue_stack",
    };

    internal static void Check(Analysis a, int register, int offset, int size, bool write, int value)
    {
        RegisterState pointer = a.Registers[register];
        BtfTypes? types = KptrAccess.TypesOf(a, pointer.Origin);
        long at = (long)offset + pointer.Offset;
        if (!a.Input.IsGplCompatible && pointer.Origin != 1) a.Refuse(ViolationKind.License, register, "kernel objects may be read by programs with a GPL-compatible licence only");
        if (!pointer.HasConstantRange || pointer.Range.Bits.Value != 0)
        {
            a.Refuse(ViolationKind.VariablePointerOffset, register, $"the offset in {StateText.Kind(pointer)} has to be a constant, it is {StateText.Distance(pointer, offset)}");
        }

        if (at < 0) a.Refuse(ViolationKind.StructBounds, register, $"the access begins {-at} bytes before {StateText.Kind(pointer)}");
        if (pointer.MaybeNull) a.Refuse(ViolationKind.NullablePointer, register, $"r{register} may be null here: it is {StateText.Kind(pointer)}");
        if ((pointer.Flags & PointerFlags.User) != 0) a.Refuse(ViolationKind.OpaquePointer, register, "memory of user space is read with bpf_probe_read_user");
        if ((pointer.Flags & PointerFlags.PerCpu) != 0) a.Refuse(ViolationKind.OpaquePointer, register, "a variable of each processor is reached with bpf_per_cpu_ptr or bpf_this_cpu_ptr");
        if (types is null)
        {
            if (write) a.Refuse(ViolationKind.StructWrite, register, "kernel objects are read-only");
            a.FaultingLoads[a.Slot] = true;
            if (value >= 0) a.SetUnknown(value);
            return;
        }

        bool isOwn = (pointer.Flags & PointerFlags.Allocated) != 0 || pointer.Origin == 1;
        if (write && !isOwn && !WritableFields.IsAllowed(a, types, (uint)pointer.Target, at, size))
        {
            a.Refuse(ViolationKind.StructWrite, register, $"struct {(types[(uint)pointer.Target].Name is { Length: > 0 } name ? name : "without a name")} is read-only for this program");
        }

        if (isOwn) KptrAccess.CheckObject(a, register, (int)at, size);
        else a.FaultingLoads[a.Slot] = true;
        StructWalk walk = new();
        StructPlace place = walk.Find(types, (uint)pointer.Target, at, size);
        if (place == StructPlace.Bad) a.Refuse(walk.IsOutside ? ViolationKind.StructBounds : ViolationKind.StructField, register, walk.Problem);
        if (write || value < 0) return;
        if (place == StructPlace.Number || isOwn)
        {
            a.SetUnknown(value);
            return;
        }

        RegisterState loaded = RegisterState.Pointer(RegisterKind.BtfObject, FlagsOf(a, pointer, walk.Flags, $"{types[(uint)pointer.Target].Name}.{walk.Member}")); // the struct that the register points to, though the member lies in a nested one
        loaded.Target = (int)walk.Target;
        loaded.Origin = pointer.Origin;
        if (loaded.MaybeNull) loaded.Id = a.NewId();
        a.Registers[value] = loaded;
    }

    /// <summary>Reads through a map's own address, which is a struct of the kernel.</summary>
    internal static void CheckMap(Analysis a, int register, int offset, int size, bool write, int value)
    {
        if (a.Options.KernelTypes is not { } types)
        {
            a.Refuse(ViolationKind.OpaquePointer, register, "a map's own memory is read only where the kernel's types are known");
            return;
        }

        if (write) a.Refuse(ViolationKind.ReadOnlyMemory, register, "a map's own memory is read-only");
        if (offset < 0) a.Refuse(ViolationKind.StructBounds, register, $"the access begins {-offset} bytes before the map");
        string name = s_mapStructs.GetValueOrDefault(a.Maps[a.Registers[register].Target].Type, "bpf_map");
        uint id = types.FindByName(name, BtfKind.Struct);
        if (id == 0) a.Refuse(ViolationKind.OpaquePointer, register, $"the kernel has no types for struct {name}");
        StructWalk walk = new();
        StructPlace place = walk.Find(types, id, offset, size);
        if (place == StructPlace.Bad) a.Refuse(ViolationKind.StructField, register, walk.Problem);
        if (value < 0) return;
        a.FaultingLoads[a.Slot] = true;
        a.SetUnknown(value);
        if (place != StructPlace.Pointer) return;
        a.Registers[value] = RegisterState.Pointer(RegisterKind.BtfObject, PointerFlags.Untrusted);
        a.Registers[value].Target = (int)walk.Target;
    }

    /// <summary>True if a variable of the kernel exists once for each processor: it lies in the section of those.</summary>
    internal static bool IsPerCpuVariable(BtfTypes types, uint variable)
    {
        uint section = types.FindByName(".data..percpu", BtfKind.DataSection);
        if (section == 0) return false;
        BtfType data = types[section];
        for (int i = 0; i < data.Count; i++)
        {
            if (data.Variable(i).TypeId == variable) return true;
        }

        return false;
    }

    private static PointerFlags FlagsOf(Analysis a, in RegisterState parent, PointerFlags tags, string member)
    {
        if ((parent.Flags & PointerFlags.Untrusted) != 0) return PointerFlags.Untrusted;
        PointerFlags kept = tags & (PointerFlags.User | PointerFlags.PerCpu);
        if ((parent.Flags & (PointerFlags.Trusted | PointerFlags.Rcu | PointerFlags.Allocated)) == 0 && parent.ReferenceId == 0) return kept;
        if (TrustedFields.IsTrusted(member)) return kept | PointerFlags.Trusted;
        if (TrustedFields.IsTrustedOrNull(member)) return kept | PointerFlags.Trusted | PointerFlags.MaybeNull;
        if (!KptrAccess.InRcu(a)) return kept != 0 ? kept : PointerFlags.Untrusted;
        if (TrustedFields.IsRcu(member)) return kept | PointerFlags.Rcu;
        if ((tags & PointerFlags.Rcu) != 0 || TrustedFields.IsRcuOrNull(member)) return kept | PointerFlags.Rcu | PointerFlags.MaybeNull;
        return kept;
    }
}
