// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Gives each tested access the region slot in which its bounds are most likely to be found: one slot for whatever seems to point
/// into the packet (filled when the program starts), else one for each register and direction. A wrong guess costs time, never safety.
/// </summary>
internal sealed class RegionSlotMap
{
    /// <summary>The slot for packet pointers; r10 needs none of its own, since its accesses are proved in advance.</summary>
    internal const int Packet = 20;

    private readonly byte[] _widths = new byte[VmState.SlotCount];
    private byte[] _slots = [];

    internal int SlotOf(int slot) => _slots[slot];

    /// <summary>Bit n: the slot is used for accesses of 1 &lt;&lt; n bytes.</summary>
    internal int Widths(int index) => _widths[index];

    internal void Start(JitBuilder b)
    {
        _widths.AsSpan().Clear();
        if (!b.IsChecked) return;
        PreparedProgram program = b.Program;
        if (_slots.Length < b.Code.Length) _slots = new byte[Math.Max(256, b.Code.Length)];
        int packet = 0;
        for (int i = 0; i < b.Code.Length; i++)
        {
            OpcodeInfo? row = program.Rows[i];
            if (row is null) continue;
            Instruction instruction = b.Code[i];
            AccessKind kind = program.Access[i];
            if (kind == AccessKind.Unknown)
            {
                int register = row.AddressIsSource ? instruction.Source : instruction.Destination;
                int index = ((packet >> register) & 1) != 0 || register == 10 ? Packet : (register * 2) + (row.WritesMemory ? 1 : 0);
                _slots[i] = (byte)index;
                _widths[index] |= (byte)(1 << MemoryEmitter.Log(row.Width));
            }

            packet = Follow(packet, row, instruction, kind, b.Analysis.Sets(i));
        }
    }

    private static int Follow(int packet, OpcodeInfo row, Instruction instruction, AccessKind kind, int sets)
    {
        int dst = 1 << instruction.Destination;
        bool source = row.Form == OperandForm.DstSrc && ((packet >> instruction.Source) & 1) != 0;
        if (kind is AccessKind.PacketStart or AccessKind.PacketMeta) return packet | dst;
        return row.Operation switch
        {
            Operation.Mov when source => packet | dst,
            Operation.Add when source => packet | dst,
            Operation.Add or Operation.Sub => packet,
            Operation.And when row.Form == OperandForm.DstImm => packet & ~dst,
            _ => packet & ~sets,
        };
    }
}
