// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier;

/// <summary>Makes the verifier's input of a linked program.</summary>
internal static class LinkedInput
{
    /// <summary>BPF_PSEUDO_KFUNC_CALL.</summary>
    private const int KfuncCall = 2;

    private const uint StrictAlignment = 1, FrequentCheckpoints = 8, Sleepable = 16, StrictInvariants = 128;

    internal static VerifierInput From(BpfObject source, LinkedProgram linked, BtfTypes? kernelTypes)
    {
        ProgramDefinition definition = linked.Definition;
        Instruction[] code = [.. linked.Instructions];
        Dictionary<int, string> kfuncs = [];
        Dictionary<int, InputVariable> variables = [];
        foreach (Relocation reference in linked.Externs)
        {
            Instruction at = code[reference.Instruction];
            if (reference.Kind == RelocationKind.ExternCall)
            {
                kfuncs[reference.Instruction] = reference.Symbol;
                code[reference.Instruction] = at.WithSource(KfuncCall).WithImmediate(0);
                continue;
            }

            code[reference.Instruction] = at.WithSource((int)PseudoSource.BtfId).WithImmediate(0);
            variables[reference.Instruction] = new InputVariable(reference.Symbol, FindVariable(kernelTypes, reference.Symbol));
        }

        return new VerifierInput
        {
            Name = definition.Name,
            Instructions = code,
            Type = definition.Type,
            AttachType = definition.ExpectedAttachType,
            IsSleepable = definition.IsSleepable || (definition.Flags & Sleepable) != 0,
            IsGplCompatible = IsGpl(source.License),
            StrictAlignment = (definition.Flags & StrictAlignment) != 0,
            FrequentCheckpoints = (definition.Flags & FrequentCheckpoints) != 0,
            StrictInvariants = (definition.Flags & StrictInvariants) != 0,
            Flags = definition.Flags,
            Maps = [.. source.Maps],
            Types = source.Types,
            Functions = [.. linked.Functions.Select(static f => new InputFunction(f.Name, f.Start, f.Source.TypeId, f.Source.Linkage == FunctionLinkage.Global))],
            Lines = linked.Lines,
            AttachTarget = definition.AttachTarget,
            Kfuncs = kfuncs,
            Variables = variables,
        };
    }

    /// <summary>The licences that the kernel takes for GPL-compatible (license_is_gpl_compatible).</summary>
    internal static bool IsGpl(string? license) =>
        license is "GPL" or "GPL v2" or "GPL and additional rights" or "Dual BSD/GPL" or "Dual MIT/GPL" or "Dual MPL/GPL";

    private static uint FindVariable(BtfTypes? types, string name)
    {
        if (types is null) return 0;
        uint id = types.FindByName(name, BtfKind.Var);
        return id != 0 ? id : types.FindByName(name, BtfKind.Func);
    }
}
