// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;
using Nectar.TraceTests.Tools;

namespace Nectar.TraceTests.Command;

/// <summary>The command and programs with debug information: their arguments, stacks, structs.</summary>
public sealed class ProgramTests
{
    [KernelFact("gcc")]
    public void Args_AreWhereTheCallingConventionPutsThem()
    {
        string program = NativeProgram.Build();
        string text = Trace(program, $$"""
            uprobe:{{program}}:take
            {
                print(args); print(args.both.second); print(args.all.values[2]); print(args.last);
                @whole = args; @[args.both] = (args.letter, args.a);
            }
            """);
        const string Whole = @"\{ \.both = \{ \.first = 11, \.second = 22 \}, \.letter = 120, \.ratio = null, \.all = \{ \.values = \[31,32,33,34\] \}, \.half = null, \.tag = 0x[0-9a-f]+, \.a = 51, \.b = 52, \.last = -6 \}";
        Assert.Matches($@"^{Whole}\n22\n33\n-6\n", text);
        Assert.Matches($@"@whole: {Whole}\n", text);
        Assert.Contains("@[{ .first = 11, .second = 22 }]: (120, 51)\n", text, StringComparison.Ordinal);
    }

    [KernelFact("gcc")]
    public void Args_InFloatingPointRegisters_AreRefusedByName()
    {
        string program = NativeProgram.Build();
        (int code, _, string errors) = TestEnvironment.Run(ToolRun.Command(), "trace", "-e", $"uprobe:{program}:take {{ print(args.ratio) }}");
        Assert.Equal(1, code);
        Assert.Contains("ratio has unsupported type", errors, StringComparison.Ordinal);
    }

    [KernelFact("gcc")]
    public void Args_OfATracepoint_AreItsFields()
    {
        string text = Trace("/bin/true", "tracepoint:sched:sched_process_exit /pid == cpid/ { print(args) }");
        Assert.Matches(@"\{ .*\.pid = \d+.* \}", text);
    }

    [KernelFact("gcc")]
    public void CharArray_WithoutZero_IsNotCut()
    {
        string program = NativeProgram.Build();
        string text = Trace(program, $$"""
            struct label { char name[4]; int number; };
            uprobe:{{program}}:take { $l = (struct label *)arg5; printf("%s|%d %llx\n", $l.name, $l.number, *arg5); print(*$l); }
            """);
        Assert.StartsWith("abcd|7 764636261\n{ .name = abcd, .number = 7 }\n", text, StringComparison.Ordinal);
    }

    [KernelFact("gcc")]
    public void Ustack_HasSourceLinesAndInlinedFunctions()
    {
        string program = NativeProgram.Build(), place = @"@\S*/program\.c:";
        string script = $$"""uprobe:{{program}}:mark { print(ustack(4)); print(ustack(perf, 2)); }""";
        string text = Trace(program, script);
        Assert.Matches($@"^\n +mark\+0{place}11\n +\[inlined\] inner{place}14\n +\[inlined\] middle{place}16\n +outer\+\d+{place}19\n +main\+\d+{place}26\n", text);
        Assert.Matches(@"\n\t[0-9a-f]+ mark\+0 \(\S+\)\n\t[0-9a-f]+ inner \(inlined\)\n\t[0-9a-f]+ middle \(inlined\)\n\t[0-9a-f]+ outer\+\d+ \(\S+\)\n", text);
        Assert.Matches(@"^\n +mark\+0\n +outer\+\d+\n +main\+\d+\n", Trace(program, "config = { show_debug_info = false } " + script));
    }

    [KernelFact("g++")]
    public void Args_OfClassesWithDestructors_AreReferences()
    {
        using TemporaryFolder folder = new();
        string source = Path.Combine(folder.Path, "a.cpp"), program = Path.Combine(folder.Path, "classes");
        File.WriteAllText(source, """
            struct Held { int number; long other; ~Held(); };
            Held::~Held() {}
            struct Plain { int number; };
            extern "C" __attribute__((noinline)) int take(Held held, Plain plain, int last) { return held.number + plain.number + last; }
            int main() { return take(Held{ 5, 6 }, Plain{ 7 }, 8) != 20; }
            """);
        Assert.Equal(0, TestEnvironment.Run("g++", "-g", "-O0", source, "-o", program).ExitCode);
        string text = Trace(program, $$"""uprobe:{{program}}:take { printf("%d %d %d %d\n", args.held.number, args.held.other, args.plain.number, args.last); print(args) }""");
        Assert.Matches(@"^5 6 7 8\n\{ \.held = 0x[0-9a-f]+, \.plain = \{ \.number = 7 \}, \.last = 8 \}\n", text);
    }

    private static string Trace(string program, string script)
    {
        (int code, string output, string errors) = TestEnvironment.Run(ToolRun.Command(), "trace", "-e", script, "-c", program);
        Assert.True(code == 0, errors);
        return output;
    }
}
