// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What r0 must be when a function of a program ends.</summary>
/// <param name="Kind">Whether there is a rule.</param>
/// <param name="Minimum">The smallest value, signed.</param>
/// <param name="Maximum">The largest value, signed.</param>
/// <param name="Is32Bit">True if only the lower half counts, as a signed number.</param>
internal readonly record struct ReturnRule(ReturnCheck Kind, int Minimum = 0, int Maximum = 0, bool Is32Bit = false)
{
    /// <summary>Anything, but it has to be set.</summary>
    internal static ReturnRule Number => new(ReturnCheck.Number);

    /// <summary>Nobody looks at r0.</summary>
    internal static ReturnRule Nothing => new(ReturnCheck.Nothing);

    /// <summary>One of a range.</summary>
    internal static ReturnRule Within(int minimum, int maximum, bool is32Bit = false) => new(ReturnCheck.Range, minimum, maximum, is32Bit);

    /// <summary>True if all values between two bounds of the full register are fine.</summary>
    internal bool Covers(long minimum, long maximum) => Kind != ReturnCheck.Range || (minimum >= Minimum && maximum <= Maximum);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        ReturnCheck.Nothing => "nothing",
        ReturnCheck.Number => "anything",
        _ => Minimum == Maximum ? $"{Minimum}" : $"{Minimum} to {Maximum}",
    };
}

/// <summary>Whether the kernel looks at what comes back.</summary>
internal enum ReturnCheck : byte
{
    /// <summary>r0 need not even be set.</summary>
    Nothing,

    /// <summary>r0 has to be a number.</summary>
    Number,

    /// <summary>r0 has to be a number of a range.</summary>
    Range,
}

/// <summary>Which functions of a program end.</summary>
internal enum ReturnPlace : byte
{
    /// <summary>The program itself.</summary>
    Program,

    /// <summary>The function that runs when the program throws; it ends the program.</summary>
    ExceptionCallback,

    /// <summary>A function that a loop or search calls: 0 goes on, 1 stops.</summary>
    SynchronousCallback,

    /// <summary>A function that a timer or work queue calls.</summary>
    AsynchronousCallback,

    /// <summary>A function that others know by its type only.</summary>
    GlobalFunction,
}

/// <summary>What programs may return, by type and attach type. Source of the facts: check_return_code of the kernel, state of 6.18.</summary>
internal static class ReturnRules
{
    private const int MaximumError = 4095;

    // The first row that fits decides: type, attach type, first kernel with the rule, rule.
    private static readonly (ProgramType Type, AttachType? Attach, KernelVersion Since, ReturnRule Rule)[] s_rows =
    [
        (ProgramType.CgroupSockAddr, AttachType.CgroupUdp4RecvMsg, new(5, 2), ReturnRule.Within(1, 1)),
        (ProgramType.CgroupSockAddr, AttachType.CgroupUdp6RecvMsg, new(5, 2), ReturnRule.Within(1, 1)),
        (ProgramType.CgroupSockAddr, AttachType.CgroupUnixRecvMsg, new(6, 7), ReturnRule.Within(1, 1)),
        (ProgramType.CgroupSockAddr, AttachType.CgroupInet4GetPeerName, new(5, 8), ReturnRule.Within(1, 1)),
        (ProgramType.CgroupSockAddr, AttachType.CgroupInet6GetPeerName, new(5, 8), ReturnRule.Within(1, 1)),
        (ProgramType.CgroupSockAddr, AttachType.CgroupUnixGetPeerName, new(6, 7), ReturnRule.Within(1, 1)),
        (ProgramType.CgroupSockAddr, AttachType.CgroupInet4GetSockName, new(5, 8), ReturnRule.Within(1, 1)),
        (ProgramType.CgroupSockAddr, AttachType.CgroupInet6GetSockName, new(5, 8), ReturnRule.Within(1, 1)),
        (ProgramType.CgroupSockAddr, AttachType.CgroupUnixGetSockName, new(6, 7), ReturnRule.Within(1, 1)),
        (ProgramType.CgroupSockAddr, AttachType.CgroupInet4Bind, new(5, 12), ReturnRule.Within(0, 3)),
        (ProgramType.CgroupSockAddr, AttachType.CgroupInet6Bind, new(5, 12), ReturnRule.Within(0, 3)),
        (ProgramType.CgroupSockAddr, null, default, ReturnRule.Within(0, 1)),
        (ProgramType.CgroupSkb, AttachType.CgroupInetEgress, new(5, 3), ReturnRule.Within(0, 3)),
        (ProgramType.CgroupSkb, null, default, ReturnRule.Within(0, 1)),
        (ProgramType.CgroupSock, null, default, ReturnRule.Within(0, 1)),
        (ProgramType.SockOps, null, default, ReturnRule.Within(0, 1)),
        (ProgramType.CgroupDevice, null, default, ReturnRule.Within(0, 1)),
        (ProgramType.CgroupSysctl, null, default, ReturnRule.Within(0, 1)),
        (ProgramType.CgroupSockOpt, null, default, ReturnRule.Within(0, 1)),
        (ProgramType.Tracing, AttachType.TraceFentry, default, ReturnRule.Within(0, 0)),
        (ProgramType.Tracing, AttachType.TraceFexit, default, ReturnRule.Within(0, 0)),
        (ProgramType.Tracing, AttachType.TraceIter, default, ReturnRule.Within(0, 1)),
        (ProgramType.Kprobe, AttachType.TraceKprobeSession, default, ReturnRule.Within(0, 1)),
        (ProgramType.Kprobe, AttachType.TraceUprobeSession, default, ReturnRule.Within(0, 1)),
        (ProgramType.SkLookup, null, default, ReturnRule.Within(0, 1)),
        (ProgramType.Netfilter, null, default, ReturnRule.Within(0, 1)),
    ];

    /// <summary>What a function may return.</summary>
    /// <param name="program">The program.</param>
    /// <param name="place">Which of its functions ends.</param>
    /// <param name="returnsVoid">For security hooks and members of kernel structs: true if their prototype returns nothing.</param>
    internal static ReturnRule For(in ProgramTraits program, ReturnPlace place, bool returnsVoid = false) => place switch
    {
        ReturnPlace.SynchronousCallback => ReturnRule.Within(0, 1),
        ReturnPlace.AsynchronousCallback => ReturnRule.Within(0, 0),
        ReturnPlace.GlobalFunction => ReturnRule.Number,
        _ => ForProgram(program, returnsVoid),
    };

    private static ReturnRule ForProgram(in ProgramTraits program, bool returnsVoid)
    {
        if (program.Type == ProgramType.Lsm) return ForHook(program, returnsVoid);
        if (program.Type == ProgramType.StructOps && returnsVoid) return ReturnRule.Nothing;
        AttachType attach = program.EffectiveAttach;
        foreach ((ProgramType type, AttachType? only, KernelVersion since, ReturnRule rule) in s_rows)
        {
            if (type == program.Type && (only ?? attach) == attach && program.Kernel >= since) return rule;
        }

        return ReturnRule.Number;
    }

    private static ReturnRule ForHook(in ProgramTraits program, bool returnsVoid)
    {
        if (program.Attach == AttachType.LsmCgroup) return returnsVoid ? ReturnRule.Within(1, 1) : ReturnRule.Within(0, 1);
        if (returnsVoid) return ReturnRule.Nothing;
        if (program.Kernel < new KernelVersion(6, 12)) return ReturnRule.Number; // hooks that took a number for an error followed it wherever it pointed
        ReadOnlySpan<char> hook = program.Target;
        if (hook.StartsWith("bpf_lsm_")) hook = hook["bpf_lsm_".Length..];
        return SecurityHooks.IsBoolean(hook) ? ReturnRule.Within(0, 1, is32Bit: true) : ReturnRule.Within(-MaximumError, 0, is32Bit: true);
    }
}
