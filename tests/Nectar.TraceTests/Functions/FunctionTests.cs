// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;

namespace Nectar.TraceTests.Functions;

/// <summary>Each function and builtin in the kernel: a script's <c>begin</c> and what it prints.</summary>
public sealed class FunctionTests
{
    public static TheoryData<string, string> Cases { get; } = new()
    {
        // printing
        { """printf("%d %d %s %d\n", 1, -2, "abc", (uint8)3)""", "1 -2 abc 3" },
        { """printf("%s|%s\n", comm, "x")""", @"[^|]+\|x" },
        { """printf("no values\n")""", "no values" },
        { """errorf("bad %d\n", 5)""", @"\[Errorf\] bad 5" },
        { """warnf("odd %s\n", "x")""", @"\[Warnf\] odd x" },
        { """system("echo %d\n", 5)""", @"\[System\] echo 5" },
        { """cat("/proc/%d/maps\n", 7)""", @"\[Cat\] /proc/7/maps" },
        { """print(5)""", "5" },
        { """print("abc")""", "abc" },
        { """print((1, "two", (int64)-3))""", @"\(1, two, -3\)" },
        { """@x[1] = 5; print(@x[1])""", "5" },
        { """@x = 5; print(@x)""", @"\[PrintMapAction\]" },
        { """@x[1] = 5; print(@x, 2, 3)""", @"\[PrintMapAction\]" },
        { """@x[1] = 5; clear(@x); zero(@x)""", @"\[ClearMapAction\]\n\[ZeroMapAction\]" },
        { """time("%H")""", @"\[TimeAction\]" },
        { """exit(3); printf("not reached")""", "exit 3" },
        { """exit()""", "exit 0" },
        { """assert(1 == 1, "no"); printf("on\n")""", "on" },
        { """$x = 1; assert($x == 2, "no"); printf("on\n")""", @"\[Errorf\] assert failed: noexit 1" },
        { """debugf("traced %d\n", 5); printf("on\n")""", "on" },

        // processes
        { """printf("%d\n", pid == pid(init))""", "1" },
        { """printf("%d %d\n", pid > 0, tid > 0)""", "1 1" },
        { """printf("%d %d\n", uid, gid)""", "0 0" },
        { """printf("%s\n", username)""", "user 0" },
        { """print(comm)""", @"\S.*" },
        { """print(cgroup > 0)""", "true" },
        { """print((cpu >= 0, ncpus > 0, numaid >= 0, rand >= 0))""", @"\(true, true, true, true\)" },
        { """print(curtask.pid == tid)""", "true" },
        { """print(has_cpid)""", "false" },
        { """print(ppid == curtask.real_parent.pid)""", "true" },
        { """print((leader_tid == pid, leader_comm == curtask.group_leader.comm))""", @"\(true, true\)" },
        { """print(pcomm)""", @"\S.*" },
        { """print(ppid(curtask) == ppid)""", "true" },

        // time
        { """$a = nsecs; $b = nsecs; print($b >= $a)""", "true" },
        { """print((nsecs(monotonic) > 0, nsecs(boot) > 0, nsecs(tai) > nsecs(boot), nsecs(sw_tai) > nsecs(boot)))""", @"\(true, true, true, true\)" },
        { """$d = nsecs(tai) - nsecs(sw_tai); print($d < 100000000 || $d > 18446744073609000000)""", "true" },
        { """print(jiffies > 0)""", "true" },
        { """print(elapsed > 0)""", "true" },
        { """printf("%s\n", strftime("%Y", 86400000000000))""", "1970" },

        // text
        { """$s = "hello"; print(strlen($s))""", "5" },
        { """print(strlen(""))""", "0" },
        { """print(strlen(comm) > 0)""", "true" },
        { """print(str_concat("abc", "def"))""", "abcdef" },
        { """$s = str_concat(comm, "!"); print(strlen($s) == strlen(comm) + 1)""", "true" },
        { """print((strncmp("abcd", "abxx", 2), strncmp("abcd", "abxx", 3)))""", @"\(0, 1\)" },
        { """print((strncmp(comm, comm, 16), strncmp(comm, "\x01", 1)))""", @"\(0, 1\)" },
        { """print((strcontains("hello world", "o w"), strcontains("hello", "x"), strcontains("hello", "")))""", @"\(true, false, true\)" },
        { """$s = "hello world"; $t = "wor"; print((strstr($s, $t), strstr($s, "hello"), strstr($s, "d"), strstr($s, "worlds")))""", @"\(6, 0, 10, -1\)" },
        { """print((strcap("abc"), strcap(comm)))""", @"\(4, 16\)" },
        { """print((memcmp("abc", "abd", 3), memcmp("abc", "abd", 2)))""", @"\(-1, 0\)" },
        { """print(str(curtask.comm) == comm)""", "true" },
        { """$t = curtask; printf("%s|\n", str($t.comm, 3))""", @"..\|" },
        { """printf("%s %s\n", str(curtask.comm), str(curtask.group_leader.comm))""", @"\S.* \S.*" },
        { """$x = str(curtask.comm); printf("%s %d %s\n", $x, 5, $x)""", @"(?<name>\S.*) 5 \k<name>" },
        { """@m[str(curtask.comm)] = 5; print(@m[comm])""", "0|5" },
        { """printf("%r\n", buf(curtask.comm, 2))""", @"\S+" },
        { """$a = (uint8[4])0x64636261; printf("%r|%d\n", buf($a), 7)""", @"abcd\|7" },
        { """$n = 3; printf("%r|%rx\n", buf(curtask.comm, $n), buf(curtask.comm, 1))""", @"...\|\\x[0-9a-f]{2}" },

        // networking, names
        { """printf("%s\n", ntop(0x0100007f))""", @"127\.0\.0\.1" },
        { """printf("%s\n", ntop(2, 0x0100007f))""", @"127\.0\.0\.1" },
        { """printf("%s\n", ntop(pton("10.1.2.3")))""", @"10\.1\.2\.3" },
        { """printf("%s\n", ntop(pton("2001:db8::1")))""", "2001:db8::1" },
        { """print(ntop(pton("::1")))""", "::1" },
        { """print((bswap((uint16)0x1234) == 0x3412, bswap((uint32)0x12345678) == 0x78563412, bswap((uint64)1) == 0x100000000000000, bswap((uint8)5)))""", @"\(true, true, true, 5\)" },
        { """print((strerror(1), signal_name(9), syscall_name(0)))""", @"\(Operation not permitted, Killed, read\)" },
        { """print(cgroupid("/sys/fs/cgroup") > 0)""", "true" },
        { """print(cgroup_path(5))""", @"\*:5" },
        { """print(cgroup_path(5, "x*"))""", @"x\*:5" },

        // symbols, stacks, pointers
        { """print(ksym(kaddr("vprintk")) == ksym(kaddr("vprintk")))""", "true" },
        { """printf("%s\n", ksym(0x1234))""", "k1234" },
        { """printf("%s\n", usym(0x1234))""", @"u1234 \d+ begin" },
        { """print(len(kstack) > 0)""", "true" },
        { """print((len(kstack(3)), len(kstack(perf, 2))))""", @"\(3, 2\)" },
        { """print(len(ustack) > 0)""", "true" },
        { """@[kstack] = 1; @[kstack] = 2; print(len(@))""", "2" },
        { """print((is_err((void*)(int64)-1), is_err((void*)(int64)-4096), is_err((void*)0)))""", @"\(true, false, false\)" },

        // maps
        { """@m[1] = 5; print((has_key(@m, 1), has_key(@m, 2)))""", @"\(true, false\)" },
        { """@m[1] = 5; print((delete(@m, 1), delete(@m, 1), has_key(@m, 1)))""", @"\(true, false, false\)" },
        { """@m[1] = 5; delete(@m[1]); print(has_key(@m, 1))""", "false" },
        { """@m = 5; delete(@m); print((uint64)@m)""", "0" },
        { """@m[1] = 5; @m[2] = 6; print(len(@m))""", "2" },
        { """@m[1] = (1, "x"); let $v; if (find(@m, 1, $v)) { print($v) } if (!find(@m, 2, $v)) { print("no") }""", @"\(1, x\)\nno" },

        // the hook
        { """print(probe)""", "begin" },
        { """print(probetype)""", "special" },
    };

    [KernelTheory]
    [MemberData(nameof(Cases))]
    public void Begin_Statements_Print(string statements, string expected)
    {
        string text = ScriptRun.Text($"begin {{ {statements} }}").TrimEnd('\n');
        Assert.True(Regex.IsMatch(text, $"^({expected})$", RegexOptions.Singleline), $"got: {text}");
    }
}
