// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Symbols.Dwarf;
using Nectar.Linux.Symbols.Kernel;
using Nectar.Linux.Symbols.Names;
using Nectar.Linux.Symbols.Processes;
using Nectar.Linux.Symbols.Stacks;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Reading;
using Nectar.Trace.Values;

namespace Nectar.Trace.Runtime.Lookup;

/// <summary>
/// Names from the running system. Stacks are resolved once, when they are first seen, and kept: a process that has ended since keeps its names.
/// </summary>
internal sealed class SystemResolver : ValueResolver
{
    private const int MostStacks = 1 << 16;

    private readonly Lock _gate = new();
    private readonly KernelObject _loaded;
    private readonly Dictionary<(ulong Hash, int ProcessId, TraceType Type), StackValue> _stacks = [];
    private readonly Dictionary<(ulong Address, int ProcessId), string> _userSymbols = [];
    private readonly Dictionary<ulong, string> _kernelSymbols = [];
    private readonly Dictionary<(string Name, ulong Group), string> _groups = [];
    private readonly StackSymbolizer _symbolizer = new();
    private readonly HookSymbols _hooks;
    private Dictionary<ulong, string>? _users;
    private ulong? _sinceBoot, _sinceStart;

    public SystemResolver(TracePlan plan, KernelObject loaded)
        : base(plan.Config, plan.Strings) => (_loaded, _hooks) = (loaded, new HookSymbols(plan.Probes, plan.Strings));

    /// <summary>Stacks that were gone from their map when they were asked for.</summary>
    public long StacksGone { get; private set; }

    public override StackValue Stack(TraceType type, ReadOnlySpan<byte> value)
    {
        using Lock.Scope scope = _gate.EnterScope(); // maps are read from other threads, too
        bool isUser = type.Kind == TypeKind.UserStack;
        StackOptions options = type.Stack ?? new StackOptions(Config.StackMode, 127);
        ulong hash = BinaryPrimitives.ReadUInt64LittleEndian(value);
        int frames = BinaryPrimitives.ReadInt32LittleEndian(value[8..]), processId = isUser ? BinaryPrimitives.ReadInt32LittleEndian(value[12..]) : 0;
        if (hash == 0 || frames <= 0) return new StackValue([], options.Mode, isUser);
        (ulong, int, TraceType) key = (hash, processId, type);
        if (_stacks.TryGetValue(key, out StackValue? known)) return known;
        if (_stacks.Count >= MostStacks) _stacks.Clear();
        uint hook = isUser ? BinaryPrimitives.ReadUInt32LittleEndian(value[20..]) : 0;
        StackValue made = new(Resolve(options, isUser, hash, frames, processId, hook), options.Mode, isUser);
        _stacks[key] = made;
        return made;
    }

    public override string KernelSymbol(ulong address)
    {
        using Lock.Scope scope = _gate.EnterScope();
        if (_kernelSymbols.TryGetValue(address, out string? name)) return name;
        name = KernelSymbols.Shared.TryName(address, out string symbol, out _, out _) ? symbol : Hex(address);
        return _kernelSymbols[address] = name;
    }

    public override string UserSymbol(ulong address, int processId, uint probe)
    {
        using Lock.Scope scope = _gate.EnterScope();
        if (_userSymbols.TryGetValue((address, processId), out string? name)) return name;
        SymbolizedAddress found = _symbolizer.Processes.Symbolize(processId, address);
        if (found.Module is null && _hooks.Find(probe, address, address) is { } place) found = _symbolizer.Processes.SymbolizeFile(place.Path, place.Address).Symbol;
        name = (Config.DemangleCpp ? found.Display : found.Name) ?? Hex(address);
        return _userSymbols[(address, processId)] = name;
    }

    public override string UserName(ulong user)
    {
        _users ??= ReadUsers();
        return _users.GetValueOrDefault(user, "");
    }

    public override string CgroupPath(string pattern, ulong group)
    {
        using Lock.Scope scope = _gate.EnterScope();
        if (!_groups.TryGetValue((pattern, group), out string? path)) _groups[(pattern, group)] = path = CgroupPaths.Find(pattern, group);
        return path;
    }

    public override ulong WallTime(ulong time, uint clock) => clock switch
    {
        0 => time + (_sinceStart ??= (ulong)Clocks.Distance(Clocks.Monotonic, Clocks.Wall)),
        1 => time + (_sinceBoot ??= (ulong)Clocks.Distance(Clocks.Boot, Clocks.Wall)),
        _ => time,
    };

    /// <summary>Makes the names of a process known while it lives.</summary>
    public void Remember(TraceType type, ReadOnlySpan<byte> value)
    {
        switch (type.Kind)
        {
            case TypeKind.UserStack: Stack(type, value); break;
            case TypeKind.UserSymbol: UserSymbol(BinaryPrimitives.ReadUInt64LittleEndian(value), BinaryPrimitives.ReadInt32LittleEndian(value[8..]), 0); break;
            case TypeKind.Tuple:
                foreach (TupleField field in type.Fields) Remember(field.Type, value.Slice(field.Offset, field.Type.Size));
                break;
        }
    }

    /// <summary>True if values of the type have names of processes in them.</summary>
    public static bool HasUserSymbols(TraceType type) => type.Kind switch
    {
        TypeKind.UserStack or TypeKind.UserSymbol => true,
        TypeKind.Tuple => type.Fields.Any(f => HasUserSymbols(f.Type)),
        _ => false,
    };

    private static string Hex(ulong address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    private static Dictionary<ulong, string> ReadUsers()
    {
        Dictionary<ulong, string> users = [];
        try
        {
            foreach (string line in File.ReadLines("/etc/passwd"))
            {
                string[] fields = line.Split(':');
                if (fields.Length >= 3 && ulong.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)) users.TryAdd(number, fields[0]);
            }
        }
        catch (IOException)
        {
            // without the file nobody has a name
        }

        return users;
    }

    private ImmutableArray<StackFrame> Resolve(StackOptions options, bool isUser, ulong hash, int count, int processId, uint hook)
    {
        bool hasIds = isUser && options.Mode == StackMode.BuildId;
        string name = string.Create(CultureInfo.InvariantCulture, $"{TracePlan.StacksPrefix}{(hasIds ? 'b' : isUser ? 'u' : 'k')}{options.Limit}");
        _ = _loaded.Maps.TryGet(name, out KernelMap? map);
        byte[] bytes = new byte[map?.UserValueSize ?? 0];
        Span<byte> key = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(key, hash);
        if (map is null || map.Lookup(key, bytes) != Errno.None)
        {
            StacksGone++;
            return [];
        }

        if (hasIds) return BuildIds(bytes, count);
        ReadOnlySpan<ulong> addresses = MemoryMarshal.Cast<byte, ulong>(bytes)[..Math.Min(count, bytes.Length / 8)];
        if (options.Mode == StackMode.Raw) return Raw(addresses);
        return isUser ? User(options, addresses, processId, hook) : Kernel(addresses);
    }

    private ImmutableArray<StackFrame> Kernel(ReadOnlySpan<ulong> addresses)
    {
        ImmutableArray<StackFrame>.Builder frames = ImmutableArray.CreateBuilder<StackFrame>(addresses.Length);
        foreach (SymbolizedAddress frame in _symbolizer.Kernel(addresses)) frames.Add(Frame(frame));
        return frames.MoveToImmutable();
    }

    /// <summary>With source lines and inlined functions, where debug information has them.</summary>
    private ImmutableArray<StackFrame> User(StackOptions options, ReadOnlySpan<ulong> addresses, int processId, uint hook)
    {
        bool hasPlaces = Config.ShowDebugInfo && options.Mode is StackMode.Bpftrace or StackMode.Perf;
        ImmutableArray<StackFrame>.Builder frames = ImmutableArray.CreateBuilder<StackFrame>(addresses.Length);
        SymbolizedAddress[] found = _symbolizer.User(processId, addresses);
        for (int i = 0; i < found.Length; i++)
        {
            SymbolizedAddress frame = found[i];
            ulong instruction = addresses[i] - (i == 0 ? 0u : 1); // of a caller: the call, not what is behind it
            DwarfPlace? place = null;
            if (frame.Module is null && _hooks.Find(hook, addresses[0], instruction) is { } file)
            {
                (frame, place) = _symbolizer.Processes.SymbolizeFile(file.Path, file.Address);
                frame = frame with { Address = addresses[i], Offset = frame.Offset + (i == 0 ? 0u : 1) };
            }
            else if (hasPlaces && frame.Name is not null)
            {
                place = _symbolizer.Processes.FindPlace(processId, instruction);
            }

            if (place is null || !hasPlaces)
            {
                frames.Add(Frame(frame));
                continue;
            }

            foreach (DwarfInlinedFunction inlined in place.Inlined)
                frames.Add(new StackFrame(frame.Address, Config.DemangleCpp ? Demangler.Demangle(inlined.Name) : inlined.Name, 0, frame.Module, Source(inlined.File, inlined.Line)) { IsInlined = true });
            frames.Add(Frame(frame) with { Source = Source(place.File, place.Line) });
        }

        return frames.DrainToImmutable();
    }

    private StackFrame Frame(in SymbolizedAddress frame) => new(frame.Address, Config.DemangleCpp ? frame.Display : frame.Name, frame.Offset, frame.Module, null);

    private static string? Source(string file, int line) => line <= 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{file}:{line}");

    private static ImmutableArray<StackFrame> Raw(ReadOnlySpan<ulong> addresses)
    {
        ImmutableArray<StackFrame>.Builder frames = ImmutableArray.CreateBuilder<StackFrame>(addresses.Length);
        foreach (ulong address in addresses) frames.Add(new StackFrame(address, null, 0, null, null));
        return frames.MoveToImmutable();
    }

    /// <summary>struct bpf_stack_build_id: status, 20 bytes of id, offset or address.</summary>
    private static ImmutableArray<StackFrame> BuildIds(ReadOnlySpan<byte> entries, int count)
    {
        const int Valid = 1, IdSize = 20;
        ImmutableArray<StackFrame>.Builder frames = ImmutableArray.CreateBuilder<StackFrame>(count);
        for (; count-- > 0 && entries.Length >= StackSymbolizer.BuildIdEntrySize; entries = entries[StackSymbolizer.BuildIdEntrySize..])
        {
            ulong place = BinaryPrimitives.ReadUInt64LittleEndian(entries[24..]);
            bool isValid = BinaryPrimitives.ReadInt32LittleEndian(entries) == Valid;
            frames.Add(new StackFrame(isValid ? 0 : place, null, isValid ? place : 0, isValid ? Convert.ToHexStringLower(entries.Slice(4, IdSize)) : null, null));
        }

        return frames.DrainToImmutable();
    }
}
