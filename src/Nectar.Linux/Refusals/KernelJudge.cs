// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Reports;
using Nectar.Linux.Loading;

namespace Nectar.Linux.Refusals;

/// <summary>Asks the running kernel's verifier about a program: loads it and its maps, and lets go of both.</summary>
public static class KernelJudge
{
    private const uint StatisticsLevel = 4;

    /// <summary>The kernel's verdict. What cannot be asked (rights, missing features, other objects that it needs) is a problem, not an exception.</summary>
    /// <param name="source">The object.</param>
    /// <param name="program">The program's name.</param>
    public static KernelVerdict Ask(BpfObject source, string program)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(program);
        string log = "";
        try
        {
            KernelObject.Load(source, new KernelLoadOptions { Programs = [program], LogLevel = StatisticsLevel, LogSink = (_, text) => log = text }).Dispose();
            return Accepted(VerifierLog.Parse(log));
        }
        catch (VerificationException refusal)
        {
            return Refused(source, program, VerifierLog.Parse(refusal.Log).Duration);
        }
        catch (NectarException problem)
        {
            return new KernelVerdict { Verdict = Verdict.NotJudged, Problem = problem.Diagnostics[0].Message };
        }
    }

    /// <summary>Loads again with the steps in the log, which the explanation is made of.</summary>
    private static KernelVerdict Refused(BpfObject source, string program, TimeSpan? took)
    {
        try
        {
            KernelObject.Load(source, new KernelLoadOptions { Programs = [program] }).Dispose();
            return new KernelVerdict { Verdict = Verdict.Accept };
        }
        catch (VerificationException refusal)
        {
            return new KernelVerdict { Verdict = Verdict.Refuse, Walked = refusal.ProcessedInstructions, Microseconds = (long)(took?.TotalMicroseconds ?? 0), Explanation = refusal.Explanation };
        }
        catch (NectarException problem)
        {
            return new KernelVerdict { Verdict = Verdict.NotJudged, Problem = problem.Diagnostics[0].Message };
        }
    }

    private static KernelVerdict Accepted(VerifierLog log) =>
        new() { Verdict = Verdict.Accept, Walked = log.ProcessedInstructions, Microseconds = (long)(log.Duration?.TotalMicroseconds ?? 0) };
}
