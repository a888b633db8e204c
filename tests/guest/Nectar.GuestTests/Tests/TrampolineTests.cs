// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;

namespace Nectar.GuestTests.Tests;

/// <summary>fentry, fexit, fmod_ret, BTF tracepoints, and programs on programs.</summary>
internal static class TrampolineTests
{
    private const string Entry = $"fentry/{KprobeTests.Function}", Exit = $"fexit/{KprobeTests.Function}";
    private const string Argument = "r3 = *(u64 *)(r6 + 0)\nr7 = *(u64 *)(r3 + 112)";

    internal static readonly GuestTest[] All =
    [
        new("fentry/sees_each_call", SeesEachCall, Needs.Root, Needs.Trampolines),
        new("fentry/cookie", Cookie, Needs.Root, Needs.Trampolines, Needs.Kernel(6, 0, "cookies of tracing links")),
        new("fentry/test_run", TestRun, Needs.Root, Needs.Trampolines),
        new("fentry/unknown_function", UnknownFunction, Needs.Root, Needs.Trampolines),
        new("fentry/several_programs_at_one_function", Several, Needs.Root, Needs.Trampolines),
        new("fexit/sees_the_result", SeesTheResult, Needs.Root, Needs.Trampolines),
        new("fmod_ret/changes_the_result", ChangesTheResult, Needs.Root, Needs.Trampolines),
        new("fmod_ret/forbidden_function", Forbidden, Needs.Root, Needs.Trampolines),
        new("fentry/function_of_a_module_with_its_types", ModuleFunction, Needs.Root, Needs.Trampolines, Needs.ModuleBtf("veth"), Needs.Fixture("module")),
        new("freplace/replaces_a_function", Replaces, Needs.Root, Needs.Trampolines, Needs.Fixture("target"), Needs.Fixture("extension")),
        new("fentry/on_a_program", OnProgram, Needs.Root, Needs.Trampolines, Needs.Fixture("target"), Needs.Fixture("extension")),
        new("tp_btf/sees_each_call", TypedTracepoint, Needs.Root),
    ];

    private static void SeesEachCall()
    {
        using Probe probe = Probe.Load(Entry, Argument);
        using (Trampolines.Attach(probe.Program))
        {
            for (int i = 0; i < 3; i++) Native.GetSid(KprobeTests.NoSuchProcess);
            Check.Equal(3ul, probe.Hits);
            Check.Equal((ulong)KprobeTests.NoSuchProcess, probe.Value & uint.MaxValue);
        }

        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(3ul, probe.Hits, "after detaching");
    }

    private static void Cookie()
    {
        using Probe probe = Probe.Load(Entry, withCookie: true);
        using BpfLink link = Trampolines.Attach(probe.Program, 0xc00c1e);
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(0xc00c1eul, probe.CookieSeen);
    }

    private static void TestRun()
    {
        using Probe probe = Probe.Load("fentry/bpf_fentry_test1", "r7 = *(u64 *)(r6 + 0)");
        using BpfLink link = Trampolines.Attach(probe.Program);
        probe.Program.TestRun(default);
        Check.Equal(1ul, probe.Hits);
        Check.Equal(1ul, probe.Value & uint.MaxValue);
    }

    private static void UnknownFunction()
    {
        KernelException refused = Check.Throws<KernelException>(() => Probe.Load("fentry/__x64_sys_getsidd").Dispose());
        Check.Contains("__x64_sys_getsidd", refused.Message);
        Check.Contains(KprobeTests.Function, KprobeMultiTests.Text(refused));
    }

    private static void Several()
    {
        using Probe first = Probe.Load(Entry);
        using Probe second = Probe.Load(Entry);
        using Probe third = Probe.Load(Exit);
        using BpfLink a = Trampolines.Attach(first.Program), b = Trampolines.Attach(second.Program), c = Trampolines.Attach(third.Program);
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(1ul, first.Hits);
        Check.Equal(1ul, second.Hits);
        Check.Equal(1ul, third.Hits);
        b.Dispose();
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(2ul, first.Hits);
        Check.Equal(1ul, second.Hits);
    }

    private static void SeesTheResult()
    {
        using Probe probe = Probe.Load(Exit, "r7 = *(u64 *)(r6 + 8)");
        using BpfLink link = Trampolines.Attach(probe.Program);
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(1ul, probe.Hits);
        Check.Equal(KprobeTests.NotFound, probe.Value);
    }

    private static void ChangesTheResult()
    {
        using Probe probe = Probe.Load("fmod_ret/security_task_getsid", verdict: -13);
        using (Trampolines.Attach(probe.Program))
        {
            Check.Equal(-1, Native.GetSid(Environment.ProcessId));
            Check.Equal(13, System.Runtime.InteropServices.Marshal.GetLastPInvokeError());
            Check.Equal(1ul, probe.Hits);
        }

        Check.True(Native.GetSid(Environment.ProcessId) >= 0);
    }

    private static void Forbidden()
    {
        NectarException refused = Check.Throws<NectarException>(() => Probe.Load($"fmod_ret/{KprobeTests.Function}").Dispose());
        Check.Contains("program 'probe'", refused.Message);
    }

    private static void ModuleFunction()
    {
        using VethPair pair = VethPair.Create();
        BpfObject source = Fixtures.Read("module");
        source.Globals["wanted"].Set(pair.Index);
        using KernelObject loaded = KernelObject.Load(source);
        using BpfLink link = Trampolines.Attach(loaded.Programs["on_xmit"]);
        pair.Send();
        Check.Soon(() => loaded.Get<ulong>("calls") > 0);
        Check.Equal(pair.Index, loaded.Get<int>("device"));
        Check.Equal(pair.PeerIndex, loaded.Get<int>("peer"));
        Check.Equal(1500, loaded.Get<int>("mtu"));
        Check.True(loaded.Get<ulong>("private_size") >= 32);
    }

    private static void Replaces()
    {
        using KernelObject target = KernelObject.Load(Fixtures.Read("target"));
        KernelProgram outer = target.Programs["outer"];
        Check.Equal(1u, Verdict(outer));
        using KernelObject extension = KernelObject.Load(Fixtures.Read("extension"), new KernelLoadOptions { Programs = ["replacement"], AttachPrograms = new Dictionary<string, KernelProgram> { ["replacement"] = outer } });
        using (Trampolines.Replace(extension.Programs["replacement"])) Check.Equal(2u, Verdict(outer));
        Check.Equal(1u, Verdict(outer));
    }

    private static void OnProgram()
    {
        using KernelObject target = KernelObject.Load(Fixtures.Read("target"));
        KernelProgram outer = target.Programs["outer"];
        using KernelObject watchers = KernelObject.Load(Fixtures.Read("extension"), new KernelLoadOptions
        {
            Programs = ["on_entry", "on_exit"],
            AttachPrograms = new Dictionary<string, KernelProgram> { ["on_entry"] = outer, ["on_exit"] = outer },
        });
        using BpfLink entry = Trampolines.Attach(watchers.Programs["on_entry"]), exit = Trampolines.Attach(watchers.Programs["on_exit"]);
        Verdict(outer);
        Verdict(outer);
        Check.Equal(2ul, watchers.Get<ulong>("entries"));
        Check.Equal(2ul, watchers.Get<ulong>("exits"));
        Check.Equal(1, watchers.Get<int>("seen"));
    }

    private static void TypedTracepoint()
    {
        using Probe probe = Probe.Load("tp_btf/sys_enter", "r1 = *(u64 *)(r6 + 8)\nif r1 != 124 goto out\nr7 = r1");
        using BpfLink link = Trampolines.Attach(probe.Program);
        Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(1ul, probe.Hits);
    }

    private static uint Verdict(KernelProgram program) => program.TestRun(new TestRunInput { Data = new byte[64] }).ReturnValue;
}
