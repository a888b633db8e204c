// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>
/// Four registers survive a call. Where more values live over one, this chooses those that wait in the frame (or are made again): such
/// that fewest instructions are added, counted by loops.
/// </summary>
internal sealed class CallPressure
{
    private const int Preserved = MachineFacts.Colors - MachineFacts.FirstPreserved;

    private readonly MachineFunction _function;
    private readonly List<List<int>> _calls = []; // for each call with too many: the registers that live over it
    private readonly Dictionary<int, (float Accesses, int Definitions, bool Repeatable)> _facts = [];

    private CallPressure(MachineFunction function, Liveness liveness)
    {
        _function = function;
        RegisterSet live = new(function.RegisterCount);
        foreach (MachineBlock block in function.Blocks)
        {
            liveness.CollectOut(block, live);
            if (block.Condition is not null) Liveness.StepBack(block.Condition, live);
            for (int i = block.Instructions.Count - 1; i >= 0; i--)
            {
                MachineInstruction instruction = block.Instructions[i];
                if (instruction.IsCall) Note(live);
                Liveness.StepBack(instruction, live);
            }
        }
    }

    /// <summary>Registers that shall not live over calls; empty if all fit.</summary>
    public static List<int> Choose(MachineFunction function, Liveness liveness)
    {
        CallPressure pressure = new(function, liveness);
        if (pressure._calls.Count == 0) return [];
        pressure.Measure();
        return pressure.Choose();
    }

    private void Note(RegisterSet live)
    {
        List<int> over = [];
        foreach (int register in live.Members)
        {
            if (register >= MachineFacts.FirstVirtual) over.Add(register);
        }

        if (over.Count > Preserved) _calls.Add(over);
    }

    private void Measure()
    {
        foreach (List<int> call in _calls)
        {
            foreach (int register in call) _facts.TryAdd(register, (0, 0, true));
        }

        Span<int> used = stackalloc int[6];
        foreach (MachineBlock block in _function.Blocks)
        {
            float weight = MathF.Pow(8, Math.Min(block.LoopDepth, 6));
            HashSet<int> near = []; // accesses between two calls share one load
            for (int i = 0; i <= block.Instructions.Count; i++)
            {
                MachineInstruction? instruction = i < block.Instructions.Count ? block.Instructions[i] : block.Condition;
                if (instruction is null) continue;
                int count = MachineFacts.Used(instruction, used);
                foreach (int register in used[..count])
                {
                    if (near.Add(register) && _facts.TryGetValue(register, out var fact)) _facts[register] = fact with { Accesses = fact.Accesses + weight };
                }

                int defined = MachineFacts.Defined(instruction);
                if (defined >= 0 && _facts.TryGetValue(defined, out var known))
                {
                    _facts[defined] = (known.Accesses + (near.Add(defined) ? weight : 0), known.Definitions + 1, known.Repeatable && instruction.IsRepeatable && known.Definitions == 0);
                }

                if (instruction.IsCall) near.Clear();
            }
        }
    }

    private List<int> Choose()
    {
        Dictionary<int, List<int>> callsOf = []; // register → calls that it lives over
        int[] counts = new int[_calls.Count];
        bool[] full = new bool[_calls.Count];
        Dictionary<int, int> gains = []; // register → calls that are still over full
        for (int c = 0; c < _calls.Count; c++)
        {
            (counts[c], full[c]) = (_calls[c].Count, true);
            foreach (int register in _calls[c])
            {
                if (!callsOf.TryGetValue(register, out List<int>? list)) callsOf.Add(register, list = []);
                list.Add(c);
                gains[register] = list.Count;
            }
        }

        List<int> chosen = [];
        while (true)
        {
            int best = -1;
            float least = float.MaxValue;
            foreach ((int register, int gain) in gains)
            {
                if (gain == 0) continue;
                (float accesses, _, bool repeatable) = _facts[register];
                float cost = (repeatable ? accesses - 1 : accesses) / gain;
                if (cost > least || (cost == least && register > best)) continue;
                (best, least) = (register, cost);
            }

            if (best < 0) return chosen;
            chosen.Add(best);
            gains.Remove(best);
            foreach (int call in callsOf[best])
            {
                if (!full[call] || --counts[call] > Preserved) continue;
                full[call] = false;
                foreach (int other in _calls[call])
                {
                    if (gains.TryGetValue(other, out int gain)) gains[other] = gain - 1;
                }
            }
        }
    }
}
