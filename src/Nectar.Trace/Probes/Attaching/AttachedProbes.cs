// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Probes;

/// <summary>What is attached for a script, and the programs that are run by hand.</summary>
internal sealed class AttachedProbes(KernelObject loaded) : IDisposable
{
    private readonly List<BpfLink> _links = [];
    private readonly List<BpfLink> _slowLinks = [];
    private readonly List<(ulong Address, BpfLink Link)> _watches = [];
    private readonly List<(PlannedProbe Probe, KernelProgram Program)> _programs = [];
    private readonly HashSet<ProbeTarget> _replaced = new(ReferenceEqualityComparer.Instance);
    private readonly List<Diagnostic> _warnings = [];
    private int _isDetached;

    /// <summary>All hooks, those of <c>begin</c>, <c>end</c> and <c>self</c> included: what is told as attached.</summary>
    public int Count { get; private set; }

    /// <summary>Hooks of the kernel: without them nothing more will happen once <c>begin</c> has run.</summary>
    public int HookCount { get; private set; }

    /// <summary>Hooks that were left out.</summary>
    public IReadOnlyList<Diagnostic> Warnings => _warnings;

    /// <summary>Iterators, in the order of the script: read them to run their programs.</summary>
    public IEnumerable<IteratorLink> Iterators => _links.OfType<IteratorLink>();

    /// <summary>The programs of <c>begin</c>, <c>end</c>, <c>self</c>, <c>test</c> or <c>bench</c>, in the order of the script; each once for each of its attach points.</summary>
    public IEnumerable<(ProbeTarget Target, KernelProgram Program)> ProgramsOf(ProbeKind kind)
    {
        foreach ((PlannedProbe probe, KernelProgram program) in _programs)
        {
            foreach (ProbeTarget target in probe.Targets)
            {
                if (target.Kind == kind) yield return (target, program);
            }
        }
    }

    /// <summary>Runs the programs of <c>begin</c>, <c>end</c> or <c>self</c>.</summary>
    /// <exception cref="KernelException">The kernel refuses a run.</exception>
    public void Run(ProbeKind kind)
    {
        foreach ((_, KernelProgram program) in ProgramsOf(kind)) Run(program);
    }

    /// <summary>Runs one of these programs once; its result.</summary>
    /// <exception cref="KernelException">The kernel refuses the run.</exception>
    public static uint Run(KernelProgram program) => program.TestRun(default).ReturnValue;

    /// <summary>
    /// Takes all programs off their hooks. Programs at tracepoints are told to do nothing any more; what the kernel still has to wait for before
    /// they are gone goes on in a process of its own.
    /// </summary>
    public void Detach()
    {
        if (Interlocked.Exchange(ref _isDetached, 1) != 0) return;
        if (loaded.Globals.TryGet(TracePlan.StoppedName, out KernelGlobal? stopped)) stopped.Set(1ul);
        LinkGroup.Abandon(_slowLinks);
        foreach (BpfLink link in _links) link.Dispose();
    }

    public void Dispose() => Detach();

    /// <summary>Takes the watchpoints of an address off (<c>unwatch</c>); others stay.</summary>
    /// <returns>How many there were.</returns>
    public int Unwatch(ulong address)
    {
        int count = 0;
        for (int i = _watches.Count; i-- > 0;)
        {
            if (_watches[i].Address != address) continue;
            _links.Remove(_watches[i].Link);
            _watches[i].Link.Dispose();
            _watches.RemoveAt(i);
            count++;
        }

        return count;
    }

    internal void Add(BpfLink link, AttachGroup group, int hooks)
    {
        (group.IsSlow ? _slowLinks : _links).Add(link);
        HookCount += hooks;
        foreach (ProbeTarget target in group.Targets)
        {
            // Several hooks that stand for one are one.
            if (target.Replaces is { } replaced && !_replaced.Add(replaced.Asked)) hooks--;
        }

        Count += hooks;
        if (group.Targets[0] is { Kind: ProbeKind.Watchpoint, Address: { } address }) _watches.Add((address, link));
    }

    internal void Add(Diagnostic warning) => _warnings.Add(warning);

    internal void AddProgram(PlannedProbe probe, KernelProgram program)
    {
        _programs.Add((probe, program));
        Count += probe.Targets.Length;
    }
}
