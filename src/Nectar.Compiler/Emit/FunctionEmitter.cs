// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Emit;

/// <summary>Makes the definition of a function: references by name, lines, questions to the kernel's types.</summary>
internal sealed class FunctionEmitter(DataSections data)
{
    private const byte CallOpcode = 0x85;
    private const int MaxColumn = 1023; // bpf_line_info has ten bits for it

    public FunctionDefinition Emit(CompiledFunction function, string section, bool isEntry)
    {
        FunctionDefinition made = new()
        {
            Name = function.Function.Name,
            Section = section,
            Instructions = function.Instructions,
            Linkage = isEntry || function.Function.IsGlobal ? FunctionLinkage.Global : FunctionLinkage.Static,
            TypeId = function.Function.TypeId,
        };
        foreach ((int instruction, object symbol, long addend) in function.References) made.Relocations.Add(Reference(function, instruction, symbol, addend));
        AddLines(made, function);
        foreach (CodeAccess access in function.Accesses)
            made.CoreRelocations.Add(new CoreRelocation(access.Instruction, access.Access.TypeId, access.Access.Access, (int)access.Access.Kind));
        return made;
    }

    private Relocation Reference(CompiledFunction function, int instruction, object symbol, long addend)
    {
        switch (symbol)
        {
            case MapSymbol map:
                return new Relocation(instruction, RelocationKind.Map, map.Name);
            case GlobalSymbol global:
                return new Relocation(instruction, RelocationKind.MapValue, global.Section, data.OffsetOf(global) + addend);
            case IrFunction callee:
                bool isCall = function.Instructions[instruction].Opcode == CallOpcode;
                return new Relocation(instruction, isCall ? RelocationKind.FunctionCall : RelocationKind.FunctionAddress, callee.Name);
            case KernelFunctionTarget kernel:
                return new Relocation(instruction, RelocationKind.ExternCall, kernel.Name);
            case ExternSymbol external:
                return new Relocation(instruction, RelocationKind.ExternVariable, external.Name);
            default:
                throw new InvalidOperationException($"instruction {instruction} of {function.Function.Name} refers to a {symbol.GetType().Name}");
        }
    }

    /// <summary>One record for each change of place; the first instruction has one, as the kernel demands.</summary>
    private static void AddLines(FunctionDefinition made, CompiledFunction function)
    {
        SourceLocation? last = null;
        foreach (CodeLocation code in function.Locations)
        {
            SourceLocation place = code.Location.Author;
            if (place.Line == 0 || (last is not null && place.Line == last.Line && place.Column == last.Column && place.File == last.File)) continue;
            last = place;
            int slot = made.Lines.Count == 0 ? 0 : code.Instruction;
            LineInfo line = new(slot, place.File, place.Text, place.Line, Math.Min(place.Column, MaxColumn));
            if (made.Lines.Count > 0 && made.Lines[^1].Instruction == slot) made.Lines[^1] = line;
            else made.Lines.Add(line);
        }

        if (made.Lines.Count == 0 && function.Function.Location?.Author is { Line: > 0 } start) made.Lines.Add(new LineInfo(0, start.File, start.Text, start.Line, Math.Min(start.Column, MaxColumn)));
    }
}
