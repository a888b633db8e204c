// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>Reads <c>.map name type=hash key=4 value=8 max=1024 …</c>.</summary>
internal sealed class MapDirective
{
    private static readonly string[] s_arguments = ["type", "key", "value", "record", "max", "flags", "pin", "inner", "extra", "numa", "slots", "template"];

    private readonly ObjectAssembler _assembler;
    private readonly Scanner _scanner;
    private readonly TypeDirectives _types;
    private readonly Dictionary<string, MapDefinition> _templates = new(StringComparer.Ordinal);
    private readonly List<(MapDefinition Map, Argument Inner, int Line, int LineStart)> _inner = [];

    public MapDirective(ObjectAssembler assembler, Scanner scanner, TypeDirectives types)
    {
        _assembler = assembler;
        _scanner = scanner;
        _types = types;
    }

    /// <summary>The maps that name types.</summary>
    public List<TypedMap> Typed { get; } = [];

    /// <summary>Reads the arguments of <c>.map</c>.</summary>
    public bool Parse()
    {
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        string name = _scanner.TakeName().ToString();
        int end = _scanner.Position;
        if (name.Length == 0) return _scanner.Unexpected("the name of the map");
        MapDefinition map = new() { Name = name, Type = MapType.Unspec };
        AsmType? key = null, value = null;
        int keyCount = 0, valueCount = 0;
        bool template = false;
        while (Argument.TryRead(_scanner, out Argument argument))
        {
            bool good = argument.Key switch
            {
                "type" => Type(map, argument),
                "key" => Size(argument, out key, out keyCount, size => map.KeySize = size),
                "value" => Size(argument, out value, out valueCount, size => map.ValueSize = size),
                "record" => Size(argument, out value, out valueCount, _ => { }),
                "max" => Number(argument, uint.MaxValue, n => map.MaxEntries = (uint)n),
                "flags" => Flags(map, argument),
                "pin" => Pin(map, argument),
                "inner" => Inner(map, argument),
                "extra" => Number(argument, ulong.MaxValue, n => map.MapExtra = n),
                "numa" => Number(argument, uint.MaxValue, n =>
                {
                    map.NumaNode = (uint)n;
                    map.Flags |= MapFlags.NumaNode;
                }),
                "slots" => Slots(map, argument),
                "template" => template = true,
                _ => argument.Unknown(_scanner, s_arguments),
            };
            if (!good) return false;
        }

        if (map.Type == MapType.Unspec) return _scanner.Fail(AsmCodes.BadArgument, start, end, $"map '{name}' has no type", "help: write type=hash, type=array, type=ringbuf, …");
        if (_assembler.Object.Maps.TryGet(name, out _) || _templates.ContainsKey(name)) return _scanner.Fail(AsmCodes.DuplicateName, start, end, $"map '{name}' is already defined");
        if (template) _templates.Add(name, map);
        else _assembler.Object.Maps.Add(map);
        if (key is not null || value is not null) Typed.Add(new TypedMap(map, key, keyCount, value, valueCount));
        return true;
    }

    /// <summary>Connects maps of maps with their templates, which may stand later in the text.</summary>
    public void Finish()
    {
        foreach ((MapDefinition map, Argument argument, int line, int lineStart) in _inner)
        {
            if ((_templates.TryGetValue(argument.Text, out MapDefinition? inner) || _assembler.Object.Maps.TryGet(argument.Text, out inner)) && inner != map)
            {
                map.Inner = inner;
                continue;
            }

            _scanner.Report(Diagnostics.Severity.Error, AsmCodes.UnknownSymbol, line, lineStart, argument.Start, argument.End, $"there is no other map '{argument.Text}'",
                NearestNames.Help(argument.Text, _assembler.Object.Maps.Select(m => m.Name)));
        }
    }

    private bool Type(MapDefinition map, Argument argument)
    {
        if (!DirectiveParser.TryEnum(argument.Text, "BPF_MAP_TYPE_", out MapType type) || type == MapType.Unspec)
        {
            return argument.Fail(_scanner, $"there is no map type '{argument.Text}'", NearestNames.Help(argument.Text, TypeNames()));
        }

        map.Type = type;
        if (type is MapType.Queue or MapType.Stack or MapType.BloomFilter or MapType.RingBuf or MapType.UserRingBuf or MapType.Arena) return true;
        if (type is MapType.ProgArray or MapType.PerfEventArray or MapType.ArrayOfMaps or MapType.CgroupArray or MapType.DevMap or MapType.CpuMap or MapType.XskMap)
        {
            if (map.KeySize == 0) map.KeySize = 4;
            if (map.ValueSize == 0) map.ValueSize = 4;
        }
        else if (type is MapType.Array or MapType.PerCpuArray && map.KeySize == 0)
        {
            map.KeySize = 4;
        }
        else if (type == MapType.HashOfMaps && map.ValueSize == 0)
        {
            map.ValueSize = 4;
        }

        return true;
    }

    private bool Size(Argument argument, out AsmType? type, out int count, Action<uint> set)
    {
        type = null;
        count = 0;
        if (argument.TryNumber(_scanner, out ulong size))
        {
            if (size > int.MaxValue) return argument.Fail(_scanner, "the size is a number of bytes up to 2147483647");
            set((uint)size);
            return true;
        }

        if (!_types.TryFind(argument.Text, out type, out count))
        {
            return argument.Fail(_scanner, $"there is no type '{argument.Text}', expected a type or a number of bytes", NearestNames.Help(argument.Text, _types.Names));
        }

        set((uint)(type.Size * Math.Max(1, count)));
        return true;
    }

    private bool Number(Argument argument, ulong limit, Action<ulong> set)
    {
        if (!argument.TryNumber(_scanner, out ulong number) || number > limit) return argument.Fail(_scanner, $"'{argument.Key}' is a number from 0 to {limit}, found '{argument.Text}'");
        set(number);
        return true;
    }

    private bool Flags(MapDefinition map, Argument argument)
    {
        if (argument.TryNumber(_scanner, out ulong number) && number <= uint.MaxValue)
        {
            map.Flags |= (MapFlags)number;
            return true;
        }

        foreach (string word in argument.Text.Split('|'))
        {
            string name = word.Trim().ToUpperInvariant() switch
            {
                "BPF_F_RDONLY" or "RDONLY" => nameof(MapFlags.ReadOnly),
                "BPF_F_WRONLY" or "WRONLY" => nameof(MapFlags.WriteOnly),
                "BPF_F_RDONLY_PROG" or "RDONLY_PROG" => nameof(MapFlags.ReadOnlyProgram),
                "BPF_F_WRONLY_PROG" or "WRONLY_PROG" => nameof(MapFlags.WriteOnlyProgram),
                "BPF_F_PRESERVE_ELEMS" => nameof(MapFlags.PreserveElements),
                var other => other,
            };
            if (!DirectiveParser.TryEnum(name, "BPF_F_", out MapFlags flag)) return argument.Fail(_scanner, $"there is no map flag '{word}'", NearestNames.Help(word, Enum.GetNames<MapFlags>()));
            map.Flags |= flag;
        }

        return true;
    }

    private bool Pin(MapDefinition map, Argument argument)
    {
        if (argument.Text is not ("name" or "none")) return argument.Fail(_scanner, $"'pin' is 'name' or 'none', found '{argument.Text}'");
        map.Pinning = argument.Text == "name" ? PinningType.ByName : PinningType.None;
        return true;
    }

    private bool Inner(MapDefinition map, Argument argument)
    {
        _inner.Add((map, argument, _scanner.Line, _scanner.LineStart));
        return true;
    }

    private bool Slots(MapDefinition map, Argument argument)
    {
        foreach (string slot in argument.Text.Split(','))
        {
            string[] parts = slot.Split(':');
            if (parts.Length != 2 || !uint.TryParse(parts[0], out uint index) || parts[1].Length == 0) return argument.Fail(_scanner, "slots are written as 'index:name,index:name'");
            map.InitialSlots.Add((index, parts[1]));
        }

        return true;
    }

    /// <summary>The kernel's names of map types, in lower case, for suggestions.</summary>
    private static IEnumerable<string> TypeNames() => Enum.GetNames<MapType>().Where(n => n != nameof(MapType.Unspec))
        .Select(n => string.Concat(n.Select((c, i) => char.IsUpper(c) && i > 0 && !n.StartsWith("PerCpu", StringComparison.Ordinal) && n != "RingBuf" ? "_" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString())));
}
