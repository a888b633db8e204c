// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Functions;

/// <summary>A word that is a value: its type where it always has the same one, and where it can be used.</summary>
/// <param name="Name">Its name in scripts.</param>
/// <param name="Type">Null where the probe or the kernel's types decide.</param>
/// <param name="Probes">The kinds of probes that have it; null for all, functions too.</param>
internal sealed record BuiltinInfo(string Name, TraceType? Type, ProbeKinds? Probes = null)
{
    /// <summary>Only inside of a probe.</summary>
    public bool NeedsProbe { get; init; }
}

/// <summary>The builtins: words that are values.</summary>
internal static class BuiltinTable
{
    private const int CommandSize = 16; // TASK_COMM_LEN

    private static readonly Dictionary<string, BuiltinInfo> s_builtins = Make();

    public static IEnumerable<string> Names => s_builtins.Keys;

    public static BuiltinInfo? Find(string name) => s_builtins.GetValueOrDefault(name) ?? (ArgumentNumber(name) >= 0 ? s_argument : null);

    private static readonly BuiltinInfo s_argument = new("argN", TraceType.UInt64, ProbeKinds.Arguments) { NeedsProbe = true };

    /// <summary>3 for <c>arg3</c>; −1 for other names.</summary>
    public static int ArgumentNumber(string name) =>
        name.Length is > 3 and < 6 && name.StartsWith("arg", StringComparison.Ordinal) && int.TryParse(name.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;

    /// <summary>Without the prefix that the reference's own library uses.</summary>
    public static string Canonical(string name) => name.StartsWith("__builtin_", StringComparison.Ordinal) ? name["__builtin_".Length..] : name;

    private static Dictionary<string, BuiltinInfo> Make()
    {
        BuiltinInfo[] all =
        [
            new("pid", TraceType.UInt32), new("tid", TraceType.UInt32), new("uid", TraceType.UInt64), new("gid", TraceType.UInt64),
            new("nsecs", TraceType.UInt64), new("elapsed", TraceType.UInt64), new("cpu", TraceType.UInt64), new("ncpus", TraceType.UInt64),
            new("cgroup", TraceType.UInt64), new("rand", TraceType.UInt64), new("jiffies", TraceType.UInt64), new("numaid", TraceType.UInt64),
            new("cpid", TraceType.UInt64), new("has_cpid", TraceType.Boolean), new("usermode", TraceType.UInt8),
            new("comm", TraceType.String(CommandSize) with { Space = AddressSpace.Kernel }), new("username", BuiltinTypes.Username),
            new("ppid", TraceType.Int32), new("leader_tid", TraceType.Int32), new("pcomm", TraceType.String(CommandSize)), new("leader_comm", TraceType.String(CommandSize)),
            new("curtask", null), new("kstack", null), new("ustack", null), new("dw_ustack", null), new("config", null),
            new("probe", null) { NeedsProbe = true }, new("probetype", null) { NeedsProbe = true },
            new("func", null, ProbeKinds.Functions) { NeedsProbe = true }, new("retval", null, ProbeKinds.Returns) { NeedsProbe = true },
            new("args", null, ProbeKinds.Structured) { NeedsProbe = true }, new("ctx", null) { NeedsProbe = true },
            new("elf_is_exe", TraceType.Boolean, ProbeKinds.UserSpace) { NeedsProbe = true }, new("elf_ino", TraceType.UInt64, ProbeKinds.UserSpace) { NeedsProbe = true },
            new("arch", null), new("safe_mode", TraceType.Boolean),
        ];
        return all.ToDictionary(b => b.Name, StringComparer.Ordinal);
    }
}
