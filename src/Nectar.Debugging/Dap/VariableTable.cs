// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Dap;

/// <summary>What an editor may open, while the program stands: numbers for scopes and for values with parts.</summary>
internal sealed class VariableTable(DebugSession session)
{
    private readonly List<Func<IReadOnlyList<DebugVariable>>> _open = [];

    /// <summary>The program has moved: numbers given out mean nothing any more.</summary>
    internal void Clear() => _open.Clear();

    internal List<DapScope> Scopes(int frame)
    {
        List<DapScope> scopes =
        [
            new("Registers", Open(() => Registers(frame)), false, "registers"),
            new("Arguments", Open(() => [.. session.Frames[frame].Arguments.Select(a => new DebugVariable(a.Name, a.Value, ""))]), false, "arguments"),
            new("Stack", Open(() => Stack(frame)), false),
            new("Context", Open(() => session.Context), false),
            new("Packet", Open(Packet), false),
            new("Maps", Open(Maps), false),
        ];
        if (session.Target.Source.Globals.Count > 0) scopes.Add(new("Globals", Open(() => session.Globals), false, "globals"));
        return scopes;
    }

    internal IReadOnlyList<DebugVariable>? Find(int reference) => reference >= 1 && reference <= _open.Count ? _open[reference - 1]() : null;

    internal DapVariable Describe(DebugVariable variable) => new(variable.Name, variable.Value, variable.Type.Length > 0 ? variable.Type : null, Reference(variable), variable.Expression, MemoryReference(variable));

    internal int Reference(DebugVariable variable) => variable.Children is { } children ? Open(children) : 0;

    internal static string? MemoryReference(DebugVariable variable) => variable.Address is { } address ? CodeAddress.Text(address) : null;

    private int Open(Func<IReadOnlyList<DebugVariable>> children)
    {
        _open.Add(children);
        return _open.Count;
    }

    private List<DebugVariable> Registers(int frame)
    {
        DebugFrame of = session.Frames[frame];
        List<DebugVariable> registers = [];
        for (int r = 0; r <= 10; r++)
        {
            ulong? bits = of.Registers[r];
            bool isAddress = bits is { } b && session.IsAddress(b);
            string value = bits is null ? "not known in a caller" : session.NameOf(bits.Value) + (isAddress ? string.Create(CultureInfo.InvariantCulture, $" (0x{bits:x})") : "");
            string? known = session.Knowledge?.Invoke(of.Program, of.Slot, r, bits);
            registers.Add(new DebugVariable(string.Create(CultureInfo.InvariantCulture, $"r{r}"), known is null ? value : $"{value}   [{known}]", "u64")
            {
                Expression = string.Create(CultureInfo.InvariantCulture, $"r{r}"),
                Address = isAddress ? bits : null,
                Size = 8,
            });
        }

        registers.Add(new DebugVariable("pc", of.Slot.ToString(CultureInfo.InvariantCulture), "slot"));
        return registers;
    }

    private List<DebugVariable> Stack(int frame)
    {
        DebugFrame of = session.Frames[frame];
        byte[] bytes = new byte[512];
        int read = session.Read(of.FramePointer - 512, bytes);
        int first = read < 512 ? 512 : Math.Max(0, bytes.AsSpan().IndexOfAnyExcept((byte)0)) / 8 * 8;
        List<DebugVariable> slots = [];
        for (int at = 504; at >= first; at -= 8)
        {
            ulong word = BitConverter.ToUInt64(bytes, at);
            string name = string.Create(CultureInfo.InvariantCulture, $"r10-{512 - at}");
            slots.Add(new DebugVariable(name, $"{Convert.ToHexStringLower(bytes, at, 8)}  {session.NameOf(word)}", "u64") { Address = of.FramePointer - 512 + (uint)at, Size = 8, Expression = $"*(u64 *)({name})" });
        }

        return slots;
    }

    private List<DebugVariable> Packet()
    {
        List<DebugVariable> rows = [];
        ReadOnlySpan<byte> packet = session.Packet;
        for (int at = 0; at < packet.Length && at < 4096; at += 16)
        {
            ReadOnlySpan<byte> row = packet.Slice(at, Math.Min(16, packet.Length - at));
            rows.Add(new DebugVariable(string.Create(CultureInfo.InvariantCulture, $"+{at}"), string.Join(' ', row.ToArray().Select(b => b.ToString("x2", CultureInfo.InvariantCulture))), "u8[]") { Address = session.PacketAddress + (uint)at, Size = row.Length });
        }

        return rows;
    }

    private List<DebugVariable> Maps()
    {
        List<DebugVariable> maps = [];
        foreach (BpfMap map in session.Maps)
        {
            if (!DebugSession.HasElements(map.Definition))
            {
                maps.Add(new DebugVariable(map.Name, map.Definition.Type.ToString(), "map"));
                continue;
            }

            (IReadOnlyList<DebugVariable> elements, long count) = session.Elements(map, 1000);
            maps.Add(new DebugVariable(map.Name, string.Create(CultureInfo.InvariantCulture, $"{map.Definition.Type}, {count} elements"), "map") { Children = elements.Count > 0 ? () => elements : null });
        }

        return maps;
    }
}
