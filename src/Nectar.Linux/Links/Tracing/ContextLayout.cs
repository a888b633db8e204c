// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// Where a program's context keeps arguments and result of the function it is attached to: registers for probes, an array for
/// trampolines. Slots are arguments from 0; the result is <see cref="Result"/>.
/// </summary>
internal sealed class ContextLayout
{
    internal const int Result = -1;

    // offsetof(struct pt_regs, di), si, dx, cx, r8, r9; ax. arm64 passes in x0 to x7 and returns in x0.
    private static readonly short[] s_x86Arguments = [112, 104, 96, 88, 72, 64], s_armArguments = [0, 8, 16, 24, 32, 40, 48, 56];
    private readonly short[] _arguments;
    private readonly short? _result;

    private ContextLayout(short[] arguments, short? result)
    {
        _arguments = arguments;
        _result = result;
    }

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>A kprobe at a function's entry.</summary>
    internal static ContextLayout Entry(int arguments) => new([.. (IsArm ? s_armArguments : s_x86Arguments).Take(arguments)], null);

    /// <summary>A kretprobe: only the result is still there.</summary>
    internal static ContextLayout Return { get; } = new([], IsArm ? (short)0 : (short)80);

    /// <summary>fentry.</summary>
    internal static ContextLayout Fentry(int arguments) => new(Array(arguments), null);

    /// <summary>fexit: the arguments as they were, and the result behind them.</summary>
    internal static ContextLayout Fexit(int arguments) => new(Array(arguments), (short)(8 * arguments));

    /// <summary>The slot at an offset; null if there is nothing that the other layouts know.</summary>
    internal int? SlotAt(int offset)
    {
        if (offset == _result) return Result;
        int index = System.Array.IndexOf(_arguments, (short)offset);
        return index >= 0 ? index : null;
    }

    /// <summary>The offset of a slot; null if this layout does not have it.</summary>
    internal short? OffsetOf(int slot) => slot == Result ? _result : slot < _arguments.Length ? _arguments[slot] : null;

    private static short[] Array(int count) => [.. Enumerable.Range(0, count).Select(i => (short)(8 * i))];
}
