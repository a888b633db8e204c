// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Planning.Objects;
using Nectar.Trace.Printing;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Output;
using Nectar.TraceTests.Lowering;

namespace Nectar.TraceTests.Planning;

/// <summary>Scripts as files: what runs from a file prints what the script prints.</summary>
public class ScriptObjectTests
{
    private const string Script = """
        struct pair { int a; char b[8]; };
        enum colour { red = 1, green = 7 };
        config = { max_strlen = 32; str_trunc_trailer = "~"; }
        begin
        {
            printf("%s %d %s %c\n", "text", -5, comm, 65);
            @scalar = 42; @text = "word"; @tuple = (1, "two", (int64)3); @record = (x = 1, y = "b");
            @enum = (enum colour)7; @keys[1, "a"] = (enum colour)1; @keys[2, "b"] = 7;
            @h[1] = hist(5); @h[1] = hist(1000); @l = lhist(7, 0, 20, 5); @st = stats(3); @av = avg(4); @mi = min(-4);
            @when = strftime("%Y", 0); @user = username; @ip = ntop(0x0100007f);
            @pid = pid; @first = pid(init); @elapsed = elapsed > 0; @tai = nsecs(sw_tai) > nsecs; @task = curtask.tgid == (int32)pid(init);
            @cpu = ncpus; @group = cgroupid("/sys/fs/cgroup"); @known = kaddr("schedule") != 0;
            print(@keys); print((1, "x")); time("now\n");
            for ($kv : @keys) { @sum += $kv.0.0; }
            clear(@l);
        }
        end { print(@h, 1, 2); }
        """;

    [KernelFact]
    public void Objects_Run_PrintWhatTheScriptPrints()
    {
        TracePlan plan = ScriptRun.Compile(Script);
        string expected = Run(plan);
        Assert.Contains("@scalar: 42", expected, StringComparison.Ordinal);
        Assert.Contains("@task: true", expected, StringComparison.Ordinal);
        TracePlan built = ScriptRun.Compile(Script, LoweringOptions.ForFile(3, null, null, null));
        Assert.Equal(expected, Run(Read(ScriptObject.Write(built, Script))));
    }

    [KernelTheory]
    [InlineData("tracepoint:syscalls:sys_enter_getsid { @[probe, args.pid] = count(); }")]
    [InlineData("tracepoint:syscalls:sys_enter_gets*d { @[probe] = count(); }")]
    [InlineData("tracepoint:sched:sched_switch { @[args.next_comm] = count(); }")]
    [InlineData("rawtracepoint:sched_switch { @[((struct task_struct *)arg1).comm] = count(); }")]
    [InlineData("rawtracepoint:sock_send_length { @[((struct sock *)arg0).__sk_common.skc_num] = count(); }")]
    [InlineData("uprobe:libc:malloc, uprobe:libc:free { @[probe, func] = count(); } uretprobe:libc:malloc { @r = retval; }")]
    [InlineData("profile:hz:99 { @[kstack, ustack(3)] = count(); } interval:s:1 { print(@); } software:page-faults:1 { @p = count(); }")]
    [InlineData("iter:task { if (ctx.task != 0) { printf(\"%d\", ctx.task.pid); } }")]
    public void Hooks_OfObjects_AreThoseOfTheScript(string script)
    {
        TracePlan built = ScriptRun.Compile(script, LoweringOptions.ForFile(3, null, null, null));
        TracePlan read = Read(ScriptObject.Write(built, script));
        Assert.Equal(built.Probes.SelectMany(probe => probe.Targets).Select(Place), read.Probes.SelectMany(probe => probe.Targets).Select(Place));
        using OutputStream text = new(-1, OutputBuffering.Full);
        using TraceRun run = new(read, new TextOutput(text, text), new SessionSettings { Mode = SessionMode.DryRun });
        Assert.Equal(0, run.Execute());

        static (string, ulong?) Place(ProbeTarget target) => (target.Name, target.FileOffset);
    }

    [KernelFact]
    public void Objects_OfAnotherEventLayout_AreRefused()
    {
        const string Event = "tracepoint:sched:sched_switch { @[args.next_comm] = count(); }";
        TracePlan built = ScriptRun.Compile(Event, LoweringOptions.ForFile(3, null, null, null));
        ReadOnlySpan<byte> field = "next_pid:"u8;
        byte[] file = ScriptObject.Write(built, Event);
        int at = file.AsSpan().IndexOf(field);
        Assert.True(at > 0);
        file[at] = (byte)'x';
        DiagnosticBag diagnostics = new();
        Assert.Null(ScriptObject.Read(file, "x", new AttachOptions(), diagnostics, out _));
        Assert.Contains("lays the event out in another way", diagnostics.Items[0].Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void Objects_OfNoScript_SayHowToMakeOne()
    {
        TracePlan plan = ScriptRun.Compile("begin { }");
        DiagnosticBag diagnostics = new();
        Assert.Null(ScriptObject.Read(ObjectWriter.ToArray(plan.Object), "x", new AttachOptions(), diagnostics, out _));
        Assert.Contains("none of a script", diagnostics.Items[0].Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever a file holds, there are diagnostics or a plan that the kernel judges.</summary>
    [KernelFact]
    public void Objects_Damaged_AreRefusedOrRead()
    {
        TracePlan built = ScriptRun.Compile(Script, LoweringOptions.ForFile(3, null, null, null));
        byte[] file = ScriptObject.Write(built, Script);
        int section = file.AsSpan().IndexOf("enum colour { red"u8), length = built.Object.Sections[ScriptObject.SectionName].Length;
        Random random = new(5364);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. file];
            for (int k = random.Next(1, 4); k > 0; k--) damaged[section + random.Next(length - 100)] = (byte)random.Next(256);
            DiagnosticBag diagnostics = new();
            if (ScriptObject.Read(damaged, "x", new AttachOptions(), diagnostics, out _) is null)
            {
                Assert.True(diagnostics.HasErrors);
                refused++;
            }
        }

        Assert.True(refused > 500, $"{refused} of 3000");
        for (int length2 = 0; length2 < file.Length; length2 += 97)
        {
            DiagnosticBag diagnostics = new();
            Assert.Null(ScriptObject.Read(file[..length2], "x", new AttachOptions(), diagnostics, out _));
            Assert.True(diagnostics.HasErrors);
        }
    }

    private static TracePlan Read(byte[] file)
    {
        DiagnosticBag diagnostics = new();
        TracePlan? plan = ScriptObject.Read(file, "x", new AttachOptions(), diagnostics, out _);
        return plan ?? throw new CompileException(diagnostics.ToImmutable());
    }

    private static string Run(TracePlan plan)
    {
        using OutputStream text = new(-1, OutputBuffering.Full), errors = new(-1, OutputBuffering.Full);
        using TraceRun run = new(plan, new TextOutput(text, errors), new SessionSettings { IsQuiet = true });
        Assert.Equal(0, run.Execute());
        Assert.Equal("", errors.Buffer.ToString());
        return text.Buffer.ToString();
    }
}
