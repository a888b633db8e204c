// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm;

/// <summary>
/// An object loaded into this process: live maps and programs. Everything on it may be used from any thread. Disposing it while
/// programs run is safe: they end at their next look at the limits, and native memory goes when the last one has ended.
/// </summary>
public sealed unsafe class VmObject : IDisposable
{
    private readonly VmHost _host;
    private readonly List<ExecutableProgram> _executables = [];
    private int _disposed;

    private VmObject(BpfObject source, VmOptions options)
    {
        Source = source;
        Options = options;
        _host = new VmHost(options);
        _host.OnLastRelease = Free;
    }

    /// <summary>What was loaded.</summary>
    public BpfObject Source { get; }

    /// <summary>How it was loaded.</summary>
    public VmOptions Options { get; }

    /// <summary>The programs, in the order of the object.</summary>
    public NamedList<VmProgram> Programs { get; } = new(p => p.Name);

    /// <summary>The maps, in the order of the object.</summary>
    public NamedList<BpfMap> Maps { get; } = new(m => m.Name);

    internal VmHost Host => _host;

    /// <summary>Loads an object: creates its maps, links, checks and translates its programs.</summary>
    /// <exception cref="LoadException">It cannot be loaded; all problems of all programs are listed.</exception>
    /// <exception cref="VerificationException">The verifier refuses a program (<see cref="VmRegime.Verified"/>).</exception>
    /// <exception cref="ObjectFormatException">A reference in it leads nowhere.</exception>
    public static VmObject Load(BpfObject source, VmOptions? options = null)
    {
        options ??= new VmOptions();
        return Load(source, options, EngineFactory.Create(options.Engine));
    }

    /// <summary>Loads an object for an engine that options do not name.</summary>
    internal static VmObject Load(BpfObject source, VmOptions options, Engine engine)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.IsBigEndian != !BitConverter.IsLittleEndian)
        {
            throw new LoadException(Diagnostic.Error(VmCodes.BadObject, $"object '{source.Name}' is for {(source.IsBigEndian ? "big" : "little")}-endian machines, this one is not",
                "help: compile it with -target bpf for the machine that runs it"));
        }

        VmObject loaded = new(source, options);
        try
        {
            List<VmMap> maps = loaded.CreateMaps();
            loaded.LoadPrograms(maps, engine);
            loaded.FillSlots(maps);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Moves the clock of timers on and runs those that are due; returns how many ran.</summary>
    /// <param name="now">The time in nanoseconds; null for the object's clock.</param>
    public int RunTimers(ulong? now = null)
    {
        RunSession session = _host.Rent();
        try
        {
            return _host.Timers.Run(session, now ?? _host.Now());
        }
        finally
        {
            _host.Return(session);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _host.Stop();
    }

    private List<VmMap> CreateMaps()
    {
        List<VmMap> maps = [];
        foreach (MapDefinition definition in Source.Maps)
        {
            MapDefinition used = definition.Role == MapRole.Kconfig ? WithKconfig(definition) : definition;
            VmMap map = VmMapFactory.Create(used, Options.CpuCount, new VmMapOptions
            {
                Fields = MapFieldFinder.Find(Source.Types, (used.Inner ?? used).ValueTypeId),
                HashSeed = (uint?)Options.RandomSeed, // the order of elements is a random number, too
            });
            maps.Add(map);
            Maps.Add(map);
            _host.Adopt(map);
        }

        return maps;
    }

    private void LoadPrograms(List<VmMap> maps, Engine engine)
    {
        List<Diagnostic> problems = [];
        bool isVerified = Options.Regime == VmRegime.Verified;
        if (isVerified) FreezeConstants(maps);
        HostVerifier verifier = new(Source, Options, maps, FindExtern);
        PrepareOptions prepare = new()
        {
            Maps = maps,
            Verify = isVerified ? verifier.Verify : null,
            FindExtern = FindExtern,
            IsWeakExtern = name => Source.Externs.TryGet(name, out ExternDefinition? e) && e.IsWeak,
        };
        foreach (ProgramDefinition definition in Source.Programs)
        {
            if (Options.Programs is { } only ? !only.Contains(definition.Name) : !definition.AutoLoad) continue;
            try
            {
                LinkedProgram linked = ProgramLinker.Link(Source, definition);
                Relocate(linked);
                PreparedProgram prepared = ProgramPreparer.Prepare(linked, prepare);
                ExecutableProgram executable = engine.Compile(prepared, SettingsFor(prepared));
                _executables.Add(executable);
                Programs.Add(new VmProgram(this, executable));
            }
            catch (LoadException problem)
            {
                problems.AddRange(problem.Diagnostics);
            }
        }

        if (problems.Count > 0) throw new LoadException([.. problems]);
    }

    /// <summary>What the verifier takes for constants stays as it is.</summary>
    private static void FreezeConstants(List<VmMap> maps)
    {
        foreach (VmMap map in maps)
        {
            if (map.Definition.Role is MapRole.ReadOnlyData or MapRole.Kconfig) map.Freeze();
        }
    }

    private EngineSettings SettingsFor(PreparedProgram prepared) => Options.Regime switch
    {
        VmRegime.Trusted => new EngineSettings(false),
        VmRegime.Checked => new EngineSettings(true),
        _ when !prepared.IsVerified => new EngineSettings(true),
        _ => new EngineSettings(Array.IndexOf(prepared.Access, AccessKind.Unknown) >= 0, Options.FuelLimit > 0 || !prepared.EndsSoon),
    };

    private void Relocate(LinkedProgram linked)
    {
        if (Source.Types is not { } types) return;
        CoreRelocationResult[] results = CoreRelocator.Apply(linked, types, Options.TargetTypes ?? [types]);
        Diagnostic[] errors = [.. results.Where(result => result.IsError).Select(result => result.Problem!)];
        if (errors.Length > 0) throw new LoadException([.. errors]);
    }

    private void FillSlots(List<VmMap> maps)
    {
        for (int i = 0; i < maps.Count; i++)
        {
            if (maps[i] is VmProgArray programs) programs.HandleOfProgram = number => number < Programs.Count ? (nint)Programs[(int)number].Executable.Header : 0;
            foreach ((uint index, string symbol) in maps[i].Definition.InitialSlots) FillSlot(maps[i], index, symbol);
        }
    }

    private void FillSlot(VmMap map, uint index, string symbol)
    {
        switch (map)
        {
            case VmProgArray programs when Programs.TryGet(symbol, out VmProgram? program):
                programs.SetProgram(index, (nint)program.Executable.Header, (uint)Programs.IndexOf(symbol));
                return;
            case VmArrayOfMaps outer when Maps.TryGet(symbol, out BpfMap? inner) && outer.SetInner(index, (VmMap)inner) == Errno.None:
            case VmHashOfMaps hash when Maps.TryGet(symbol, out BpfMap? value) && hash.SetInner(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in index)), (VmMap)value) == Errno.None:
                return;
            case VmProgArray when Options.Programs is not null:
                return; // not among the programs that were asked for
            default:
                throw new LoadException(Diagnostic.Error(VmCodes.BadObject, $"map '{map.Name}': element {index} is to be '{symbol}', which is not there or does not fit"));
        }
    }

    private ulong? FindExtern(string name)
    {
        if (!Source.Externs.TryGet(name, out ExternDefinition? definition)) return Options.KernelSymbols?.Invoke(name);
        if (definition.Kind != ExternKind.Kconfig) return Options.KernelSymbols?.Invoke(name);
        foreach (BpfMap map in Maps)
        {
            if (map.Definition.Role == MapRole.Kconfig && map is VmMap { Regions.Length: > 0 } data) return data.Regions[0].Start + data.Regions[0].Offset + (ulong)definition.Offset;
        }

        return null;
    }

    private MapDefinition WithKconfig(MapDefinition definition)
    {
        byte[] bytes = new byte[definition.ValueSize];
        definition.InitialValue?.CopyTo(bytes.AsSpan());
        foreach (ExternDefinition value in Source.Externs)
        {
            if (value.Kind != ExternKind.Kconfig) continue;
            Span<byte> at = bytes.AsSpan(value.Offset, value.Size);
            if (!Options.KernelConfig.TryGetValue(value.Name, out string? text)) text = value.Name == "LINUX_KERNEL_VERSION" ? "0x060c00" : null;
            if (text is not null) WriteKconfig(value, text, at);
            else if (!value.IsWeak)
            {
                throw new LoadException(Diagnostic.Error(VmCodes.UnknownExtern, $"kernel configuration '{value.Name}' has no value here", $"help: set it, for example with --set {value.Name}=y"));
            }
        }

        return new MapDefinition
        {
            Name = definition.Name,
            Type = definition.Type,
            Role = definition.Role,
            KeySize = definition.KeySize,
            ValueSize = definition.ValueSize,
            MaxEntries = definition.MaxEntries,
            Flags = definition.Flags,
            ValueTypeId = definition.ValueTypeId,
            DefinitionTypeId = definition.DefinitionTypeId,
            InitialValue = bytes,
        };
    }

    private static void WriteKconfig(ExternDefinition value, string text, Span<byte> at)
    {
        long number;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && long.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out number)) Write(at, number);
        else if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out number)) Write(at, number);
        else if (value.Size is 1 or 4 && text is "y" or "m" or "n") Write(at, text switch { "n" => 0, "y" => 1, _ => 2 });
        else Encoding.UTF8.GetBytes(text.Trim('"').AsSpan(0, Math.Min(text.Trim('"').Length, Math.Max(0, at.Length - 1))), at);
    }

    private static void Write(Span<byte> at, long number)
    {
        for (int i = 0; i < at.Length; i++) at[i] = i < 8 ? (byte)(number >> (8 * i)) : (byte)0;
    }

    private void Free()
    {
        foreach (ExecutableProgram executable in _executables) executable.Dispose();
        foreach (BpfMap map in Maps) map.Dispose();
    }
}
