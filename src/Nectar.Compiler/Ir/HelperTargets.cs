// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Compiler.Ir;

/// <summary>The kernel's helpers as things to call: what they read, write and return, from the verifier's prototypes.</summary>
internal static class HelperTargets
{
    private static readonly HelperTarget?[] s_known = new HelperTarget?[HelperNames.Count];

    /// <summary>A helper by number; null if there is none.</summary>
    public static HelperTarget? Find(int id)
    {
        if (id <= 0 || id >= s_known.Length || HelperPrototypes.Find(id) is not { } prototype) return null;
        return s_known[id] ??= Make(prototype);
    }

    /// <summary>A helper by the kernel's name, with <c>bpf_</c>; null if there is none.</summary>
    public static HelperTarget? Find(string name)
    {
        for (int id = 1; id < HelperNames.Count; id++)
        {
            if (HelperPrototypes.Find(id) is { } prototype && prototype.Name == name) return Find(id);
        }

        return null;
    }

    private static HelperTarget Make(HelperPrototype prototype)
    {
        byte reads = 0, writes = 0;
        for (int i = 0; i < prototype.Parameters.Length; i++)
        {
            Parameter parameter = prototype.Parameters[i];
            byte bit = (byte)(1 << i);
            if (!IsMemory(parameter.Kind)) continue;
            if (!parameter.MayBeUninitialized) reads |= bit;
            bool isInput = parameter.Kind is ParameterKind.MapKey or ParameterKind.MapValue or ParameterKind.ConstString || (parameter.Flags & ParameterFlags.ReadOnly) != 0;
            if (parameter.IsWritten || parameter.MayBeUninitialized || !isInput) writes |= bit;
        }

        return new HelperTarget(prototype.Id)
        {
            Name = prototype.Name,
            Reads = reads,
            Writes = writes,
            ChangesPacket = prototype.Has(HelperTraits.ChangesPacket),
            ResultOrigin = Origin(prototype),
        };
    }

    private static bool IsMemory(ParameterKind kind) => kind is ParameterKind.MapKey or ParameterKind.MapValue or ParameterKind.Memory or ParameterKind.SpinLock
        or ParameterKind.Timer or ParameterKind.KptrSlot or ParameterKind.Stack or ParameterKind.ConstString or ParameterKind.Dynptr or ParameterKind.RingRecord;

    private static PointerOrigin Origin(HelperPrototype prototype) => prototype.Result.Kind switch
    {
        ResultKind.MapValue => PointerOrigin.MapValue,
        ResultKind.Memory or ResultKind.RingRecord => PointerOrigin.Record,
        ResultKind.Socket or ResultKind.TcpSocket or ResultKind.SocketCommon or ResultKind.BtfObject or ResultKind.MemoryOrBtfObject => PointerOrigin.Trusted,
        _ => PointerOrigin.Unknown,
    };
}
