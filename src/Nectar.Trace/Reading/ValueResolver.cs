// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Values;

namespace Nectar.Trace.Reading;

/// <summary>What values mean that only the system knows: symbols, users, control groups, the clock.</summary>
internal abstract class ValueResolver(TraceConfig config, ImmutableArray<string> strings)
{
    public TraceConfig Config { get; } = config;

    /// <summary>The plan's strings.</summary>
    public ImmutableArray<string> Strings { get; } = strings;

    /// <summary>A stack's functions, by the 24 bytes that stand for it.</summary>
    public abstract StackValue Stack(TraceType type, ReadOnlySpan<byte> value);

    public abstract string KernelSymbol(ulong address);

    public abstract string UserSymbol(ulong address, int processId, uint probe);

    /// <summary>Empty if there is no such user.</summary>
    public abstract string UserName(ulong user);

    public abstract string CgroupPath(string pattern, ulong group);

    /// <summary>From a clock's nanoseconds to those since 1970.</summary>
    public abstract ulong WallTime(ulong time, uint clock);

    public string StringAt(ulong index) => index < (ulong)Strings.Length ? Strings[(int)index] : "";
}
