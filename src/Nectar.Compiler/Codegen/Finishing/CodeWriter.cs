// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>Writes blocks in their final order as slots: which way falls through, jumps, locations and references.</summary>
internal sealed class CodeWriter
{
    private readonly MachineFunction _function;
    private readonly List<(MachineInstruction Code, MachineBlock? Target)> _lines = [];
    private readonly Dictionary<MachineBlock, int> _starts = []; // block → line

    private CodeWriter(MachineFunction function) => _function = function;

    /// <summary>The finished function, or null with the number of slots that is too many for its jumps.</summary>
    public static CompiledFunction Write(MachineFunction function, List<MachineBlock> order, int frameSize, List<FramePart> frame)
    {
        CodeWriter writer = new(function);
        writer.Lay(order);
        int[] slots = JumpReach.Solve(writer._lines, writer._starts, function.Target);
        return writer.Encode(slots, frameSize, frame);
    }

    private void Lay(List<MachineBlock> order)
    {
        for (int i = 0; i < order.Count; i++)
        {
            MachineBlock block = order[i];
            MachineBlock? following = i + 1 < order.Count ? order[i + 1] : null;
            _starts.Add(block, _lines.Count);
            foreach (MachineInstruction instruction in block.Instructions) LayOne(instruction);
            if (block.Next is not { } next) continue;
            if (block.Condition is { } condition) LayCondition(condition, block.Taken!, next, following);
            else if (next != following || (!_function.Target.HasLoopsByFallingThrough && Reaches(next, block))) _lines.Add((Jump(null), next));
        }
    }

    /// <summary>True if a way leads from one block to another.</summary>
    private static bool Reaches(MachineBlock from, MachineBlock to)
    {
        HashSet<MachineBlock> seen = [from];
        Stack<MachineBlock> open = new([from]);
        while (open.TryPop(out MachineBlock? block))
        {
            if (block == to) return true;
            if (block.Next is { } next && seen.Add(next)) open.Push(next);
            if (block.Taken is { } taken && seen.Add(taken)) open.Push(taken);
        }

        return false;
    }

    private void LayOne(MachineInstruction instruction)
    {
        if (!instruction.IsFrameAddress)
        {
            _lines.Add((instruction, null));
            return;
        }

        _lines.Add((new MachineInstruction { Operation = Operation.Mov, Destination = instruction.Destination, Source = MachineFacts.FramePointer, Location = instruction.Location }, null));
        long offset = instruction.Immediate + (instruction.Slot?.Offset ?? 0);
        if (offset != 0) _lines.Add((new MachineInstruction { Operation = Operation.Add, Destination = instruction.Destination, Immediate = offset, Location = instruction.Location }, null));
    }

    private void LayCondition(MachineInstruction condition, MachineBlock taken, MachineBlock next, MachineBlock? following)
    {
        MachineInstruction? inverse = Encodable(condition, MachineFacts.Inverse(condition.Operation));
        MachineInstruction? direct = Encodable(condition, condition.Operation);
        if (taken == following && inverse is not null)
        {
            _lines.Add((inverse, next));
            return;
        }

        if (direct is not null)
        {
            _lines.Add((direct, taken));
            if (next != following) _lines.Add((Jump(condition.Location), next));
            return;
        }

        // v1 has no such comparison: the opposite one, over a jump
        _lines.Add((inverse!, next));
        _lines.Add((Jump(condition.Location), taken));
        if (next != following) return;
    }

    private MachineInstruction? Encodable(MachineInstruction condition, Operation operation)
    {
        if (operation == Operation.Invalid) return null;
        MachineInstruction code = condition.Clone();
        code.Operation = operation;
        bool isMissing = !_function.Target.HasLessJumps && operation is Operation.Jlt or Operation.Jle or Operation.Jslt or Operation.Jsle;
        if (!isMissing) return code;
        if (condition.Source < 0) return null;
        (code.Operation, code.Destination, code.Source) = (MachineFacts.Mirror(operation), condition.Source, condition.Destination);
        return code;
    }

    private static MachineInstruction Jump(SourceLocation? location) => new() { Operation = Operation.Ja, Width = 0, Location = location };

    private CompiledFunction Encode(int[] slots, int frameSize, List<FramePart> frame)
    {
        Instruction[] code = new Instruction[slots[_lines.Count]];
        List<(int, object, long)> references = [];
        List<CodeLocation> locations = [];
        List<CodeAccess> accesses = [];
        SourceLocation? last = null;
        for (int i = 0; i < _lines.Count; i++)
        {
            (MachineInstruction instruction, MachineBlock? target) = _lines[i];
            int slot = slots[i];
            int distance = target is null ? 0 : slots[_starts[target]] - slot - 1;
            code[slot] = InstructionEncoder.Encode(instruction, distance);
            if (instruction.Operation == Operation.LdImm64)
                code[slot + 1] = new Instruction(0, 0, 0, 0, instruction.Symbol is null ? (int)(instruction.Immediate >> 32) : 0);
            if (instruction.Symbol is not null and not HelperTarget) references.Add((slot, instruction.Symbol, instruction.Operation == Operation.LdImm64 ? instruction.Immediate : 0));
            if (instruction.Access is not null) accesses.Add(new CodeAccess(slot, instruction.Access));
            SourceLocation? location = instruction.Location?.Author ?? (i == 0 ? _function.Source.Location : null);
            if (location is null || location == last) continue;
            locations.Add(new CodeLocation(slot, location));
            last = location;
        }

        return new CompiledFunction
        {
            Function = _function.Source,
            Instructions = code,
            References = references,
            Locations = locations,
            Accesses = accesses,
            Frame = frame,
            FrameSize = frameSize,
        };
    }
}
