// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Lowering;

/// <summary>What all programs of a script share while code is made: maps, constants, actions.</summary>
internal sealed class ScriptModule
{
    /// <summary>The most bytes of a per-CPU value (kernel: <c>PCPU_MIN_UNIT_SIZE</c>).</summary>
    public const int LargestPerCpuValue = 32768;

    private const int PageSize = 4096;
    private const int DefaultRingSize = 1 << 20;
    private const int LossCauses = (int)LossCause.HelperFailed + 1;

    private readonly Dictionary<string, GlobalSymbol> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _strings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MapSymbol> _maps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GlobalSymbol> _variables = new(StringComparer.Ordinal);
    private GlobalSymbol? _zeroes;

    public ScriptModule(SourceText source, TraceConfig config, LoweringOptions options, DiagnosticBag diagnostics)
    {
        (Source, Config, Options, Diagnostics) = (source, config, options, diagnostics);
        Module = new IrModule { Name = "trace", License = config.License, Target = options.Target };
        if (options.Portable) PortableFields = new PortableFields(Module);
    }

    public SourceText Source { get; }

    public TraceConfig Config { get; }

    public LoweringOptions Options { get; }

    public DiagnosticBag Diagnostics { get; }

    public IrModule Module { get; }

    /// <summary>Fields that are looked up when the object is loaded; null where the offsets of the running kernel do.</summary>
    public PortableFields? PortableFields { get; }

    /// <summary>Functions of the kernel that programs call, by name.</summary>
    public Dictionary<string, KernelFunctionTarget> KernelFunctions { get; } = new(StringComparer.Ordinal);

    public List<TraceAction> Actions { get; } = [];

    public List<string> Strings { get; } = [];

    public List<RestrictedCall> Restricted { get; } = [];

    /// <summary>Scratch bytes that each program needs, by its index in the map <c>scratch</c>.</summary>
    public List<int> ScratchSizes { get; } = [];

    /// <summary>The map of scratch bytes: one element a program, made when the first one asks.</summary>
    public MapSymbol? ScratchMap { get; private set; }

    /// <summary>Where time series take the time from, if not from the clock.</summary>
    public Language.Binding.TraceMap? ClockMap { get; set; }

    public int AddAction(TraceAction action)
    {
        Actions.Add(action);
        return Actions.Count - 1;
    }

    /// <summary>The index of a text in the plan's strings.</summary>
    public int AddString(string text)
    {
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_strings, text, out bool exists);
        if (exists) return index;
        index = Strings.Count;
        Strings.Add(text);
        return index;
    }

    /// <summary>Constant bytes; equal ones are there once.</summary>
    public GlobalSymbol Constant(ReadOnlySpan<byte> bytes)
    {
        ref GlobalSymbol? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_constants, Encoding.Latin1.GetString(bytes), out bool exists);
        if (exists) return known!;
        known = new GlobalSymbol { Name = "literal", Section = ".rodata", Bytes = bytes.ToArray() };
        Module.Globals.Add(known);
        return known;
    }

    /// <summary>At least so many zero bytes.</summary>
    public GlobalSymbol Zeroes(int size)
    {
        if (_zeroes is not null && _zeroes.Bytes.Length >= size) return _zeroes;
        _zeroes = new GlobalSymbol { Name = "zeroes", Section = ".rodata", Bytes = new byte[Math.Max(size, 64)] };
        Module.Globals.Add(_zeroes);
        return _zeroes;
    }

    /// <summary>Bytes of the programs' own, zero at first, shared by all processors; made at first use.</summary>
    public GlobalSymbol Variable(string name, int size)
    {
        ref GlobalSymbol? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_variables, name, out bool exists);
        if (exists) return known!;
        known = new GlobalSymbol { Name = name, Section = ".bss", Bytes = new byte[size], IsVisible = true };
        Module.Globals.Add(known);
        return known;
    }

    /// <summary>The counters of what was lost.</summary>
    public GlobalSymbol Losses => Variable(TracePlan.LossesName, LossCauses * sizeof(ulong));

    /// <summary>Not zero once nothing shall happen any more.</summary>
    public GlobalSymbol Stopped => Variable(TracePlan.StoppedName, sizeof(ulong));

    /// <summary>The script calls <c>exit</c> somewhere, and is strict: what hooks run looks whether that has happened.</summary>
    public bool StopsAtExit { get; init; }

    /// <summary>The ring buffer that records go through.</summary>
    public MapSymbol Ring => Map(TracePlan.RingName, name => new MapDefinition
    {
        Name = name,
        Type = MapType.RingBuf,
        MaxEntries = Config.RingPages == 0 ? DefaultRingSize : System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Config.RingPages) * PageSize,
    });

    /// <summary>A map that is not one of the script's, by name; made at first use.</summary>
    public MapSymbol Map(string name, Func<string, MapDefinition> make)
    {
        ref MapSymbol? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_maps, name, out bool exists);
        if (exists) return known!;
        known = new MapSymbol(make(name));
        Module.Maps.Add(known);
        return known;
    }

    /// <summary>A new element of the scratch map, for one program.</summary>
    public int AddScratch()
    {
        ScratchMap ??= Map("scratch", name => new MapDefinition { Name = name, Type = Options.HasLargeScratch ? MapType.Array : MapType.PerCpuArray, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
        ScratchSizes.Add(0);
        ScratchMap.Definition.MaxEntries = (uint)(ScratchSizes.Count * (Options.HasLargeScratch ? Options.PossibleProcessors : 1));
        return ScratchSizes.Count - 1;
    }

    /// <summary>A program's scratch bytes are at least so many.</summary>
    public void GrowScratch(int index, int size)
    {
        ScratchSizes[index] = Math.Max(ScratchSizes[index], size);
        ScratchMap!.Definition.ValueSize = Math.Max(ScratchMap.Definition.ValueSize, (uint)((size + 7) & -8));
    }
}
