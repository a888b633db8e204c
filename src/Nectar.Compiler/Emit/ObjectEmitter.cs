// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Emit;

/// <summary>Makes the object of a module whose functions have been compiled. Nothing of it depends on the language that the module came from.</summary>
internal static class ObjectEmitter
{
    public static BpfObject Emit(IrModule module, IReadOnlyList<CompiledFunction> functions)
    {
        BpfObject made = new() { Name = module.Name, License = module.License };
        DataSections data = DataSections.LayOut(module, functions);
        Externs externs = Externs.Find(module, functions);
        FunctionPrototypes prototypes = new(module);
        foreach (CompiledFunction function in functions) prototypes.Complete(function.Function);
        data.AddTypes(module.Types);
        externs.AddTypes(module.Types);

        made.Types = module.Types.Build();
        foreach (MapSymbol map in module.Maps) made.Maps.Add(map.Definition);
        data.AddMaps(made);
        externs.AddTo(made);
        FunctionEmitter emitter = new(data);
        Dictionary<string, IrProgram> programs = module.Programs.ToDictionary(program => program.Entry.Name, StringComparer.Ordinal);
        foreach (CompiledFunction function in functions)
        {
            IrProgram? program = programs.GetValueOrDefault(function.Function.Name);
            FunctionDefinition definition = emitter.Emit(function, program?.Section.TrimStart('?') ?? ".text", program is not null);
            made.Functions.Add(definition);
            if (program is not null) made.Programs.Add(Program(program, definition));
        }

        return made;
    }

    private static ProgramDefinition Program(IrProgram program, FunctionDefinition entry)
    {
        bool isKnown = SectionNames.TryParse(program.Section, out SectionDefinition? kind, out string? target, out bool autoLoad);
        SectionTraits traits = isKnown ? kind!.Traits : SectionTraits.None;
        return new ProgramDefinition
        {
            Name = program.Entry.Name,
            Section = program.Section,
            Entry = entry,
            Type = kind?.Type ?? ProgramType.Unspec,
            ExpectedAttachType = kind?.AttachType,
            AttachTarget = target,
            IsSleepable = (traits & SectionTraits.Sleepable) != 0,
            Flags = (traits & SectionTraits.XdpFrags) != 0 ? SectionNames.XdpHasFrags : 0,
            AutoLoad = autoLoad || !isKnown,
        };
    }
}
