// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;
using Nectar.Linux.Features;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering;

/// <summary>
/// A kprobe and a kretprobe of the same functions as one program with one link, where the kernel has sessions (6.10): it runs at entry and at
/// return and asks which it is. What the script has for each is a function of its own.
/// </summary>
internal static class KprobeSessions
{
    private const string IsReturn = "bpf_session_is_return";

    /// <summary>The kretprobe that each kprobe is joined with.</summary>
    public static Dictionary<BoundProbe, BoundProbe> Pair(IEnumerable<BoundProbe> probes, LoweringOptions options)
    {
        Dictionary<BoundProbe, BoundProbe> pairs = new(ReferenceEqualityComparer.Instance);
        if (options.Portable || options.MissingFeatures.Contains("kprobe_session") || options.MissingFeatures.Contains("kprobe_multi")) return pairs; // portable: the kernel that it runs on is not known
        List<BoundProbe> returns = [.. probes.Where(probe => probe.Kind == ProbeKind.Kretprobe)];
        foreach (BoundProbe entry in probes)
        {
            if (returns.Count == 0) break;
            if (entry.Kind != ProbeKind.Kprobe || returns.Find(other => AreSame(entry, other)) is not { } found) continue;
            if (!KernelFeatures.Has(Feature.KprobeSession)) break;
            returns.Remove(found);
            pairs.Add(entry, found);
        }

        return pairs;
    }

    /// <summary>The program that calls one of two functions.</summary>
    public static void Join(ScriptModule module, IrFunction program, IrFunction atEntry, IrFunction atReturn)
    {
        IrBuilder code = new(program) { Block = program.Entry };
        Value context = code.Parameter(IrType.Pointer, PointerOrigin.Context);
        Block entry = program.NewBlock(), back = program.NewBlock();
        Value answer = code.Binary(Op.And, code.Call(Question(module), IrType.I64), code.I64(0xff)); // a bool
        code.Branch(code.Compare(Op.NotEqual, answer, code.I64(0)), back, entry);
        foreach ((Block block, IrFunction function) in ((Block, IrFunction)[])[(entry, atEntry), (back, atReturn)])
        {
            code.Block = block;
            code.Call(function, IrType.I32, context);
            code.Return(code.I32(0)); // 1 at entry would spare the return
        }
    }

    private static bool AreSame(BoundProbe entry, BoundProbe other)
    {
        if (entry.Targets.Length != other.Targets.Length || !IsMulti(entry) || !IsMulti(other)) return false;
        for (int i = 0; i < entry.Targets.Length; i++)
        {
            (ProbeTarget one, ProbeTarget two) = (entry.Targets[i], other.Targets[i]);
            if (one.Address is not null || one.Function != two.Function || one.Group != two.Group || one.ProcessId != two.ProcessId) return false;
        }

        return true;
    }

    private static bool IsMulti(BoundProbe probe) => ProbePrograms.FormOf(new PlannedProbe(probe.ProgramName, probe.Kind, probe.Targets, [])).AttachType == AttachType.TraceKprobeMulti;

    private static KernelFunctionTarget Question(ScriptModule module)
    {
        if (module.KernelFunctions.TryGetValue(IsReturn, out KernelFunctionTarget? known)) return known;
        BtfBuilder types = module.Module.Types;
        uint prototype = types.AddFuncProto(types.AddInt("bool", 1, BtfIntEncoding.Bool), []);
        return module.KernelFunctions[IsReturn] = new KernelFunctionTarget(types.AddFunc(IsReturn, prototype, (uint)FunctionLinkage.Extern), false) { Name = IsReturn };
    }
}
