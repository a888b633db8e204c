// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using IrBlock = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering;

/// <summary>What the kernel allows one program: told with the script's words, before it is compiled.</summary>
internal static class ProgramLimits
{
    /// <summary>BPF_COMPLEXITY_LIMIT_INSNS.</summary>
    public const int Instructions = 1_000_000;

    /// <summary>MAX_CALL_FRAMES, the program's own included: so many loops may be in one another.</summary>
    public const int Frames = 8;

    /// <summary>BPF_MAX_SUBPROGS and MAX_USED_MAPS.</summary>
    private const int Functions = 256, Maps = 64;

    public static LoweringException TooLarge(ProbeLowering probe, Node where) => probe.Refuse(
        where, $"the code of this probe is more than the kernel takes: {Instructions:N0} instructions", "help: loops instead of repeated statements, or several probes");

    /// <summary>Asks of the functions that a probe was made into.</summary>
    /// <exception cref="LoweringException">The kernel would refuse the program.</exception>
    public static void Check(ProbeLowering probe, int firstFunction)
    {
        IrModule module = probe.Script.Module;
        int functions = module.Functions.Count - firstFunction;
        if (functions > Functions)
            throw probe.Refuse(probe.Probe.Syntax, $"this probe has {functions - 1:N0} loops over ranges and maps: each is a function of the program, of which the kernel takes {Functions}", "help: several probes");
        // most scripts have too few to be counted
        if (module.Maps.Count + module.Globals.Count <= Maps) return;
        HashSet<object> used = [];
        for (int i = firstFunction; i < module.Functions.Count; i++)
        {
            foreach (IrBlock block in module.Functions[i].Blocks)
            {
                foreach (Value value in block.Values)
                {
                    if (value.Symbol is MapSymbol) used.Add(value.Symbol);
                    else if (value.Symbol is GlobalSymbol { Section: var section }) used.Add(section);
                }
            }
        }

        if (used.Count > Maps) throw probe.Refuse(probe.Probe.Syntax, $"this probe uses {used.Count:N0} maps, the tracer's own included: the kernel lets a program use {Maps}", "help: one map with a key for what each stands for, or several probes");
    }
}
