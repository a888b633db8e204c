// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Strings that the kernel reads while it loads the program: in memory that never changes, with a zero byte.</summary>
internal static class ConstStrings
{
    internal static void Check(Analysis a, int register)
    {
        ref RegisterState value = ref a.Registers[register];
        if (value.Kind != RegisterKind.MapValue || value.MaybeNull) a.Refuse(ViolationKind.ArgumentText, register, $"r{register} is {value}, where a string in a read-only map is expected");
        MapDefinition map = a.Maps[value.Target];
        if (!map.IsReadOnlyToPrograms) a.Refuse(ViolationKind.ArgumentText, register, $"the string lies in map '{map.Name}', which is not read-only");
        if (!value.HasConstantRange) a.Refuse(ViolationKind.ArgumentText, register, $"r{register} is {value}: which string it is has to be known");
        if (map.Type != MapType.Array || map.MaxEntries != 1) a.Refuse(ViolationKind.ArgumentText, register, $"the string lies in map '{map.Name}', whose values have no constant address");
        RawMemory none = default;
        MemoryAccess.CheckHelperRegion(a, register, (int)map.ValueSize - value.Offset, false, false, ref none);
        if (Bytes(a, value) is { } bytes && bytes.IndexOf((byte)0) < 0) a.Refuse(ViolationKind.ArgumentText, register, "the string has no zero byte at its end");
    }

    /// <summary>The bytes from where a register points; null where the contents of the map are not known.</summary>
    internal static List<byte>? Bytes(Analysis a, in RegisterState value)
    {
        MapDefinition map = a.Maps[value.Target];
        if (map.InitialValue is not { } all) return null;
        long at = value.Offset + (long)value.Range.Bits.Value;
        return at < 0 || at > all.Length ? [] : [.. all.AsSpan((int)at)];
    }
}
