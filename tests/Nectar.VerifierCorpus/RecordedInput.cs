// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.Linux.Loading;

namespace Nectar.VerifierCorpus;

/// <summary>Turns one recorded load, with the kernel's numbers and descriptors, into what our verifier takes.</summary>
internal sealed class RecordedInput(RecordedLoads all, JsonElement load)
{
    private const byte CallOpcode = 0x85;
    private const int KfuncCall = 2;
    private const uint StrictAlignment = 1, FrequentCheckpoints = 8, Sleepable = 16, StrictInvariants = 128;

    // What attach_btf_id names carries the prefix of its kind; hooks are known without.
    private static readonly string[] s_prefixes = ["btf_trace_", "bpf_lsm_", "bpf_iter_"];

    private readonly List<MapDefinition> _maps = [];
    private readonly Dictionary<uint, int> _mapIndex = [];
    private readonly Dictionary<int, string> _kfuncs = [];
    private readonly Dictionary<int, InputVariable> _variables = [];
    private uint _mapTypes;

    internal VerifierInput Make(string name)
    {
        uint flags = Number("flags"), attach = Number("attach"), attachId = Number("attachId");
        ProgramType type = (ProgramType)Number("type");
        Instruction[] code = MemoryMarshal.Cast<byte, Instruction>(Convert.FromHexString(load.GetProperty("code").GetString()!)).ToArray();
        Bind(code);
        BtfTypes? types = TypesOf(Number("btf")) ?? TypesOf(_mapTypes);
        return new VerifierInput
        {
            Name = name,
            Instructions = code,
            Type = type,
            AttachType = attach == 0 ? null : (AttachType)attach,
            IsSleepable = (flags & Sleepable) != 0,
            IsGplCompatible = LinkedInput.IsGpl(load.GetProperty("license").GetString()),
            StrictAlignment = (flags & StrictAlignment) != 0,
            FrequentCheckpoints = (flags & FrequentCheckpoints) != 0,
            StrictInvariants = (flags & StrictInvariants) != 0,
            Flags = flags,
            Maps = _maps,
            Types = types,
            Functions = Functions(TypesOf(Number("btf"))),
            Lines = [],
            AttachTarget = Target(attachId, type, (int)attach),
            AttachTypeId = attachId,
            StructOpsMember = type == ProgramType.StructOps ? (int)attach : -1,
            Kfuncs = _kfuncs,
            Variables = _variables,
        };
    }

    private void Bind(Instruction[] code)
    {
        BtfTypes kernel = KernelBtf.Running.Vmlinux;
        for (int slot = 0; slot < code.Length; slot++)
        {
            Instruction at = code[slot];
            if (at.IsWide)
            {
                PseudoSource source = (PseudoSource)at.Source;
                bool isTable = source is PseudoSource.MapIndex or PseudoSource.MapIndexValue;
                if (isTable || source is PseudoSource.MapFd or PseudoSource.MapValue)
                {
                    int map = MapOf(isTable ? "table" : "descriptors", at.Immediate);
                    code[slot] = at.WithSource((int)(source is PseudoSource.MapFd or PseudoSource.MapIndex ? PseudoSource.MapIndex : PseudoSource.MapIndexValue)).WithImmediate(map);
                }
                else if (source == PseudoSource.BtfId && (uint)at.Immediate < (uint)kernel.Count)
                {
                    _variables[slot] = new InputVariable(kernel[(uint)at.Immediate].Name, (uint)at.Immediate);
                }

                slot++;
            }
            else if (at.Opcode == CallOpcode && at.Source == KfuncCall)
            {
                _kfuncs[slot] = at.Offset == 0 && (uint)at.Immediate < (uint)kernel.Count ? kernel[(uint)at.Immediate].Name : string.Create(CultureInfo.InvariantCulture, $"?{at.Immediate}");
            }
        }
    }

    /// <summary>The index of a map; -1 for a descriptor that is none.</summary>
    private int MapOf(string table, int descriptor)
    {
        if (!load.GetProperty(table).TryGetProperty(descriptor.ToString(CultureInfo.InvariantCulture), out JsonElement found) || found.GetProperty("map").GetUInt32() is not (not 0 and uint id)) return -1;
        if (_mapIndex.TryGetValue(id, out int index)) return index;
        _maps.Add(Map(id, []));
        return _mapIndex[id] = _maps.Count - 1;
    }

    private MapDefinition Map(uint id, HashSet<uint> outer)
    {
        JsonElement map = all.Maps[id];
        uint Field(string name) => map.GetProperty(name).GetUInt32();
        uint inner = Field("inner"), types = Field("btf");
        if (types != 0 && all.Types.TryGetValue(types, out JsonElement found) && found.GetProperty("kernel").GetInt32() == 0) _mapTypes = types;
        bool isReadOnly = map.GetProperty("frozen").GetInt32() != 0 && (Field("flags") & (uint)MapFlags.ReadOnlyProgram) != 0;
        return new MapDefinition
        {
            Name = $"{map.GetProperty("name").GetString()}#{id}",
            Type = (MapType)Field("type"),
            Role = isReadOnly ? MapRole.ReadOnlyData : MapRole.Declared,
            KeySize = Field("key"),
            ValueSize = Field("value"),
            MaxEntries = Field("max"),
            Flags = (MapFlags)Field("flags"),
            MapExtra = map.GetProperty("extra").GetUInt64(),
            KeyTypeId = Field("keyType"),
            ValueTypeId = Field("valueType"),
            Inner = inner != 0 && outer.Add(inner) && all.Maps.ContainsKey(inner) ? Map(inner, outer) : null,
            InitialValue = isReadOnly && map.TryGetProperty("contents", out JsonElement bytes) ? Convert.FromHexString(bytes.GetString()!) : null,
        };
    }

    private InputFunction[] Functions(BtfTypes? types)
    {
        if (types is null || Number("functionSize") is 0 or > 64) return [];
        ReadOnlySpan<byte> records = Convert.FromHexString(load.GetProperty("functions").GetString()!);
        int size = (int)Number("functionSize");
        InputFunction[] functions = new InputFunction[records.Length / size];
        for (int i = 0; i < functions.Length; i++)
        {
            uint start = MemoryMarshal.Read<uint>(records[(i * size)..]), id = MemoryMarshal.Read<uint>(records[((i * size) + 4)..]);
            bool isFunction = id < types.Count && types[id].Kind == BtfKind.Func;
            functions[i] = new InputFunction(isFunction ? types[id].Name : "", (int)start, id, isFunction && types[id].Linkage == (uint)FunctionLinkage.Global);
        }

        return functions;
    }

    private BtfTypes? TypesOf(uint id) =>
        id != 0 && all.Types.TryGetValue(id, out JsonElement found) && found.TryGetProperty("data", out JsonElement data) ? BtfTypes.Parse(Convert.FromHexString(data.GetString()!)) : null;

    private static string? Target(uint id, ProgramType type, int member)
    {
        BtfTypes kernel = KernelBtf.Running.Vmlinux;
        if (id == 0 || id >= kernel.Count) return null;
        string name = kernel[id].Name;
        if (type == ProgramType.StructOps) return kernel[id].IsComposite && member < kernel[id].Count ? $"{name}.{kernel[id].Member(member).Name}" : name;
        foreach (string prefix in s_prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal)) return name[prefix.Length..];
        }

        return name;
    }

    private uint Number(string name) => load.GetProperty(name).GetUInt32();
}
