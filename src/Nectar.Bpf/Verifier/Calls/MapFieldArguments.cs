// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Arguments that point to a special field of a map's value or an allocated object.</summary>
internal static class MapFieldArguments
{
    /// <summary>Checks that a register points to the one field of a kind.</summary>
    internal static void Check(Analysis a, int register, SpecialFieldKind kind)
    {
        ref RegisterState value = ref a.Registers[register];
        string name = new SpecialField(kind, 0, 0).TypeName;
        if (!value.HasConstantRange) a.Refuse(ViolationKind.ArgumentMapField, register, $"r{register} is {value}: the {name} has to be at a constant offset");
        SpecialFields fields = a.Calls.Fields.OfMap(value.Target);
        if (fields.Find(kind) is not { } field)
        {
            a.Refuse(ViolationKind.ArgumentMapField, register, $"the value of map '{a.Maps[value.Target].Name}' has no struct {name}{(fields.IsKnown ? "" : ", or no BTF that says so")}");
            return;
        }

        long at = value.Offset + (long)value.Range.Bits.Value;
        if (at != field.Offset) a.Refuse(ViolationKind.ArgumentMapField, register, $"r{register} points to offset {at} of the value, but the struct {name} is at {field.Offset}");
    }

    /// <summary>The pointer field that a register points to, which holds what it points to.</summary>
    internal static SpecialField FindKptr(Analysis a, int register)
    {
        ref RegisterState value = ref a.Registers[register];
        if (!value.HasConstantRange) a.Refuse(ViolationKind.KptrAccess, register, $"r{register} is {value}: the kptr has to be at a constant offset");
        long at = value.Offset + (long)value.Range.Bits.Value;
        if (a.Calls.Fields.Of(value).FindKptrAt(at) is not { } field)
        {
            a.Refuse(ViolationKind.ArgumentMapField, register, $"there is no kptr at offset {at}");
            return default;
        }

        if (field.Kind is not (SpecialFieldKind.KptrReferenced or SpecialFieldKind.KptrPerCpu)) a.Refuse(ViolationKind.ArgumentMapField, register, $"the kptr at offset {at} does not hold what it points to: only referenced ones can be exchanged");
        return field;
    }
}
