// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;

namespace Nectar.Trace.Lowering;

/// <summary>How a script becomes code.</summary>
internal sealed record LoweringOptions
{
    /// <summary>For objects in files, where nothing else is said: the oldest kernel whose helpers are enough for nearly all of the language.</summary>
    private static readonly KernelVersion s_oldest = new(6, 1);

    /// <summary>For an object in a file, which any machine may run.</summary>
    /// <param name="cpu">The version of the instruction set, 1 to 4.</param>
    /// <param name="kernel">The oldest kernel that shall load it.</param>
    /// <param name="dumpAfter">The compiler's pass behind which <paramref name="sink"/> gets the code; <c>all</c> for each.</param>
    public static LoweringOptions ForFile(int cpu, KernelVersion? kernel, string? dumpAfter, Action<string>? sink) => new()
    {
        Portable = true,
        Target = new CompilationTarget(cpu, kernel ?? s_oldest),
        AfterPass = dumpAfter is null ? null : (pass, function) =>
        {
            if (dumpAfter == pass || dumpAfter == "all") sink?.Invoke($"; {function.Name} after {pass}\n{IrPrinter.Print(function)}");
        },
    };

    /// <summary>Offsets of kernel structs are found when the object is loaded (<c>nectar build</c>); otherwise they are those of the types that the script was bound to.</summary>
    public bool Portable { get; init; }

    /// <summary>Links with many hooks that are not used: <c>kprobe_multi</c>, <c>uprobe_multi</c> (<c>--no-feature</c>).</summary>
    public IReadOnlyCollection<string> MissingFeatures { get; init; } = [];

    /// <summary>Called with the code of the script before the compiler's passes and after them, for who looks into it; null for no one.</summary>
    public Action<IrModule>? BeforePasses { get; init; }

    /// <inheritdoc cref="BeforePasses"/>
    public Action<IrModule>? AfterPasses { get; init; }

    /// <summary>Programs tell when helpers fail (<c>-k</c>).</summary>
    public bool ReportHelperErrors { get; init; }

    /// <summary>Source lines go into the object: for <c>--explain</c> and the verifier's messages. Costs a little when it is loaded.</summary>
    public bool LineInfo { get; init; }

    /// <summary>What code is made for.</summary>
    public CompilationTarget Target { get; init; } = new();

    /// <summary>More than any processor's number: how far values of per-CPU maps are added up. By default those of this machine; portable objects try up to 1,024.</summary>
    public int PossibleProcessors => Portable ? 1024 : ProcessorsHere;

    /// <summary>Processors of this machine.</summary>
    public static int ProcessorsHere => Nectar.Linux.Maps.MapSizes.PossibleCpus;

    /// <summary>Scratch bytes of a program are too many for a per-CPU value: an ordinary array has an element for each program and processor. Set by the lowering itself.</summary>
    internal bool HasLargeScratch { get; init; }

    /// <summary>Called after each pass of the compiler and each step of making code, with its name and the function, for who looks into it; null for no one.</summary>
    public Action<string, IrFunction>? AfterPass { get; init; }

    /// <summary>How many programs are compiled at once at most.</summary>
    public int Processors { get; init; } = Environment.ProcessorCount;

    /// <summary>Where <c>pid</c> and <c>tid</c> are looked up; null for the kernel's first namespace.</summary>
    public PidNamespace? PidNamespace { get; init; }

    /// <summary>The scalar map that <c>tseries</c> takes the time from, in nanoseconds, instead of the clock: for series that come out the same each time. Null for the clock.</summary>
    public string? ClockMap { get; init; }

    /// <summary>Types by name, for functions that look into the kernel's structs.</summary>
    public Func<string, Language.Types.StructType?> FindStruct { get; init; } = _ => null;
}
