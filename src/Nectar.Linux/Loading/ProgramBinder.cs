// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;

namespace Nectar.Linux.Loading;

/// <summary>Puts this kernel's descriptors and numbers into a program's code.</summary>
internal sealed class ProgramBinder(KernelObject target, ExternResolver externs)
{
    // A helper that no kernel has: the verifier refuses the call if it can be reached, and the number tells what was meant.
    private const int MissingFunction = 2_002_000_000;
    private const int KfuncCall = 2; // BPF_PSEUDO_KFUNC_CALL

    internal void Bind(LinkedProgram program)
    {
        Instruction[] code = program.Instructions;
        for (int slot = 0; slot < code.Length; slot++)
        {
            if (!code[slot].IsWide) continue;
            PseudoSource source = (PseudoSource)code[slot].Source;
            if (source is PseudoSource.MapIndex or PseudoSource.MapIndexValue)
            {
                KernelMap map = target.Maps[target.Source.Maps[code[slot].Immediate].Name];
                code[slot] = code[slot].WithSource((int)(source == PseudoSource.MapIndex ? PseudoSource.MapFd : PseudoSource.MapValue)).WithImmediate(map.Handle.Fd);
            }

            slot++;
        }

        foreach (Relocation reference in program.Externs) Bind(code, reference);
    }

    private void Bind(Instruction[] code, Relocation reference)
    {
        ExternDefinition definition = target.Source.Externs[reference.Symbol];
        int slot = reference.Instruction;
        if (definition.Kind == ExternKind.Kconfig)
        {
            KernelMap values = target.Maps[ExternDefinitions.KconfigMap];
            SetWide(code, slot, PseudoSource.MapValue, values.Handle.Fd, definition.Offset + (int)reference.Addend);
            return;
        }

        ResolvedExtern found = externs[reference.Symbol];
        if (reference.Kind == RelocationKind.ExternCall)
        {
            code[slot] = found.IsFound
                ? code[slot].WithSource(KfuncCall).WithOffset((short)found.ModuleSlot).WithImmediate((int)found.BtfId)
                : code[slot].WithSource(0).WithOffset(0).WithImmediate(MissingFunction + target.Source.Externs.IndexOf(reference.Symbol));
        }
        else if (found.IsFound && found.BtfId != 0)
        {
            SetWide(code, slot, PseudoSource.BtfId, (int)found.BtfId, found.ModuleFd);
        }
        else
        {
            SetWide(code, slot, PseudoSource.None, (int)found.Address, (int)(found.Address >> 32));
        }
    }

    private static void SetWide(Instruction[] code, int slot, PseudoSource source, int low, int high)
    {
        code[slot] = code[slot].WithSource((int)source).WithImmediate(low);
        code[slot + 1] = code[slot + 1].WithImmediate(high);
    }
}
