// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>
/// Jumps reach 32767 slots. What is farther away becomes <c>gotol</c> on v4; before that, it goes over islands: jumps to the target that
/// are put between the two, where nothing falls into them.
/// </summary>
internal static class JumpReach
{
    public const int Reach = short.MaxValue - 8;

    /// <summary>How far islands are put away: what is put between later must not bring them out of reach.</summary>
    private const int Step = Reach - 2048;

    /// <summary>Gives the first slot of each line (one more for the end), after adding what far jumps need.</summary>
    public static int[] Solve(List<(MachineInstruction Code, MachineBlock? Target)> lines, Dictionary<MachineBlock, int> starts, CompilationTarget target)
    {
        Dictionary<MachineBlock, List<MachineBlock>> islands = [];
        int[] slots = Place(lines);
        if (slots[^1] <= Reach) return slots;
        int from = 0;
        while ((FindFar(lines, starts, slots, from) ?? FindFar(lines, starts, slots, 0)) is { } far)
        {
            int count = lines.Count;
            if (target.HasLongJump) MakeLong(lines, starts, far);
            else AddIsland(lines, starts, slots, far, islands);
            if (lines.Count != count) slots = Place(lines);
            from = far; // what was put between may have moved earlier ones apart: they are looked at again in the end
        }

        return slots;
    }

    private static int[] Place(List<(MachineInstruction Code, MachineBlock? Target)> lines)
    {
        int[] slots = new int[lines.Count + 1];
        for (int i = 0; i < lines.Count; i++) slots[i + 1] = slots[i] + (lines[i].Code.Operation == Operation.LdImm64 ? 2 : 1);
        return slots;
    }

    private static int? FindFar(List<(MachineInstruction Code, MachineBlock? Target)> lines, Dictionary<MachineBlock, int> starts, int[] slots, int from)
    {
        for (int i = from; i < lines.Count; i++)
        {
            if (lines[i].Target is not { } target || lines[i].Code.Operation == Operation.JaLong) continue;
            if (Math.Abs(slots[starts[target]] - slots[i]) > Reach) return i;
        }

        return null;
    }

    private static void MakeLong(List<(MachineInstruction Code, MachineBlock? Target)> lines, Dictionary<MachineBlock, int> starts, int far)
    {
        (MachineInstruction code, MachineBlock? target) = lines[far];
        MachineInstruction jump = new() { Operation = Operation.JaLong, Width = 0, Location = code.Location };
        if (code.Operation == Operation.Ja)
        {
            lines[far] = (jump, target);
            return;
        }

        // if c goto +1; goto +1; gotol target
        (MachineBlock toJump, MachineBlock behind) = (new MachineBlock(-1), new MachineBlock(-1));
        Insert(lines, starts, far + 1, (new MachineInstruction { Operation = Operation.Ja, Width = 0, Location = code.Location }, behind), (jump, target));
        lines[far] = (code, toJump);
        (starts[toJump], starts[behind]) = (far + 2, far + 3);
    }

    private static void AddIsland(List<(MachineInstruction Code, MachineBlock? Target)> lines, Dictionary<MachineBlock, int> starts, int[] slots, int far, Dictionary<MachineBlock, List<MachineBlock>> islands)
    {
        (MachineInstruction code, MachineBlock? target) = lines[far];
        MachineBlock end = target!;
        bool forward = slots[starts[end]] > slots[far];
        if (!islands.TryGetValue(end, out List<MachineBlock>? known)) islands.Add(end, known = []);
        MachineBlock? near = known.Find(island => slots[starts[island]] > slots[far] == forward && Math.Abs(slots[starts[island]] - slots[far]) <= Step && starts[island] != far);
        if (near is not null)
        {
            lines[far] = (code, near);
            return;
        }

        // as far as a jump goes; rather where nothing falls through, if that is on most of the way
        int at = far;
        int quiet = -1;
        for (int i = forward ? far + 1 : far; i > 0 && i < lines.Count && Math.Abs(slots[i] - slots[far]) <= Step; i += forward ? 1 : -1)
        {
            at = i;
            if (lines[i - 1].Code.Operation is Operation.Ja or Operation.Exit && Math.Abs(slots[i] - slots[far]) > Step / 2) quiet = i;
        }

        MachineBlock made = new(-1);
        (MachineInstruction, MachineBlock?) jump = (new MachineInstruction { Operation = Operation.Ja, Width = 0, Location = code.Location }, end);
        if (quiet >= 0)
        {
            Insert(lines, starts, quiet, jump);
            starts[made] = quiet;
            if (quiet <= far) far++;
        }
        else
        {
            MachineBlock behind = new(-1);
            Insert(lines, starts, at, (new MachineInstruction { Operation = Operation.Ja, Width = 0 }, behind), jump);
            (starts[made], starts[behind]) = (at + 1, at + 2);
            if (at <= far) far += 2;
        }

        known.Add(made);
        lines[far] = (code, made);
    }

    private static void Insert(List<(MachineInstruction Code, MachineBlock? Target)> lines, Dictionary<MachineBlock, int> starts, int at, params ReadOnlySpan<(MachineInstruction, MachineBlock?)> added)
    {
        lines.InsertRange(at, added.ToArray());
        foreach ((MachineBlock block, int start) in starts.ToArray())
        {
            if (start >= at) starts[block] = start + added.Length;
        }
    }
}
