// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes;
using Nectar.Compiler.Passes.Lowering;
using Nectar.Compiler.Passes.Ranges;
using Nectar.Compiler.Passes.Threading;
using Xunit;

namespace Nectar.Tests.Compiler;

public sealed class PassesKeepMeaningTests
{
    private const int Functions = 250;

    private static readonly long[][] s_arguments = [[0, 0], [1, -1], [long.MinValue, 3], [0x123456789abcdef0, 0x7fffffff], [5, 80], [-2, 0x80000000]];

    [Fact]
    public void Evaluate_RandomFunctions_MostEnd()
    {
        int ended = Enumerable.Range(0, 200).Count(seed => IrEvaluator.Run(RandomIr.Make(seed), s_arguments[0]) is not null);
        Assert.True(ended > 150, $"{ended} of 200 functions ended");
    }

    [Fact]
    public void Run_WholePipeline_SameResults() => Check(PassPipeline.Passes);

    [Fact]
    public void Run_Lowering_SameResults() => Check(
    [
        new Pass(nameof(Origins), Origins.Run), new Pass(nameof(MemoryLowering), MemoryLowering.Run), new Pass(nameof(DivisionLowering), DivisionLowering.Run),
        new Pass(nameof(SwitchLowering), SwitchLowering.Run), new Pass(nameof(Gvn), Gvn.Run), new Pass(nameof(CheckRemoval), CheckRemoval.Run),
        new Pass(nameof(JumpThreading), JumpThreading.Run), new Pass(nameof(CheckRemoval), CheckRemoval.Run), new Pass(nameof(Gvn), Gvn.Run),
    ]);

    private static void Check(IReadOnlyList<Pass> passes)
    {
        for (int seed = 0; seed < Functions; seed++)
        {
            IrFunction function = RandomIr.Make(seed);
            Assert.Null(IrChecker.Check(function));
            long?[] expected = [.. s_arguments.Select(arguments => IrEvaluator.Run(RandomIr.Make(seed), arguments))];
            PassContext context = new(new IrModule { Name = "test", Target = new CompilationTarget() }, new DiagnosticBag());
            foreach (Pass pass in passes)
            {
                string before = IrPrinter.Print(function);
                pass.Run(function, context);
                if (IrChecker.Check(function) is { } defect) Assert.Fail($"seed {seed}, {pass.Name}: {defect}\nbefore:\n{before}");
                for (int i = 0; i < s_arguments.Length; i++)
                {
                    if (expected[i] is not { } wanted || IrEvaluator.Run(function, s_arguments[i]) is not { } found || found == wanted) continue;
                    Assert.Fail($"seed {seed}, {pass.Name}: f({string.Join(", ", s_arguments[i])}) is {found}, was {wanted}\nbefore:\n{before}\nafter:\n{IrPrinter.Print(function)}");
                }
            }
        }
    }
}
