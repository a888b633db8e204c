// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Gives each tested access the region slot in which its bounds are most likely to be found: one slot for whatever seems to point
/// into the packet (filled when the program starts), one for values of maps, else one for each register and direction. A wrong guess costs time, never safety.
/// </summary>
internal sealed class RegionSlotMap
{
    /// <summary>The slot for packet pointers; r10 needs none of its own, since its accesses are proved in advance.</summary>
    internal const int Packet = 20;

    /// <summary>The slot for the value that a look-up in a known map gave last; the look-up itself fills it.</summary>
    internal const int MapValue = 21;

    private readonly byte[] _widths = new byte[VmState.SlotCount];
    private byte[] _slots = [];

    internal int SlotOf(int slot) => _slots[slot];

    /// <summary>True if the access at a slot seems to go to the packet or to a map's value.</summary>
    internal bool IsGuessed(int slot) => _slots[slot] >= Packet;

    /// <summary>Bit n: the slot is used for accesses of 1 &lt;&lt; n bytes.</summary>
    internal int Widths(int index) => _widths[index];

    internal void Start(JitBuilder b)
    {
        _widths.AsSpan().Clear();
        PreparedProgram program = b.Program;
        if (_slots.Length < b.Code.Length) _slots = new byte[Math.Max(256, b.Code.Length)];
        int packet = 0, value = 0;
        for (int i = 0; i < b.Code.Length; i++)
        {
            OpcodeInfo? row = program.Rows[i];
            if (row is null) continue;
            Instruction instruction = b.Code[i];
            AccessKind kind = program.Access[i];
            if (kind == AccessKind.Unknown)
            {
                int register = row.AddressIsSource ? instruction.Source : instruction.Destination;
                int index = ((packet >> register) & 1) != 0 || register == 10 ? Packet : ((value >> register) & 1) != 0 ? MapValue : (register * 2) + (row.WritesMemory ? 1 : 0);
                _slots[i] = (byte)index;
                _widths[index] |= (byte)(1 << MemoryEmitter.Log(row.Width));
            }

            int sets = b.Analysis.Sets(i);
            if (kind is AccessKind.PacketStart or AccessKind.PacketMeta) packet |= sets;
            else packet = Follow(packet, row, instruction, sets);
            value = Follow(value, row, instruction, sets) & ~packet;
            if (InlineHelpers.FillsValueSlot(program, i)) value |= 1;
        }
    }

    /// <summary>Which registers seem to point to the same kind of memory after an instruction.</summary>
    private static int Follow(int pointers, OpcodeInfo row, Instruction instruction, int sets)
    {
        int dst = 1 << instruction.Destination;
        bool source = row.Form == OperandForm.DstSrc && ((pointers >> instruction.Source) & 1) != 0;
        return row.Operation switch
        {
            Operation.Mov when source => pointers | dst,
            Operation.Add when source => pointers | dst,
            Operation.Add or Operation.Sub => pointers,
            Operation.And when row.Form == OperandForm.DstImm => pointers & ~dst,
            _ => pointers & ~sets,
        };
    }
}
