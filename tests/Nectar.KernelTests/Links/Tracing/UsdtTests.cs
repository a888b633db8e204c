// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Runtime.InteropServices;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Links.Tracing;

[Collection(nameof(Native))] // they count calls of the same functions in the same process
public sealed unsafe class UsdtTests
{
    private static readonly Lazy<nint> s_library = new(() => NativeLibrary.Load(NativePrograms.ProbedLibrary()));

    [KernelTheory("gcc", "clang-19")]
    [InlineData(true)]
    [InlineData(false)]
    public void Attach_ProgramOfUsdtHeader_GetsTheArgumentsOfEachPlace(bool asMulti)
    {
        using KernelObject loaded = Load(asMulti);
        Assert.Equal(0, Listeners());
        using (UsdtLink link = UsdtProbes.Attach(loaded.Programs["on_probe"], NativePrograms.ProbedLibrary(), "demo", "pair", new UsdtOptions { Cookie = 1234 }))
        {
            Assert.True(Listeners() > 0); // the semaphore counts up
            Fire(-5, 1L << 40, -300);
            Assert.Equal((-5, 1L << 40, -300, 1234, 3), (Get(loaded, "first"), Get(loaded, "second"), Get(loaded, "third"), Get(loaded, "cookie"), Get(loaded, "count")));
            Fire(4, 77, 0);
            Assert.Equal((77, 4, 0xfffffff9), (Get(loaded, "first"), Get(loaded, "second"), Get(loaded, "third")));
            Assert.Equal(2, Get(loaded, "hits"));
            Assert.Empty(link.Notes);
        }

        Fire(1, 1, 1);
        Assert.Equal(2, Get(loaded, "hits"));
        Assert.True(SpinWait.SpinUntil(() => Listeners() == 0, TimeSpan.FromSeconds(10))); // single uprobes are removed in the background
    }

    [KernelFact("gcc", "clang-19")]
    public void Attach_ToAProcess_FindsTheProbeInWhatItMaps()
    {
        using KernelObject loaded = Load(asMulti: true);
        Assert.NotEqual(0, s_library.Value);
        using UsdtLink link = UsdtProbes.Attach(loaded.Programs["on_probe"], null, "demo", "pair", new UsdtOptions { ProcessId = Environment.ProcessId });
        Fire(3, 4, 5);
        Assert.Equal((3, 4, 5), (Get(loaded, "first"), Get(loaded, "second"), Get(loaded, "third")));
    }

    [KernelFact("gcc", "clang-19")]
    public void Attach_Again_TakesTheFreedSlots()
    {
        using KernelObject loaded = Load(asMulti: true);
        for (int i = 0; i < 5; i++)
        {
            using UsdtLink link = UsdtProbes.Attach(loaded.Programs["on_probe"], NativePrograms.ProbedLibrary(), "demo", "pair", new UsdtOptions { Cookie = (ulong)i });
            using UsdtLink second = UsdtProbes.Attach(loaded.Programs["on_probe"], NativePrograms.ProbedLibrary(), "", "pair", new UsdtOptions { Cookie = (ulong)i });
            Fire(1, 2, 3);
            Assert.Equal(i, Get(loaded, "cookie"));
        }

        Assert.Equal(10, Get(loaded, "hits"));
        byte[] value = new byte[loaded.Maps["__bpf_usdt_specs"].Definition.ValueSize];
        int fourth = 4; // two links of two specs each never reach it
        Assert.Equal(Errno.None, loaded.Maps["__bpf_usdt_specs"].Lookup(MemoryMarshal.AsBytes(new Span<int>(ref fourth)), value));
        Assert.DoesNotContain(value, b => b != 0);
    }

    [KernelFact("gcc", "clang-19")]
    public void Attach_UnreadableArgument_IsRefusedUnlessAllowed()
    {
        using KernelObject loaded = Load(asMulti: true);
        KernelException refused = Assert.Throws<KernelException>(() => UsdtProbes.Attach(loaded.Programs["on_probe"], NativePrograms.ProbedLibrary(), "demo", "vector"));
        Assert.Contains("NEC4108", refused.Message, StringComparison.Ordinal);
        Assert.Contains("argument 0 of '8f@%xmm0", refused.Message, StringComparison.Ordinal);
        using UsdtLink link = UsdtProbes.Attach(loaded.Programs["on_probe"], NativePrograms.ProbedLibrary(), "demo", "vector", new UsdtOptions { AllowUnreadable = true });
        Assert.Contains("argument 0", Assert.Single(link.Notes), StringComparison.Ordinal);
        Fire(6, 0, 0);
        Assert.Equal((0, 6), (Get(loaded, "first"), Get(loaded, "second")));
    }

    [KernelFact("gcc")]
    public void Attach_ProgramWithoutSpecs_NeedsToSaySo()
    {
        using CountingProgram counter = CountingProgram.Load("usdt", CountingProgram.Cookie);
        KernelException refused = Assert.Throws<KernelException>(() => UsdtProbes.Attach(counter.Program, NativePrograms.ProbedLibrary(), "demo", "plain"));
        Assert.Contains("__bpf_usdt_specs", refused.Message, StringComparison.Ordinal);
        using UsdtLink link = UsdtProbes.Attach(counter.Program, NativePrograms.ProbedLibrary(), "demo", "plain", new UsdtOptions { WithoutArguments = true, Cookie = 8 });
        Fire(1, 1, 1);
        Assert.Equal((1ul, 8ul), (counter.Runs, counter.Value));
    }

    [KernelFact("gcc")]
    public void Attach_UnknownProbe_NamesTheNearest()
    {
        using CountingProgram counter = CountingProgram.Load("usdt");
        NectarException inFile = Assert.ThrowsAny<NectarException>(() => UsdtProbes.Attach(counter.Program, NativePrograms.ProbedLibrary(), "demo", "pairs"));
        Assert.Contains("demo:pair", inFile.Message, StringComparison.Ordinal);
        Assert.NotEqual(0, s_library.Value);
        NectarException inProcess = Assert.ThrowsAny<NectarException>(() => UsdtProbes.Attach(counter.Program, null, "demo", "plaim", new UsdtOptions { ProcessId = Environment.ProcessId }));
        Assert.Contains("demo:plain", inProcess.Message, StringComparison.Ordinal);
    }

    private static KernelObject Load(bool asMulti)
    {
        BpfObject source = ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, "usdt.bpf.c"), options: "-g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_x86"), "usdt");
        KernelObject loaded = KernelObject.Load(source);
        if (asMulti) return loaded;
        loaded.Dispose();
        source.Programs["on_probe"].ExpectedAttachType = AttachType.CgroupInetIngress; // 0, what single uprobes have
        return KernelObject.Load(source);
    }

    private static long Get(KernelObject loaded, string name)
    {
        GlobalVariable variable = loaded.Source.Globals[name];
        byte[] value = new byte[variable.Map.ValueSize];
        uint zero = 0;
        Assert.Equal(Errno.None, loaded.Maps[variable.Map.Name].Lookup(MemoryMarshal.AsBytes(new Span<uint>(ref zero)), value));
        return BitConverter.ToInt64(value, variable.Offset);
    }

    private static int Listeners() => ((delegate* unmanaged<int>)NativeLibrary.GetExport(s_library.Value, "listeners"))();

    private static void Fire(int a, long b, short c) => ((delegate* unmanaged<int, long, short*, void>)NativeLibrary.GetExport(s_library.Value, "fire"))(a, b, &c);
}
