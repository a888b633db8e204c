// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Features;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;

namespace Nectar.GuestTests.Tests;

/// <summary>Objects of clang: relocations against this kernel's types, its configuration, its symbols.</summary>
internal static class ObjectTests
{
    internal static readonly GuestTest[] All =
    [
        new("object/core_relocations", Relocations, Needs.Root, Needs.Fixture("core"), AllSymbols),
        new("object/configuration_values", Configuration, Needs.Root, Needs.Fixture("core"), AllSymbols),
        new("object/kernel_symbols", Symbols, Needs.Root, Needs.Fixture("core"), AllSymbols),
        new("object/kfuncs_where_the_kernel_has_them", Kfuncs, Needs.Root, Needs.Fixture("core"), AllSymbols),
        new("object/missing_hook_names_the_nearest", MissingHook, Needs.Root, Needs.Fixture("module"), Needs.ModuleBtf("veth")),
        new("object/every_fixture_reads", EveryFixture),
    ];

    private static string? AllSymbols() => Needs.IsConfigured("KALLSYMS_ALL") ? null : "this kernel does not list its variables (CONFIG_KALLSYMS_ALL)";

    private static KernelObject Run()
    {
        KernelObject loaded = KernelObject.Load(Fixtures.Read("core"));
        try
        {
            Check.Equal(0u, loaded.Programs["core"].TestRun(default).ReturnValue);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    private static void Relocations()
    {
        using KernelObject core = Run();
        Check.Equal((uint)Environment.ProcessId, core.Get<uint>("tgid"));
        Check.True(core.Get<uint>("pid") > 0);
        Check.True(core.GetText("comm").Length > 0);
        Check.Equal(0, core.Get<int>("has_gone"));
        Check.Equal(16ul, core.Get<ulong>("comm_size"));
        BtfTypes kernel = BtfTypes.Parse(File.ReadAllBytes("/sys/kernel/btf/vmlinux"));
        Check.Equal((ulong)kernel[kernel.FindByName("task_struct", BtfKind.Struct)].Size, core.Get<ulong>("task_size"));
        // PIDTYPE_PID is 0, then TGID, PGID, SID in every kernel since 5.0.
        Check.Equal(3ul, core.Get<ulong>("sid"));
    }

    private static void Configuration()
    {
        using KernelObject core = Run();
        Check.Equal(KernelRelease.Running.Code, core.Get<uint>("version"));
        Check.Equal(KernelConfig.Running!.FindNumber("CONFIG_HZ"), core.Get<uint>("hz"));
        Check.Equal(1, core.Get<int>("has_syscall"));
        Check.Equal(0, core.Get<int>("unset_option"));
    }

    private static void Symbols()
    {
        using KernelObject core = Run();
        string line = File.ReadLines("/proc/kallsyms").First(l => l.EndsWith(" init_task", StringComparison.Ordinal));
        Check.Equal(Convert.ToUInt64(line[..line.IndexOf(' ')], 16), core.Get<ulong>("init_task_address"));
        Check.Contains("swapper", core.GetText("init_comm"));
        Check.Equal(0, core.Get<int>("has_weak"));
    }

    private static void Kfuncs()
    {
        using KernelObject core = Run();
        // bpf_rcu_read_lock came with 6.2.
        Check.Equal(Needs.Running >= new Version(6, 2) ? 1 : 0, core.Get<int>("has_rcu_kfuncs"));
    }

    private static void MissingHook()
    {
        BpfObject source = Fixtures.Read("module");
        source.Programs["on_xmit"].AttachTarget = "veth_xmitt";
        KernelException refused = Check.Throws<KernelException>(() => KernelObject.Load(source).Dispose());
        Check.Contains("program 'on_xmit'", refused.Message);
        Check.Contains("veth_xmitt", refused.Message);
    }

    private static void EveryFixture()
    {
        string folder = Path.GetDirectoryName(Fixtures.Find("core") ?? throw new SkipException("no fixtures were compiled"))!;
        foreach (string path in Directory.GetFiles(folder, "*.bpf.o"))
        {
            Check.True(ObjectReader.Read(File.ReadAllBytes(path), path).Programs.Count > 0, path);
        }
    }
}
