// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm;

/// <summary>All helpers and kernel functions of this host: what runs, and the prototypes that a verifier needs.</summary>
public static unsafe partial class HelperTable
{
    /// <summary>The number of bpf_tail_call, which engines do themselves.</summary>
    internal const int TailCall = 12;

    /// <summary>The number of bpf_map_lookup_elem.</summary>
    internal const int MapLookup = 1;

    /// <summary>The first number of kernel functions.</summary>
    internal const int FirstKfunc = 0x10000;

    /// <summary>What a call of a weak kernel function that this host lacks is bound to.</summary>
    internal const int MissingKfunc = FirstKfunc;

    private static readonly HelperInfo?[] s_helpers = new HelperInfo?[HelperNames.Count];
    private static readonly List<HelperInfo> s_kfuncs = [];
    private static readonly Dictionary<string, HelperInfo> s_kfuncByName = new(StringComparer.Ordinal);

    static HelperTable()
    {
        AddKfunc("(missing)", &Missing, ReturnKind.Never);
        AddAll();
    }

    /// <summary>All helpers, then all kernel functions.</summary>
    public static IEnumerable<HelperInfo> All => s_helpers.OfType<HelperInfo>().Concat(s_kfuncs.Skip(1));

    /// <summary>Finds a helper by the kernel's number, or a kernel function by this host's; null if this host does not have it.</summary>
    public static HelperInfo? Find(int id)
    {
        if ((uint)id < (uint)s_helpers.Length) return s_helpers[id];
        int kfunc = id - FirstKfunc;
        return (uint)kfunc < (uint)s_kfuncs.Count ? s_kfuncs[kfunc] : null;
    }

    /// <summary>Finds a kernel function by name; null if this host does not have it.</summary>
    public static HelperInfo? FindKfunc(string name) => s_kfuncByName.GetValueOrDefault(name);

    /// <summary>True for a kernel function that works on an iterator.</summary>
    internal static bool IsIteration(int id) => Find(id)?.Arguments is [ArgumentKind.Iterator, ..];

    static partial void AddAll();

    private static void Add(string name, delegate*<ulong, ulong, ulong, ulong, ulong, VmState*, ulong> function, HelperEffects effects = HelperEffects.None)
    {
        int id = HelperNames.IdOf(name);
        s_helpers[id] = new HelperInfo(id, name, (nint)function, effects);
    }

    private static void AddWriter(string name, delegate*<ulong, ulong, ulong, ulong, ulong, VmState*, ulong> function) => Add(name, function, HelperEffects.WritesPacket);

    private static void AddKfunc(string name, delegate*<ulong, ulong, ulong, ulong, ulong, VmState*, ulong> function, ReturnKind returns, params ArgumentKind[] arguments)
    {
        HelperInfo info = new(FirstKfunc + s_kfuncs.Count, name, (nint)function, HelperEffects.None, new HelperShape(arguments, returns, HelperEffects.None));
        s_kfuncs.Add(info);
        s_kfuncByName[name] = info;
    }

    private static ulong Missing(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        state->Fault = FaultKind.Helper;
        return 0;
    }
}
