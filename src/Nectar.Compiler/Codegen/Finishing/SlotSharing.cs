// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>
/// Which parts of the frame are wanted at the same time. A part whose address is taken may be reached at any time; of the others only
/// loads and stores count, so that values that wait over different calls share a place.
/// </summary>
internal sealed class SlotSharing
{
    private readonly MachineFunction _function;
    private readonly Dictionary<FrameSlot, int> _numbers = [];
    private readonly bool[] _fixed;
    private ulong[][] _conflicts = []; // a row of bits for each part

    public SlotSharing(MachineFunction function)
    {
        _function = function;
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions)
            {
                if (instruction.Slot is not null) _numbers.TryAdd(instruction.Slot, _numbers.Count);
            }
        }

        _fixed = new bool[_numbers.Count];
        foreach (MachineBlock block in function.Blocks)
        {
            foreach (MachineInstruction instruction in block.Instructions)
            {
                if (instruction.Slot is not null && !IsAccess(instruction)) _fixed[_numbers[instruction.Slot]] = true;
            }
        }

        if (_numbers.Count > 1) Solve();
    }

    /// <summary>All parts that are used.</summary>
    public IReadOnlyCollection<FrameSlot> Slots => _numbers.Keys;

    /// <summary>The number of a part, for <see cref="Conflicts"/>.</summary>
    public int NumberOf(FrameSlot slot) => _numbers[slot];

    /// <summary>True if two parts must not overlap.</summary>
    public bool Conflicts(int x, int y) => _fixed[x] || _fixed[y] || (_conflicts[x][y >> 6] >> (y & 63) & 1) != 0 || (_conflicts[y][x >> 6] >> (x & 63) & 1) != 0;

    private static bool IsAccess(MachineInstruction instruction) =>
        instruction.Operation is Operation.Load or Operation.LoadSx ? instruction.Source == MachineFacts.FramePointer
            : instruction.Operation is Operation.StoreImmediate or Operation.StoreRegister && instruction.Destination == MachineFacts.FramePointer;

    private static bool Overwrites(MachineInstruction instruction) =>
        instruction.Operation is Operation.StoreImmediate or Operation.StoreRegister && instruction.Offset == 0 && instruction.Width == instruction.Slot!.Size * 8;

    private void Solve()
    {
        int words = (_numbers.Count + 63) / 64;
        Dictionary<MachineBlock, ulong[]> starts = [];
        foreach (MachineBlock block in _function.Blocks) starts.Add(block, new ulong[words]);
        Queue<MachineBlock> open = new(Enumerable.Reverse(_function.Blocks));
        HashSet<MachineBlock> queued = [.. open];
        ulong[] live = new ulong[words];
        while (open.TryDequeue(out MachineBlock? block))
        {
            queued.Remove(block);
            Walk(block, starts, live, null);
            if (live.AsSpan().SequenceEqual(starts[block])) continue;
            live.CopyTo(starts[block], 0);
            foreach (MachineBlock predecessor in block.Predecessors)
            {
                if (queued.Add(predecessor)) open.Enqueue(predecessor);
            }
        }

        _conflicts = new ulong[_numbers.Count][];
        for (int i = 0; i < _conflicts.Length; i++) _conflicts[i] = new ulong[words];
        foreach (MachineBlock block in _function.Blocks) Walk(block, starts, live, _conflicts);
    }

    private void Walk(MachineBlock block, Dictionary<MachineBlock, ulong[]> starts, ulong[] live, ulong[][]? conflicts)
    {
        Array.Clear(live);
        for (int s = 0; s < block.SuccessorCount; s++)
        {
            ulong[] next = starts[block.Successor(s)];
            for (int w = 0; w < live.Length; w++) live[w] |= next[w];
        }

        for (int i = block.Instructions.Count - 1; i >= 0; i--)
        {
            MachineInstruction instruction = block.Instructions[i];
            if (instruction.Slot is null) continue;
            int number = _numbers[instruction.Slot];
            bool overwrites = Overwrites(instruction);
            if (conflicts is not null)
            {
                ulong[] row = conflicts[number];
                for (int w = 0; w < row.Length; w++) row[w] |= live[w];
            }

            if (overwrites) live[number >> 6] &= ~(1UL << (number & 63));
            else live[number >> 6] |= 1UL << (number & 63); // a part of it is kept: it was there before
        }
    }
}
