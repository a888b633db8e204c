// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Reading;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Printing;

/// <summary>A system with known names.</summary>
internal sealed class FixedResolver(TraceConfig? config = null, params string[] strings) : ValueResolver(config ?? new TraceConfig(), [.. strings])
{
    public override StackValue Stack(TraceType type, ReadOnlySpan<byte> value) => new(
        [new StackFrame(0x1005, "inner", 5, "/bin/x", null), new StackFrame(0x2010, "outer", 16, "/bin/x", "x.c:7"), new StackFrame(0x30, null, 0, null, null)],
        type.Stack!.Mode, type.Kind == TypeKind.UserStack);

    public override string KernelSymbol(ulong address) => $"k_{address:x}";

    public override string UserSymbol(ulong address, int processId, uint probe) => $"u_{address:x}_{processId}";

    public override string UserName(ulong user) => user == 0 ? "root" : "";

    public override string CgroupPath(string pattern, ulong group) => $"{pattern}:/{group}";

    public override ulong WallTime(ulong time, uint clock) => time;
}

/// <summary>Bytes laid out as a type says.</summary>
internal sealed class Bytes
{
    private readonly List<byte> _bytes = [];

    public Bytes U8(params ReadOnlySpan<byte> values)
    {
        _bytes.AddRange(values);
        return this;
    }

    public Bytes U32(params ReadOnlySpan<uint> values)
    {
        foreach (uint value in values) _bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public Bytes I32(params ReadOnlySpan<int> values)
    {
        foreach (int value in values) _bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public Bytes U64(params ReadOnlySpan<ulong> values)
    {
        foreach (ulong value in values) _bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public Bytes I64(params ReadOnlySpan<long> values)
    {
        foreach (long value in values) _bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public Bytes Text(string text, int size)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        _bytes.AddRange(bytes);
        return Zeros(size - bytes.Length);
    }

    public Bytes Zeros(int count)
    {
        _bytes.AddRange(new byte[count]);
        return this;
    }

    public byte[] ToArray() => [.. _bytes];
}
