// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Pointers: tests of them, containers, writes to processes.</summary>
internal static class Memory
{
    private const long LargestError = 4095;

    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Of("is_err", (probe, site) => probe.Scalar(site, probe.Truth(probe.Builder.Compare(Op.GreaterOrEqualUnsigned, probe.LowerScalar(site[0]), probe.Number(-LargestError))))),
        FunctionEntry.Of("write_user", WriteUser),
    ];

    /// <summary><c>bpf_probe_write_user</c>: from the program's memory to the running process's.</summary>
    private static Operand WriteUser(ProbeLowering probe, CallSite site)
    {
        IrBuilder code = probe.Builder;
        Value to = probe.LowerScalar(site[0]);
        Operand from = probe.Lower(site[1]);
        Value bytes;
        int most;
        if (from.IsScalar)
        {
            // a pointer to bytes that the verifier does not know: they are fetched first
            most = site[2].ConstantOf() is { } size ? (int)Math.Clamp(size, 1, probe.Config.MaxStringLength) : probe.Config.MaxStringLength;
            bytes = probe.Temporary(most);
            probe.ReadBytes(bytes, probe.Number(most), from.Value, from.Type.Space, site[1]);
        }
        else
        {
            Operand local = probe.Conversions.Local(from);
            (bytes, most) = (local.Value, local.Type.Size);
        }

        Value length = site[2].ConstantOf() is { } constant ? probe.Number(Math.Clamp(constant, 1, most)) : probe.AtMost(probe.LowerScalar(site[2]), most);
        Value result = probe.Call("bpf_probe_write_user", to, bytes, length);
        return probe.Scalar(site, probe.Truth(code.Compare(Op.Equal, result, probe.Number(0))));
    }
}
