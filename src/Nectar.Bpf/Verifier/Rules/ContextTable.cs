// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>The fields of one kind of context as one type of program sees them.</summary>
internal sealed class ContextTable
{
    private readonly FieldRule[] _fields;
    private readonly bool[] _hidden, _writable;

    internal ContextTable(string layout, string hidden, string writable)
    {
        _fields = ContextLayouts.Find(layout).ToArray();
        _hidden = Array.ConvertAll(_fields, field => ContextRules.HasWord(hidden, field.Name));
        _writable = Array.ConvertAll(_fields, field => ContextRules.HasWord(writable, field.Name));
    }

    internal static ContextTable Socket { get; } = new("bpf_sock", "", "");

    internal static ContextTable SocketCommon { get; } = new("bpf_sock", "type protocol mark priority", "");

    internal static ContextTable TcpSocket { get; } = new("bpf_tcp_sock", "", "");

    internal static ContextTable XdpSocket { get; } = new("bpf_xdp_sock", "", "");

    internal static ContextTable FlowKeys { get; } = new("bpf_flow_keys", "", "keys");

    internal ContextAccess Check(int offset, int size, bool isWrite, bool isSignExtended)
    {
        int at = Find(offset);
        if (at < 0 || _hidden[at]) return new ContextAccess(RuleDenial.Offset, 0) { Field = at < 0 ? null : _fields[at].Name };
        ref readonly FieldRule field = ref _fields[at];
        byte sizes = isWrite ? field.Writes : field.Reads;
        if (!isWrite && field.NarrowAtStartOnly && offset != field.Offset) sizes = 4;
        ContextAccess access = new(RuleDenial.None, field.Result)
        {
            Field = field.Name, BtfType = field.BtfType, MaybeNull = field.MaybeNull, Since = field.Since, AllowedSizes = sizes,
            Trust = field.BtfType is null ? ContextTrust.Untracked : ContextTrust.Trusted,
        };
        if (isWrite && !_writable[at]) return access with { Denial = RuleDenial.ReadOnly };
        if (field.TakesPadding && size == 4 && offset == field.Offset && !isWrite) return access;
        if (!BitOperations.IsPow2(size) || (sizes & size) == 0 || offset + size > field.Offset + field.Length) return access with { Denial = RuleDenial.Size };
        if (offset % size != 0) return access with { Denial = RuleDenial.Alignment };
        return isSignExtended && field.Result is ContextResult.Packet or ContextResult.PacketEnd or ContextResult.PacketMeta ? access with { Denial = RuleDenial.Size } : access;
    }

    private int Find(int offset)
    {
        int low = 0, high = _fields.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ref readonly FieldRule field = ref _fields[middle];
            if (offset < field.Offset) high = middle - 1;
            else if (offset >= field.Offset + field.Length) low = middle + 1;
            else return middle;
        }

        return -1;
    }
}
