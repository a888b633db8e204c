// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Classic.Conversion;

/// <summary>Collects extended instructions whose jumps go to labels, and lays them out.</summary>
internal sealed class ExtendedCode(int labelCount)
{
    private readonly record struct Item(Instruction Instruction, int Label);

    private const byte JumpLong = 0x06, Jump = 0x05;

    private readonly List<Item> _items = [];
    private readonly List<int> _labels = [.. Enumerable.Repeat(-1, labelCount)];

    /// <summary>A label beside those of the constructor.</summary>
    public int NewLabel()
    {
        _labels.Add(-1);
        return _labels.Count - 1;
    }

    /// <summary>Puts a label before the next instruction.</summary>
    public void Mark(int label) => _labels[label] = _items.Count;

    public void Add(int opcode, int destination, int source = 0, int offset = 0, int immediate = 0) =>
        _items.Add(new Item(new Instruction((byte)opcode, destination, source, (short)offset, immediate), -1));

    /// <summary>Adds a jump, conditional unless the opcode is that of <c>ja</c>.</summary>
    public void AddJump(int opcode, int label, int destination = 0, int source = 0, int immediate = 0) =>
        _items.Add(new Item(new Instruction((byte)opcode, destination, source, 0, immediate), label));

    public void AddJump(int label) => AddJump(Jump, label);

    /// <summary>
    /// The code with its distances. A jump that does not reach becomes a long one (gotol), a conditional one jumps round it;
    /// growing may push others out of reach, so this goes on until nothing grows.
    /// </summary>
    public Instruction[] Layout()
    {
        int[] starts = new int[_items.Count + 1];
        bool[] far = new bool[_items.Count];
        bool grown = true;
        while (grown)
        {
            grown = false;
            for (int i = 0; i < _items.Count; i++) starts[i + 1] = starts[i] + (far[i] && _items[i].Instruction.Opcode != Jump ? 3 : 1);
            for (int i = 0; i < _items.Count; i++)
            {
                if (_items[i].Label < 0 || far[i]) continue;
                int distance = starts[_labels[_items[i].Label]] - starts[i] - 1;
                if (distance is >= short.MinValue and <= short.MaxValue) continue;
                far[i] = grown = true;
            }
        }

        Instruction[] code = new Instruction[starts[^1]];
        for (int i = 0; i < _items.Count; i++)
        {
            (Instruction instruction, int label) = _items[i];
            int start = starts[i];
            if (label < 0)
            {
                code[start] = instruction;
                continue;
            }

            int target = starts[_labels[label]];
            if (!far[i])
            {
                code[start] = instruction.WithOffset((short)(target - start - 1));
                continue;
            }

            if (instruction.Opcode != Jump)
            {
                code[start++] = instruction.WithOffset(1);
                code[start++] = new Instruction(Jump, 0, 0, 1, 0);
            }

            code[start] = new Instruction(JumpLong, 0, 0, 0, target - start - 1);
        }

        return code;
    }
}
