// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What all calls of one verification share: looked up once, used on every path.</summary>
internal sealed class CallTables
{
    private readonly Analysis _a;
    private readonly HelperPrototype?[] _helpers = new HelperPrototype?[Isa.HelperNames.Count];
    private readonly Dictionary<int, KfuncPrototype> _kfuncs = [];

    internal CallTables(Analysis analysis)
    {
        _a = analysis;
        IsCallback = new bool[analysis.Program.SubprogramCount];
        IsAsyncCallback = new bool[analysis.Program.SubprogramCount];
        Fields = new SpecialFieldTable(analysis.Input.Types, analysis.Options.KernelTypes, analysis.Maps);
        Traits = new ProgramTraits(analysis.Input.Type, analysis.Input.AttachType ?? 0, analysis.Input.IsSleepable, analysis.Input.AttachTarget)
        {
            Kernel = analysis.Options.Kernel,
            IsGpl = analysis.Input.IsGplCompatible,
        };
        bool isTyped = analysis.Input.Type is ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps;
        if (isTyped && analysis.Options.KernelTypes is { } types) ContextPrototype = TypedContext.FindPrototype(types, Traits);
    }

    internal SpecialFieldTable Fields { get; }

    /// <summary>True by subprogram once a path has handed it to the kernel to be called.</summary>
    internal bool[] IsCallback { get; }

    /// <summary>The same for functions that are called later, on a stack of their own.</summary>
    internal bool[] IsAsyncCallback { get; }

    /// <summary>For programs whose context is the arguments of a kernel function: its prototype among the kernel's types; 0 for others.</summary>
    internal uint ContextPrototype { get; }

    internal ProgramTraits Traits { get; }

    /// <summary>The prototype of a helper that the program may call; refuses the program if it may not.</summary>
    internal HelperPrototype Helper(int id)
    {
        if ((uint)id >= (uint)_helpers.Length) return HelperAvailability.Find(_a, id);
        return _helpers[id] ??= HelperAvailability.Find(_a, id);
    }

    /// <summary>The prototype of the kernel function that is called at the current slot.</summary>
    internal KfuncPrototype Kfunc()
    {
        if (_kfuncs.TryGetValue(_a.Slot, out KfuncPrototype? known)) return known;
        KfuncPrototype found = KfuncAvailability.Find(_a);
        _kfuncs.Add(_a.Slot, found);
        return found;
    }
}
