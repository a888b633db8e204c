// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Runtime;
using Nectar.Trace.Tools;

namespace Nectar.TraceTests.Tools;

/// <summary>Parameters of the tools that take hooks.</summary>
public sealed class HookQuestionTests
{
    [Theory]
    [InlineData("do_unlinkat", "kprobe:do_unlinkat")]
    [InlineData("p::do_unlinkat", "kprobe:do_unlinkat")]
    [InlineData("r::do_unlinkat", "kretprobe:do_unlinkat")]
    [InlineData("p:c:malloc", "uprobe:libc:malloc")]
    [InlineData("c:malloc", "uprobe:libc:malloc")]
    [InlineData("r:/bin/bash:readline", "uretprobe:/bin/bash:readline")]
    [InlineData("t:sched:sched_switch", "tracepoint:sched:sched_switch")]
    [InlineData("u:c:setjmp", "usdt:libc:setjmp")]
    [InlineData("tracepoint:sched:sched_switch", "tracepoint:sched:sched_switch")]
    [InlineData("profile:hz:99", "profile:hz:99")]
    [InlineData("kr:vfs_*", "kr:vfs_*")]
    public void Hooks_OfBothLanguages_AreAttachPoints(string text, string expected) => Assert.Equal(expected, HookQuestion.Parse(text).Hook);

    [Theory]
    [InlineData("p::f (arg1 > 2 && (arg2 & 1))", "arg0 > 2 && (arg1 & 1)")]
    [InlineData("kprobe:f (arg1 > 2)", "arg1 > 2")]
    [InlineData("r::f (retval == 0 && $tgid != 1)", "retval == 0 && pid != 1")]
    [InlineData("t:a:b (args->arg1 == 7)", "args->arg1 == 7")]
    [InlineData("p::f(struct sock *sk, int n) (sk->__sk_common.skc_family == 2 && n > 1)", "((struct sock *)arg0)->__sk_common.skc_family == 2 && arg1 > 1")]
    [InlineData("p::f (str(arg1) == \"a) $pid\")", "str(arg0) == \"a) $pid\"")]
    public void Filters_SpeakTheTracingLanguage(string text, string expected) => Assert.Equal(expected, HookQuestion.Parse(text).Filter);

    [Theory]
    [InlineData("p:c:open \"%s %d\", arg1, arg2", "%s %d", "str(arg0)|arg1")]
    [InlineData("t:x:y \"%s %s at %K, 100%%\", args->name, comm, args->ip", "%s %s at %s, 100%%", "str(args->name)|comm|ksym(args->ip)")]
    [InlineData("p:c:write \"a \\\"b\\\", c\"", "a \\\"b\\\", c", "")]
    [InlineData("p::f \"%-10lx\" max(arg1, arg2)", "%-10lx", "max(arg0, arg1)")]
    public void Formats_ReadText_AndNameAddresses(string text, string format, string values)
    {
        HookQuestion question = HookQuestion.Parse(text);
        Assert.Equal((format, values), (question.Format, string.Join('|', question.Values)));
    }

    [Theory]
    [InlineData("p:c:malloc(size_t size):size_t:size", "uprobe:libc:malloc", "", "arg0")]
    [InlineData("r:c:read():int:$retval:$retval > 0", "uretprobe:libc:read", "retval > 0", "retval")]
    [InlineData("t:a:b (args.ret > 0) args.ret", "tracepoint:a:b", "args.ret > 0", "args.ret")]
    public void Values_AreCounted(string text, string hook, string filter, string value)
    {
        HookQuestion question = HookQuestion.Parse(text);
        Assert.Equal((hook, filter, value), (question.Hook, question.Filter, Assert.Single(question.Values)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("(a)")]
    [InlineData("p::f (a")]
    [InlineData("p::f \"abc")]
    [InlineData("p::f \"%d\"")]
    [InlineData("p::f \"x\", 1")]
    [InlineData("p::f \"%")]
    [InlineData("p::f(int a (x")]
    public void WhatCannotBeRead_IsSaid(string text) => Assert.Equal(5376, Assert.Throws<TraceException>(() => HookQuestion.Parse(text)).Diagnostics[0].Code.Number);

    [Fact]
    public void EachQuestion_GetsItsProbe_AndTheFilterOfTheScriptStays()
    {
        string script = HookTools.Expand(ToolList.Find("funclatency")!, ["p:c:malloc (arg1 > 8)", "vfs_read"]);
        Assert.Contains("uprobe:libc:malloc\n/arg0 > 8/\n{", script, StringComparison.Ordinal);
        Assert.Contains("\nkprobe:vfs_read\n{", script, StringComparison.Ordinal);
        Assert.Contains("uretprobe:libc:malloc\n/has_key(@since, tid)/\n{", script, StringComparison.Ordinal);
        Assert.Contains("kretprobe:vfs_read\n/has_key(@since, tid)/\n{", script, StringComparison.Ordinal);
        Assert.DoesNotContain("$", script, StringComparison.Ordinal);
    }
}
