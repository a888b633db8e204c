// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Features;

/// <summary>Probes of what the verifier accepts: instructions, loops, helpers.</summary>
internal static class CodeProbes
{
    internal static FeatureStatus Large()
    {
        Instruction[] code = new Instruction[4098];
        Array.Fill(code, KernelProbe.Move(0, 0));
        code[^1] = KernelProbe.Exit;
        return Try(code);
    }

    internal static FeatureStatus Loop() => Try(
        KernelProbe.Move(0, 10),
        new(0x17, 0, 0, 0, 1), // r0 -= 1
        new(0x55, 0, 0, -2, 0), // if r0 != 0 goto -2
        KernelProbe.Exit);

    internal static FeatureStatus V2() => Try(KernelProbe.Move(0, 0), new(0xa5, 0, 0, 0, 1), KernelProbe.Exit); // if r0 < 1 goto +0

    internal static FeatureStatus V3() => Try(KernelProbe.Move(0, 0), new(0x16, 0, 0, 0, 1), KernelProbe.Exit); // if w0 == 1 goto +0

    internal static FeatureStatus V4() => Try(KernelProbe.Move(0, 0), new(0xbf, 0, 0, 8, 0), KernelProbe.Exit); // r0 = (s8)r0

    internal static FeatureStatus AtomicFetch() => Try(
        KernelProbe.Move(0, 0),
        new(0x7b, 10, 0, -8, 0), // *(u64 *)(r10 - 8) = r0
        new(0xdb, 10, 0, -8, 1), // r0 = atomic_fetch_add((u64 *)(r10 - 8), r0)
        KernelProbe.Exit);

    internal static FeatureStatus LoadAcquire() => Try(
        new(0x7a, 10, 0, -8, 0), // *(u64 *)(r10 - 8) = 0
        new(0xdb, 0, 10, -8, 0x100), // r0 = load_acquire((u64 *)(r10 - 8))
        KernelProbe.Exit);

    // It jumps over something: kernel 6.12 refuses one by 0.
    internal static FeatureStatus MayGoto() => Try(KernelProbe.Move(0, 0), new(0xe5, 0, 0, 1, 0), KernelProbe.Move(0, 0), KernelProbe.Exit);

    internal static FeatureStatus XdpFrags() => MiscProbes.Answer(KernelProbe.Load(ProgramType.Xdp, KernelProbe.Nothing, out _, AttachType.Xdp, SectionNames.XdpHasFrags));

    /// <summary>A helper in one kind of program.</summary>
    internal static FeatureStatus Helper(ProgramType type, string name) => KernelFeatures.ProbeHelper(type, HelperNames.IdOf(name));

    private static FeatureStatus Try(params ReadOnlySpan<Instruction> code) => MiscProbes.Answer(KernelProbe.Load(ProgramType.SocketFilter, code, out _));
}
