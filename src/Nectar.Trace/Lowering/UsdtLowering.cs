// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Lowering;

/// <summary>Arguments of USDT probes: each place in the code has its own registers and addresses for them.</summary>
internal static class UsdtLowering
{
    public static Value Argument(ProbeLowering probe, int number, Node where)
    {
        throw probe.Refuse(where, $"arg{number} of USDT probes cannot be read");
    }
}
