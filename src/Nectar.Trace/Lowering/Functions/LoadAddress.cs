// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Linux.Symbols.Elf;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>
/// Where a symbol of the probed file is in the process. Position-independent files are loaded somewhere: how far from the file's own
/// addresses is the distance of the probe's address now from its address in the file.
/// </summary>
internal static class LoadAddress
{
    /// <summary><c>uaddr</c>.</summary>
    public static Operand OfSymbol(ProbeLowering probe, CallSite site)
    {
        string name = site[0].TextOf() ?? "";
        Value? file = null;
        probe.NeedsSameFile = true;
        List<(long Symbol, long Probe)> places = [];
        foreach (ProbeTarget target in probe.Probe.Targets)
        {
            using ElfImage image = ElfImage.Open(target.Path);
            ElfSymbols symbols = ElfSymbols.Load(target.Path);
            if (symbols.Find(name) is not [var symbol, ..]) throw probe.Refuse(site[0], $"Could not resolve symbol: {target.Path}:{name}");
            if (!image.IsPositionIndependent) places.Add(((long)symbol.Address, 0));
            else if (target.LinkedAddress(image, symbols) is { } at) places.Add(((long)symbol.Address, (long)at));
            else throw probe.Refuse(site.Node, $"uaddr: the address of '{target.Name}' in the file is not known");
        }

        IrBuilder code = probe.Builder;
        bool isMoved = places.Exists(place => place.Probe != 0);
        if (places.TrueForAll(place => place == places[0])) file = probe.Number(places[0].Symbol - places[0].Probe);
        else if (isMoved != places.TrueForAll(place => place.Probe != 0)) throw probe.Refuse(site.Node, "uaddr: some of the probed files are position-independent and some are not", "help: write a probe for each");
        else file = Hooks.OfTarget(probe, [.. places.Select(place => place.Symbol - place.Probe)]);
        return probe.Scalar(site, isMoved ? code.Binary(Op.Add, Instruction(probe), file) : file);
    }

    /// <summary>Where the probe is: the registers say it at entries, the kernel (6.6) at returns.</summary>
    private static Value Instruction(ProbeLowering probe) =>
        probe.Kind == ProbeKind.Uretprobe ? probe.Call("bpf_get_func_ip", probe.Variables.ProgramContext()) : probe.Hook.Instruction();
}
