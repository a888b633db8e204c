// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Vm;

/// <summary>
/// Which accesses of a verified program need no test in this process. The verifier proves them for the kernel; here the proof holds for memory
/// that this host makes itself and keeps in place during a run: stack, packet, values and keys of maps, records. Elements of maps are reused but
/// never freed while the map lives, an inner map lives as long as the outer one, and helpers that move the packet are those after which the
/// verifier forgets it. What a program takes for a kernel object is a number that the caller gave, so it is tested like in any program.
/// </summary>
internal static class VerifiedAccesses
{
    private const uint Own = (1u << (int)RegisterKind.Stack) | (1u << (int)RegisterKind.MapValue) | (1u << (int)RegisterKind.MapKey)
        | (1u << (int)RegisterKind.Packet) | (1u << (int)RegisterKind.PacketMeta) | (1u << (int)RegisterKind.Memory);

    internal static KnownAccesses From(VerificationResult result, Instruction[] code, OpcodeInfo?[] rows, ContextLayout layout, IReadOnlyList<VmMap?> maps)
    {
        AccessFacts facts = result.Facts!;
        KnownAccesses known = new(code.Length) { MayWritePacket = facts.WritesPacket };
        // Addresses of kernel variables are the caller's, too, and the verifier takes variables for memory of their size.
        uint own = result.Input.Variables.Count > 0 ? Own & ~(1u << (int)RegisterKind.Memory) : Own;
        for (int at = 0; at < code.Length; at++)
        {
            if (rows[at] is not { } row) continue;
            ref readonly AccessFact fact = ref facts[at];
            if (row.Form == OperandForm.Call && fact.Map > 0 && fact.Map <= maps.Count) known.CallMaps[at] = maps[fact.Map - 1];
            if (!row.ReadsMemory && !row.WritesMemory) continue;
            // A load that may fault in a kernel is one of memory of which nothing is proved, whatever its kind.
            known.Kinds[at] = result.FaultingLoads[at] ? AccessKind.Unknown : Classify(fact, row, layout, own);
            known.Offsets[at] = known.Kinds[at] is AccessKind.Unknown or AccessKind.Proved ? 0 : fact.Offset;
            known.HasUnknown |= known.Kinds[at] == AccessKind.Unknown;
        }

        return known;
    }

    private static AccessKind Classify(in AccessFact fact, OpcodeInfo row, ContextLayout layout, uint own)
    {
        if (fact.IsOnly(RegisterKind.Context) && fact.IsFixed)
        {
            AccessKind kind = layout.Classify(fact.Offset, row.Width / 8, row.WritesMemory);
            bool isPlain = kind == AccessKind.Context && !row.IsAtomic;
            bool isAddress = kind >= AccessKind.PacketStart && row.Operation == Operation.Load;
            return isPlain || isAddress ? kind : AccessKind.Unknown;
        }

        if (fact.Kinds == 0 || (fact.Kinds & ~own) != 0) return AccessKind.Unknown;
        return fact.IsOnly(RegisterKind.Stack) && fact.IsFixed ? AccessKind.Stack : AccessKind.Proved;
    }
}
