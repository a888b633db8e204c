// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Frontends.IL.Translation;
using Nectar.Compiler.Frontends.IL.Types;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL;

/// <summary>The programs of a probe, from IL to IR.</summary>
internal static class IlFrontend
{
    /// <summary>Translates all programs into the probe's module.</summary>
    /// <param name="probe">The probe with its maps and variables.</param>
    /// <returns>The module; null if something was refused: the diagnostics tell what, for every program.</returns>
    public static IrModule? Translate(ProbeModule probe)
    {
        ModuleTranslation module = new(probe);
        foreach (ProgramModel program in probe.Probe.Programs) module.Functions.Name(program.Name); // so that no other function takes it
        int errors = probe.Diagnostics.ErrorCount;
        foreach (ProgramModel program in probe.Probe.Programs) Translate(module, program);
        return probe.Diagnostics.ErrorCount == errors ? probe.Module : null;
    }

    private static void Translate(ModuleTranslation module, ProgramModel program)
    {
        MethodModel method = program.Method;
        IrType result = StackKinds.Register(method.ReturnType) == IrType.I64 ? IrType.I64 : IrType.I32;
        IrFunction function = new(program.Name, result);
        module.PlainAddresses = EntryParameters.IsUser(program) ? PointerOrigin.User : PointerOrigin.Kernel;
        if (!Translator.Translate(module, function, method, program.AbortResult, translator => EntryParameters.Bind(translator, program))) return;
        function.TypeId = FunctionTypes.Program(module.Probe.Types, program);
        module.Module.Functions.Add(function);
        module.Module.Programs.Add(new IrProgram(function, program.Section));
    }
}
