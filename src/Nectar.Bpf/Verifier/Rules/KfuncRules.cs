// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>Whether a program may call a kernel function.</summary>
/// <param name="Denial">Why not; <see cref="RuleDenial.Unknown"/> for functions that are not listed, as those of modules.</param>
/// <param name="Traits">What is declared of it.</param>
/// <param name="Since">The first kernel with it; default if that is not known.</param>
internal readonly record struct KfuncAnswer(RuleDenial Denial, KfuncTraits Traits, KernelVersion Since)
{
    /// <summary>True if the program may call it.</summary>
    internal bool IsAllowed => Denial == RuleDenial.None;
}

/// <summary>Which programs may call which kernel functions, and what the functions are declared to do.</summary>
internal static class KfuncRules
{
    private static Dictionary<string, List<(KfuncHooks Hooks, KfuncPlace Place, KfuncTraits Traits)>>? s_index;

    /// <summary>Looks a function up.</summary>
    /// <param name="name">Its name in the kernel.</param>
    /// <param name="program">What calls it.</param>
    internal static KfuncAnswer Find(string name, in ProgramTraits program)
    {
        KernelVersion since = KfuncSince.Find(name);
        if (!(s_index ??= BuildIndex()).TryGetValue(name, out var rows)) return new KfuncAnswer(RuleDenial.Unknown, 0, since);
        if (program.Kernel < since) return new KfuncAnswer(RuleDenial.TooOld, rows[0].Traits, since);
        KfuncHooks hook = HookOf(program.Type, program.Kernel);
        RuleDenial denial = RuleDenial.ProgramType;
        foreach ((KfuncHooks hooks, KfuncPlace place, KfuncTraits traits) in rows)
        {
            if ((hooks & (hook | KfuncHooks.Common)) == 0) continue;
            if (!IsAt(place, program))
            {
                denial = RuleDenial.AttachType;
                continue;
            }

            bool sleeps = (traits & KfuncTraits.MaySleep) != 0 || (name == "bpf_iter_css_task_new" && program.Type != ProgramType.Lsm && program.Attach != AttachType.TraceIter);
            return new KfuncAnswer(sleeps && !program.IsSleepable ? RuleDenial.NotSleepable : RuleDenial.None, traits, since);
        }

        return new KfuncAnswer(denial, rows[0].Traits, since);
    }

    /// <summary>True if a function is listed.</summary>
    internal static bool IsKnown(string name) => (s_index ??= BuildIndex()).ContainsKey(name);

    /// <summary>Every name that is listed.</summary>
    internal static IEnumerable<string> Names => (s_index ??= BuildIndex()).Keys;

    private static KfuncHooks HookOf(ProgramType type, KernelVersion kernel) => type switch
    {
        ProgramType.Xdp => KfuncHooks.Xdp,
        ProgramType.SchedCls => KfuncHooks.SchedCls,
        ProgramType.SchedAct => KfuncHooks.SchedAct,
        ProgramType.StructOps => KfuncHooks.StructOps,
        ProgramType.Tracing or ProgramType.Lsm => KfuncHooks.Tracing,
        ProgramType.Tracepoint or ProgramType.PerfEvent when kernel >= new KernelVersion(6, 12) => KfuncHooks.Tracing,
        ProgramType.Syscall => KfuncHooks.Syscall,
        ProgramType.CgroupSkb or ProgramType.CgroupSockAddr => KfuncHooks.Cgroup,
        ProgramType.CgroupSock or ProgramType.CgroupDevice or ProgramType.CgroupSockOpt or ProgramType.CgroupSysctl when kernel >= new KernelVersion(6, 10) => KfuncHooks.Cgroup,
        ProgramType.SockOps when kernel >= new KernelVersion(6, 15) => KfuncHooks.Cgroup,
        ProgramType.SkSkb => KfuncHooks.SkSkb,
        ProgramType.SocketFilter => KfuncHooks.SocketFilter,
        ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit or ProgramType.LwtSeg6local => KfuncHooks.Lwt,
        ProgramType.Netfilter => KfuncHooks.Netfilter,
        ProgramType.Kprobe => KfuncHooks.Kprobe,
        _ => KfuncHooks.None,
    };

    private static bool IsAt(KfuncPlace place, in ProgramTraits program) => place switch
    {
        KfuncPlace.Session => program.Attach is AttachType.TraceKprobeSession or AttachType.TraceUprobeSession,
        KfuncPlace.Iterator => program.Attach == AttachType.TraceIter,
        KfuncPlace.Lsm => program.Type == ProgramType.Lsm,
        KfuncPlace.DeviceBound => false, // such programs are loaded for a device that is there, which no verdict in advance can know
        _ => true,
    };

    private static Dictionary<string, List<(KfuncHooks Hooks, KfuncPlace Place, KfuncTraits Traits)>> BuildIndex()
    {
        Dictionary<string, List<(KfuncHooks, KfuncPlace, KfuncTraits)>> index = new(StringComparer.Ordinal);
        foreach ((KfuncHooks hooks, KfuncPlace place, string names) in KfuncRows.All)
        {
            foreach (string word in names.Split(' '))
            {
                int slash = word.IndexOf('/', StringComparison.Ordinal);
                KfuncTraits traits = KfuncTraits.None;
                for (int i = slash < 0 ? word.Length : slash + 1; i < word.Length; i++) traits |= KfuncRows.TraitOf(word[i]);
                string name = slash < 0 ? word : word[..slash];
                if (!index.TryGetValue(name, out var rows)) index.Add(name, rows = []);
                rows.Add((hooks, place, traits));
            }
        }

        return index;
    }
}
