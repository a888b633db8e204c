// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>The code of one program as a debugger sees it: functions, source lines, where lines begin.</summary>
public sealed class DebugProgram
{
    private readonly int[] _lineOf;
    private readonly bool[] _startsLine;
    private readonly bool[] _startsFunction;
    private readonly LineInfo[] _lines;

    internal DebugProgram(PreparedProgram prepared)
    {
        Linked = prepared.Linked;
        int count = Linked.Instructions.Length;
        _lineOf = new int[count];
        _startsLine = new bool[count];
        _startsFunction = new bool[count];
        foreach (int start in prepared.FunctionStarts) _startsFunction[start] = true;
        Dictionary<(string File, int Line), int> numbers = [];
        List<LineInfo> lines = [];
        int next = 0, current = -1;
        for (int slot = 0; slot < count; slot++)
        {
            if (_startsFunction[slot]) current = -1; // a function without lines does not belong to the last line before it
            for (; next < Linked.Lines.Length && Linked.Lines[next].Instruction <= slot; next++)
            {
                LineInfo line = Linked.Lines[next];
                if (line.Instruction < slot) continue;
                if (!numbers.TryGetValue((line.File, line.Line), out int number))
                {
                    numbers.Add((line.File, line.Line), number = lines.Count);
                    lines.Add(line);
                }

                _startsLine[slot] = true;
                current = number;
            }

            _lineOf[slot] = current;
        }

        _lines = [.. lines];
    }

    /// <summary>The program's name.</summary>
    public string Name => Linked.Definition.Name;

    /// <summary>The linked code.</summary>
    public LinkedProgram Linked { get; }

    /// <summary>True if there is a source line for some instruction.</summary>
    public bool HasLines => _lines.Length > 0;

    /// <summary>The source lines that have code, each once.</summary>
    public IReadOnlyList<LineInfo> Lines => _lines;

    /// <summary>The source line of an instruction; null where unknown.</summary>
    public LineInfo? LineAt(int slot) => (uint)slot < (uint)_lineOf.Length && _lineOf[slot] >= 0 ? _lines[_lineOf[slot]] : null;

    /// <summary>The function around an instruction.</summary>
    public LinkedFunction FunctionAt(int slot)
    {
        foreach (LinkedFunction function in Linked.Functions)
        {
            if (slot >= function.Start && slot < function.End) return function;
        }

        return Linked.Functions[0];
    }

    /// <summary>True if an instruction is there: not behind the end, and not the second half of a wide load.</summary>
    public bool IsInstruction(int slot) => slot >= 0 && slot < Linked.Instructions.Length && !(slot > 0 && Linked.Instructions[slot - 1].IsWide && IsInstruction(slot - 1));

    /// <summary>The slots at which the code of a source line begins; a line that a compiler has cut into pieces has several.</summary>
    internal IEnumerable<int> StartsOf(int line)
    {
        for (int slot = 0; slot < _lineOf.Length; slot++)
        {
            bool begins = _startsLine[slot] && _lineOf[slot] == line;
            if (begins && (slot == 0 || _lineOf[slot - 1] != line || _startsFunction[slot])) yield return slot;
        }
    }

    /// <summary>The number of the line of an instruction in <see cref="Lines"/>; -1 where unknown.</summary>
    internal int LineNumberAt(int slot) => _lineOf[slot];

    /// <summary>True if a piece of a line's code begins at the instruction.</summary>
    internal bool StartsLine(int slot) => _startsLine[slot];

    internal bool StartsFunction(int slot) => _startsFunction[slot];
}
