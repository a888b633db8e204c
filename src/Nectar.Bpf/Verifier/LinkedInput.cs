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

    /// <param name="source">The object.</param>
    /// <param name="linked">The program.</param>
    /// <param name="kernelTypes">The kernel's types; null if there are none.</param>
    /// <param name="host">What this process made of the object; null for a kernel.</param>
    internal static VerifierInput From(BpfObject source, LinkedProgram linked, BtfTypes? kernelTypes, HostBindings? host = null)
    {
        ProgramDefinition program = linked.Definition;
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

            source.Externs.TryGet(reference.Symbol, out ExternDefinition? definition);
            if (definition is { Kind: ExternKind.Kconfig } && IndexOfKconfig(source) is >= 0 and int map)
            {
                code[reference.Instruction] = at.WithSource((int)PseudoSource.MapIndexValue).WithImmediate(map);
                code[reference.Instruction + 1] = code[reference.Instruction + 1].WithImmediate(definition.Offset + (int)reference.Addend);
                continue;
            }

            uint typeId = FindVariable(kernelTypes, reference.Symbol);
            // What is there and what is not decides which code is dead: this process has other symbols than a kernel.
            ulong? address = host?.AddressOf(reference.Symbol);
            bool isMissing = host is null ? definition is { IsWeak: true } && kernelTypes is not null && typeId == 0 : address is null or 0;
            if (isMissing || (host is not null && (typeId == 0 || kernelTypes![typeId].Kind == BtfKind.Func)))
            {
                code[reference.Instruction] = at.WithSource((int)PseudoSource.None).WithImmediate((int)(address ?? 0));
                code[reference.Instruction + 1] = code[reference.Instruction + 1].WithImmediate((int)((address ?? 0) >> 32));
                continue;
            }

            code[reference.Instruction] = at.WithSource((int)PseudoSource.BtfId).WithImmediate(0);
            variables[reference.Instruction] = new InputVariable(reference.Symbol, typeId);
        }

        return new VerifierInput
        {
            Name = program.Name,
            Instructions = code,
            Type = program.Type,
            AttachType = program.ExpectedAttachType,
            IsSleepable = program.IsSleepable || (program.Flags & Sleepable) != 0,
            IsGplCompatible = IsGpl(source.License),
            StrictAlignment = (program.Flags & StrictAlignment) != 0,
            FrequentCheckpoints = (program.Flags & FrequentCheckpoints) != 0,
            StrictInvariants = (program.Flags & StrictInvariants) != 0,
            Flags = program.Flags,
            Maps = host?.Maps ?? [.. source.Maps],
            Types = source.Types,
            Functions = [.. linked.Functions.Select(static f => new InputFunction(f.Name, f.Start, f.Source.TypeId, f.Source.Linkage == FunctionLinkage.Global))],
            Lines = linked.Lines,
            AttachTarget = program.Type == ProgramType.StructOps ? MemberOf(source, program.Name) : program.AttachTarget,
            Kfuncs = kfuncs,
            Variables = variables,
        };
    }

    /// <summary>The licences that the kernel takes for GPL-compatible (license_is_gpl_compatible).</summary>
    internal static bool IsGpl(string? license) =>
        license is "GPL" or "GPL v2" or "GPL and additional rights" or "Dual BSD/GPL" or "Dual MIT/GPL" or "Dual MPL/GPL";

    private static int IndexOfKconfig(BpfObject source)
    {
        for (int i = 0; i < source.Maps.Count; i++)
        {
            if (source.Maps[i].Role == MapRole.Kconfig) return i;
        }

        return -1;
    }

    /// <summary>The member that a program implements, as <c>tcp_congestion_ops.init</c>; null if no struct has the program.</summary>
    private static string? MemberOf(BpfObject source, string program)
    {
        foreach (MapDefinition map in source.Maps)
        {
            if (map.Role != MapRole.StructOps || source.Types is not { } types) continue;
            foreach ((uint offset, string symbol) in map.InitialSlots)
            {
                if (symbol != program) continue;
                BtfType type = types[types.Resolve(map.ValueTypeId)];
                int flavour = type.Name.IndexOf("___", StringComparison.Ordinal);
                for (int i = 0; i < type.Count; i++)
                {
                    if (type.Member(i).BitOffset == offset * 8) return $"{(flavour > 0 ? type.Name[..flavour] : type.Name)}.{type.Member(i).Name}";
                }
            }
        }

        return null;
    }

    private static uint FindVariable(BtfTypes? types, string name)
    {
        if (types is null) return 0;
        uint id = types.FindByName(name, BtfKind.Var);
        return id != 0 ? id : types.FindByName(name, BtfKind.Func);
    }
}
