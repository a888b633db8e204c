// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Links;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes.Fallback;
using Nectar.Trace.Runtime;

namespace Nectar.Trace.Probes;

/// <summary>Puts the programs of a plan on their hooks.</summary>
internal static class ProbeAttacher
{
    /// <summary>
    /// Attaches all probes; <c>begin</c> and the others that are run by us are only collected. What cannot be attached is an error, a warning
    /// or nothing, as the config says.
    /// </summary>
    /// <exception cref="NectarException">A hook is refused and the config does not say that this is expected; nothing stays attached.</exception>
    public static AttachedProbes Attach(TracePlan plan, KernelObject loaded, AttachOptions options)
    {
        AttachedProbes attached = new(loaded);
        try
        {
            // The kernel runs some kinds in the order in which they were attached and others the other way round.
            foreach (PlannedProbe probe in plan.Probes)
            {
                if (!IsReversed(probe.Kind)) Attach(probe, loaded.Programs[probe.ProgramName], plan, options, attached);
            }

            for (int i = plan.Probes.Length; i-- > 0;)
            {
                if (IsReversed(plan.Probes[i].Kind)) Attach(plan.Probes[i], loaded.Programs[plan.Probes[i].ProgramName], plan, options, attached);
            }

            return attached;
        }
        catch
        {
            attached.Dispose();
            throw;
        }
    }

    // Return probes of the kernel, tracepoints and perf events add new programs behind the old ones; the others put the new one first.
    private static bool IsReversed(ProbeKind kind) => kind is ProbeKind.Kprobe or ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt or ProbeKind.Fentry or ProbeKind.Fexit;

    private static void Attach(PlannedProbe probe, KernelProgram program, TracePlan plan, AttachOptions options, AttachedProbes attached)
    {
        ProbeForm form = ProbePrograms.FormOf(probe);
        if (form.Context is ProbeContext.None or ProbeContext.Packet)
        {
            attached.AddProgram(probe, program);
            return;
        }

        foreach (AttachGroup group in AttachGroup.Make(probe, form))
        {
            try
            {
                List<ProbeTarget> refused = [];
                BpfLink link = group.AttachPossible(program, refused);
                attached.Add(link, group, group.Targets.Length - refused.Count);
                foreach (ProbeTarget target in refused) attached.Add(new Diagnostic(TraceCodes.Attach, Severity.Warning, $"Unable to attach probe: {target.Name}. The kernel cannot step over its first instruction. Skipping.", null, null, []));
            }
            catch (NectarException problem)
            {
                if (plan.Config.MissingProbes == MissingProbes.Error) throw Refuse(group, problem);
                if (plan.Config.MissingProbes == MissingProbes.Warn) attached.Add(Warn(group, problem));
            }
        }
    }

    private static NectarException Refuse(AttachGroup group, NectarException problem)
    {
        if (problem is KernelException { Errno: Errno.EILSEQ }) return new TraceException(Diagnostic.Error(TraceCodes.Attach, "Possible attachment attempt in the middle of an instruction, try a different offset.", [.. problem.Diagnostics.Select(d => "note: " + d.Message)]));
        string message = $"Unable to attach probe: {group.Name}. If this is expected, set the 'missing_probes' config variable to 'warn'.";
        return new TraceException([.. problem.Diagnostics, Diagnostic.Error(TraceCodes.Attach, message, HookChoice.HelpFor(group.Targets[0]))]);
    }

    private static Diagnostic Warn(AttachGroup group, NectarException problem) =>
        new(TraceCodes.Attach, Severity.Warning, $"Unable to attach probe: {group.Name}. Skipping.", null, null, [.. problem.Diagnostics.Select(d => "note: " + d.Message)]);
}
