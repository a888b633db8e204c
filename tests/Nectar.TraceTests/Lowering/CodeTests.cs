// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Planning;

namespace Nectar.TraceTests.Lowering;

/// <summary>The commonest programs stay as short as they are.</summary>
public class CodeTests
{
    [KernelFact]
    public void Count_OnARawTracepoint_IsAHandfulOfInstructions() => AtMost(12, "rawtracepoint:sched_switch { @ = count(); }");

    [KernelTheory]
    [InlineData("count()")]
    [InlineData("sum(5)")]
    [InlineData("hist(7)")]
    public void Aggregation_WithoutKey_IsInNoHash(string aggregation)
    {
        TracePlan plan = ScriptRun.Compile($"rawtracepoint:sched_switch {{ @ = {aggregation}; }}");
        Assert.Equal(MapType.PerCpuArray, Assert.Single(plan.Object.Maps, map => map.Name.StartsWith("at_", StringComparison.Ordinal)).Type);
    }

    [KernelFact]
    public void Scalar_IsSetWithoutLookUp() => AtMost(6, "begin { @ = 5; }");

    [KernelFact]
    public void Scalar_IsCountedByOneAtomicInstruction() => AtMost(8, "begin { @++; }");

    [KernelFact]
    public void Predicate_ComesBeforeEverythingElse()
    {
        TracePlan plan = ScriptRun.Compile("rawtracepoint:sched_switch / pid == 77 / { @[str((uint64)0)] = count(); }");
        // number of the process, shift, comparison
        Assert.InRange(Array.FindIndex(plan.Object.Functions[0].Instructions, instruction => instruction.Opcode is 0x15 or 0x55 or 0x16 or 0x56), 0, 3);
    }

    private static void AtMost(int instructions, string script) => Assert.InRange(ScriptRun.Compile(script).Object.Functions[0].Instructions.Length, 1, instructions);
}
