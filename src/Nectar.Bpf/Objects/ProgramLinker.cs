// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Objects;

/// <summary>Joins a program's entry function and the subprograms that it reaches into one <see cref="LinkedProgram"/>.</summary>
public static class ProgramLinker
{
    /// <summary>A program refers to a function or map that the object does not have.</summary>
    public static readonly DiagnosticCode UnresolvedSymbol = new(1090);

    private const string ExceptionTag = "exception_callback:";

    /// <summary>Links one program.</summary>
    /// <exception cref="ObjectFormatException">A reference leads nowhere (NEC1090).</exception>
    public static LinkedProgram Link(BpfObject @object, ProgramDefinition program)
    {
        ArgumentNullException.ThrowIfNull(@object);
        ArgumentNullException.ThrowIfNull(program);

        List<FunctionDefinition> order = [program.Entry];
        Dictionary<string, int> starts = new(StringComparer.Ordinal) { [program.Entry.Name] = 0 };
        int size = program.Entry.Instructions.Length;
        if (FindExceptionCallback(@object, program.Entry) is { } callback)
        {
            starts.Add(callback.Name, size);
            order.Add(callback);
            size += callback.Instructions.Length;
        }

        for (int next = 0; next < order.Count; next++)
        {
            foreach (Relocation relocation in order[next].Relocations)
            {
                if (relocation.Kind is not (RelocationKind.FunctionCall or RelocationKind.FunctionAddress) || starts.ContainsKey(relocation.Symbol)) continue;
                if (!@object.Functions.TryGet(relocation.Symbol, out FunctionDefinition? callee)) throw Unresolved(order[next], relocation, "function");
                starts.Add(relocation.Symbol, size);
                order.Add(callee);
                size += callee.Instructions.Length;
            }
        }

        Instruction[] code = new Instruction[size];
        List<LineInfo> lines = [];
        List<Relocation> externs = [];
        List<CoreRelocation> core = [];
        LinkedFunction[] functions = new LinkedFunction[order.Count];
        int at = 0;
        for (int i = 0; i < order.Count; i++)
        {
            FunctionDefinition function = order[i];
            function.Instructions.CopyTo(code, at);
            functions[i] = new LinkedFunction(function.Name, at, at + function.Instructions.Length, function);
            foreach (LineInfo line in function.Lines) lines.Add(line with { Instruction = line.Instruction + at });
            foreach (CoreRelocation relocation in function.CoreRelocations) core.Add(relocation with { Instruction = relocation.Instruction + at });
            foreach (Relocation relocation in function.Relocations) Apply(@object, function, relocation, code, at, starts, externs);
            at += function.Instructions.Length;
        }

        return new LinkedProgram
        {
            Definition = program,
            Instructions = code,
            Functions = functions,
            Lines = [.. lines],
            Externs = [.. externs],
            CoreRelocations = [.. core],
        };
    }

    /// <summary>The function that runs when the program throws, which nothing in the code refers to: a tag of the entry names it.</summary>
    private static FunctionDefinition? FindExceptionCallback(BpfObject @object, FunctionDefinition entry)
    {
        if (@object.Types is not { } types || entry.TypeId == 0 || types.StringBytes.IndexOf("exception_callback:"u8) < 0) return null;
        for (uint id = 1; id < types.Count; id++)
        {
            BtfType tag = types[id];
            if (tag.Kind == BtfKind.DeclTag && tag.TypeId == entry.TypeId && tag.ComponentIndex == -1 && tag.Name.StartsWith(ExceptionTag, StringComparison.Ordinal)
                && @object.Functions.TryGet(tag.Name[ExceptionTag.Length..], out FunctionDefinition? callback) && callback != entry) return callback;
        }

        return null;
    }

    private static void Apply(BpfObject @object, FunctionDefinition function, Relocation relocation, Instruction[] code, int start,
        Dictionary<string, int> starts, List<Relocation> externs)
    {
        int slot = start + relocation.Instruction;
        switch (relocation.Kind)
        {
            case RelocationKind.Map:
            case RelocationKind.MapValue:
                int map = @object.Maps.IndexOf(relocation.Symbol);
                if (map < 0) throw Unresolved(function, relocation, "map");
                bool value = relocation.Kind == RelocationKind.MapValue;
                code[slot] = code[slot].WithSource((int)(value ? PseudoSource.MapIndexValue : PseudoSource.MapIndex)).WithImmediate(map);
                code[slot + 1] = code[slot + 1].WithImmediate(value ? (int)relocation.Addend : 0);
                break;
            case RelocationKind.FunctionCall:
                code[slot] = code[slot].WithSource(1).WithImmediate(starts[relocation.Symbol] - slot - 1);
                break;
            case RelocationKind.FunctionAddress:
                code[slot] = code[slot].WithSource((int)PseudoSource.Function).WithImmediate(starts[relocation.Symbol] - slot - 1);
                code[slot + 1] = code[slot + 1].WithImmediate(0);
                break;
            default:
                externs.Add(relocation with { Instruction = slot });
                break;
        }
    }

    private static ObjectFormatException Unresolved(FunctionDefinition function, Relocation relocation, string what) =>
        new(new Diagnostic(UnresolvedSymbol, Severity.Error, $"function '{function.Name}' refers to {what} '{relocation.Symbol}', which the object does not have",
            null, relocation.Instruction, []));
}
