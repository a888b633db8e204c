// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Planning;
using Nectar.Trace.Printing;
using Nectar.Trace.Reading;
using Nectar.Trace.Runtime.Lookup;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Runtime.Processes;
using Nectar.Trace.Values;

namespace Nectar.Trace.Runtime;

/// <summary>Does what records ask for. Each action of the plan is prepared once.</summary>
internal sealed class ActionRunner : IDisposable
{
    private readonly Step[] _steps;
    private readonly Dictionary<TraceMap, MapStore> _maps = [];
    private readonly Dictionary<string, PacketFile> _packetFiles = [];
    private readonly TracePlan _plan;
    private readonly ValueReader _reader;
    private readonly MapReader _mapReader;
    private readonly SystemResolver _resolver;
    private volatile bool _skipsCommands;

    public ActionRunner(TracePlan plan, KernelObject loaded, SystemResolver resolver, TraceOutput output)
    {
        _plan = plan;
        _resolver = resolver;
        Output = output;
        _reader = new ValueReader(resolver);
        _mapReader = new MapReader(_reader);
        foreach (PlannedMap map in plan.Maps) _maps[map.Map] = new MapStore(map, loaded.Maps[map.ObjectName]);
        _steps = new Step[plan.Actions.Length];
        for (int i = 0; i < _steps.Length; i++) _steps[i] = Prepare(plan.Actions[i]);
    }

    private delegate void Step(ReadOnlySpan<byte> record);

    /// <summary>Where results go; may change between records.</summary>
    public TraceOutput Output { get; set; }

    /// <summary>What <c>exit</c> was called with; null before.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Records that were handled.</summary>
    public long Delivered { get; private set; }

    /// <summary>Records that came after <c>exit</c>: the script had said that it wants no more.</summary>
    public long Ignored { get; private set; }

    /// <summary>Files of <c>cat</c> that are longer than what was printed of them.</summary>
    public long CutFiles { get; private set; }

    /// <summary>No warnings of the script (<c>--no-warnings</c>).</summary>
    public bool HidesWarnings { get; init; }

    /// <summary>What an iterator walks over is printed to its end: the kernel does not stop in the middle either.</summary>
    public bool GoesOnAfterExit { get; init; }

    /// <summary>Commands of <c>system</c> are not run any more, only counted: whoever stops a script does not wait for those that are due.</summary>
    public bool SkipsCommands
    {
        get => _skipsCommands;
        set => _skipsCommands = value;
    }

    /// <summary>Commands that were not run.</summary>
    public long SkippedCommands { get; private set; }

    /// <summary>Called for the address of <c>unwatch</c>.</summary>
    public Action<ulong>? OnUnwatch { get; init; }

    public void Run(ReadOnlySpan<byte> record)
    {
        if (ExitCode is not null && !GoesOnAfterExit)
        {
            Ignored++;
            return;
        }

        Delivered++;
        uint action = record.Length >= 8 ? BinaryPrimitives.ReadUInt32LittleEndian(record) : uint.MaxValue;
        if (action < (uint)_steps.Length) _steps[action](record);
        else Output.Error($"a record asks for action {action}, which the script does not have");
    }

    /// <summary><c>exit</c> no longer holds: <c>end</c> and tests run after it.</summary>
    public int TakeExit()
    {
        int code = ExitCode ?? 0;
        ExitCode = null;
        return code;
    }

    /// <summary>A map's content.</summary>
    public MapResult ReadMap(TraceMap map, long top = 0, long divisor = 0) => _mapReader.Read(map, _maps[map].Read(), top, divisor);

    /// <summary>All maps' content, in the order of their names.</summary>
    public IEnumerable<MapResult> ReadMaps(long top = 0)
    {
        foreach (PlannedMap map in _plan.Maps) yield return ReadMap(map.Map, top);
    }

    /// <summary>Prints all maps, in the order of their names.</summary>
    public void PrintMaps()
    {
        foreach (PlannedMap map in _plan.Maps)
        {
            try
            {
                Output.Map(ReadMap(map.Map));
            }
            catch (MapException problem)
            {
                Output.Error($"map '{map.Map.Name}' cannot be printed: {problem.Message}");
            }
        }
    }

    /// <summary>Looks at user stacks and symbols in maps while their processes live.</summary>
    public void RememberSymbols()
    {
        foreach (PlannedMap map in _plan.Maps)
        {
            bool inKey = SystemResolver.HasUserSymbols(map.Map.KeyType), inValue = SystemResolver.HasUserSymbols(map.Map.ValueType);
            if (!inKey && !inValue) continue;
            RawMap raw = _maps[map.Map].Read();
            for (int i = 0; i < raw.Count; i++)
            {
                if (inKey) _resolver.Remember(map.Map.KeyType, raw.Keys.Span.Slice(i * raw.KeySize, raw.KeySize));
                if (inValue) _resolver.Remember(map.Map.ValueType, raw.Values.Span.Slice(i * raw.ValueSize, raw.ValueSize));
            }
        }
    }

    public void Dispose()
    {
        foreach (PacketFile file in _packetFiles.Values) file.Dispose();
    }

    private Step Prepare(TraceAction action) => action switch
    {
        PrintfAction print => PrepareFormat(print),
        PrintValueAction { Map: { } map, Key: { } key } print when print.Value.Type.IsAggregation => record => PrintElement(map, record.Slice(key.Offset, key.Type.Size)),
        PrintValueAction print => record => Output.Value(_reader.Read(print.Value.Type, print.Value.In(record))),
        PrintMapAction print => record => PrintMap(print, record),
        ClearMapAction clear => _ => _maps[clear.Map].Clear(),
        ZeroMapAction zero => _ => _maps[zero.Map].Zero(),
        TimeAction time => PrepareTime(time),
        JoinAction join => PrepareJoin(join),
        ExitAction => record => ExitCode = record.Length >= 12 ? BinaryPrimitives.ReadInt32LittleEndian(record[8..]) : 0,
        HelperErrorAction error => record => PrintFault(error, BinaryPrimitives.ReadInt32LittleEndian(record[8..])),
        RuntimeErrorAction error => _ => PrintFault(error),
        SkbOutputAction packets => record => WritePacket(packets, record),
        UnwatchAction => record => OnUnwatch?.Invoke(BinaryPrimitives.ReadUInt64LittleEndian(record[8..])),
        SymbolsSeenAction seen => record => _resolver.Remember(seen.Value.Type, seen.Value.In(record)),
        _ => throw new UnreachableException(),
    };

    private Step PrepareFormat(PrintfAction print)
    {
        PrintfFormat format = new(print.Format, print.Arguments, _reader);
        switch (print.Kind)
        {
            case PrintKind.System: return record => RunCommand(format, record);
            case PrintKind.Cat: return record => Cat(format, record);
            default:
                PrintSite site = new(format, print.Kind switch { PrintKind.Errorf => PrintSeverity.Error, PrintKind.Warnf => PrintSeverity.Warning, _ => PrintSeverity.None }, print.Where) { ExpandedFrom = print.ExpandedFrom };
                if (print.Kind == PrintKind.Warnf) return record => PrintWarning(site, record);
                return record => Output.Printf(site, record);
        }
    }

    private void PrintWarning(PrintSite site, ReadOnlySpan<byte> record)
    {
        if (!HidesWarnings) Output.Printf(site, record);
    }

    private void PrintFault(HelperErrorAction error, int code)
    {
        if (!HidesWarnings) Output.HelperError(error.Helper, code, error.Where);
    }

    private void PrintFault(RuntimeErrorAction error)
    {
        if (!HidesWarnings) Output.RuntimeError(error.Message, error.Where);
    }

    private Step PrepareTime(TimeAction time)
    {
        byte[] format = ScriptText.Encode(time.Format);
        Utf8Buffer text = new();
        return _ =>
        {
            text.Clear();
            TimeText.Write(text, TimeText.Now, format);
            Output.Time(text.Written);
        };
    }

    private Step PrepareJoin(JoinAction join)
    {
        byte[] delimiter = ScriptText.Encode(join.Delimiter);
        Utf8Buffer text = new();
        return record =>
        {
            text.Clear();
            ReadOnlySpan<byte> rest = join.Offset < record.Length ? record[join.Offset..] : [];
            for (int i = 0; i < join.Slots && !rest.IsEmpty; i++)
            {
                int end = rest.IndexOf((byte)0), size = join.SlotSize != 0 ? join.SlotSize : end + 1;
                if (end == 0) break;
                ReadOnlySpan<byte> slot = rest[..Math.Min(rest.Length, join.SlotSize != 0 ? join.SlotSize : rest.Length)];
                int length = slot.IndexOf((byte)0);
                if (i != 0) text.Append(delimiter);
                text.Append(length < 0 ? slot : slot[..length]);
                rest = size > 0 && size <= rest.Length ? rest[size..] : [];
            }

            Output.Join(text.Written);
        };
    }

    private void PrintElement(TraceMap map, ReadOnlySpan<byte> key)
    {
        MapStore store = _maps[map];
        byte[] value = store.Find(key) ?? new byte[store.Shape([]).Stride * Math.Max(1, store.Shape([]).Processors)];
        Output.Value(_mapReader.ReadValue(map.ValueType, value, store.Shape(value)));
    }

    private void PrintMap(PrintMapAction print, ReadOnlySpan<byte> record)
    {
        long top = print.TopField is { } t ? Integers.Load(t.Type, t.In(record)) : print.Top, divisor = print.DivisorField is { } d ? Integers.Load(d.Type, d.In(record)) : print.Divisor;
        MapResult result = ReadMap(print.Map, top, divisor);
        bool showsEmpty = print.Map.IsScalar && result.Entries.IsEmpty && result.Kind is (MapResultKind.Values or MapResultKind.Statistics);
        Output.Map(showsEmpty ? _mapReader.ReadEmpty(print.Map) : result);
    }

    private void RunCommand(PrintfFormat format, ReadOnlySpan<byte> record)
    {
        if (SkipsCommands)
        {
            SkippedCommands++;
            return;
        }

        Utf8Buffer text = new();
        format.Write(text, record);
        Output.Idle(); // what was printed before comes first
        (byte[] written, int code) = ShellCommand.Run(text.ToString());
        if (code == 0) Output.System(written);
        else Output.Error($"command exited with code {code}");
    }

    private void Cat(PrintfFormat format, ReadOnlySpan<byte> record)
    {
        Utf8Buffer text = new();
        format.Write(text, record);
        string path = text.ToString();
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            byte[] content = new byte[_plan.Config.MaxCatBytes];
            int length = 0;
            while (length < content.Length && file.Read(content, length, content.Length - length) is > 0 and var read) length += read;
            if (length == content.Length && file.ReadByte() >= 0) CutFiles++;
            Output.Cat(content.AsSpan(0, length));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            string why = problem is FileNotFoundException or DirectoryNotFoundException ? "No such file or directory" : problem is UnauthorizedAccessException ? "Permission denied" : problem.Message;
            Output.Error($"failed to open file '{path}' ({why})");
        }
    }

    private void WritePacket(SkbOutputAction action, ReadOnlySpan<byte> record)
    {
        const int Start = 20;
        ulong time = BinaryPrimitives.ReadUInt64LittleEndian(record[8..]);
        int length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(record[16..]), (uint)(record.Length - Start));
        if (!_packetFiles.TryGetValue(action.File, out PacketFile? file)) _packetFiles[action.File] = file = new PacketFile(action.File);
        file.Write(_resolver.WallTime(time, clock: 1), record.Slice(Start, length));
    }
}
