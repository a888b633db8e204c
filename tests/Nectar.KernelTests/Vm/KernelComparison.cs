// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Vm;

/// <summary>One packet program in the kernel and on every engine of this host: the same result, packet and map contents.</summary>
internal sealed class KernelComparison
{
    private static readonly (string Name, VmEngine Engine, VmRegime Regime)[] s_machines =
    [
        ("interpreter verified", VmEngine.Interpreter, VmRegime.Verified),
        ("interpreter checked", VmEngine.Interpreter, VmRegime.Checked),
        ("interpreter trusted", VmEngine.Interpreter, VmRegime.Trusted),
        .. JitCompiler.IsSupported
            ? new[] { ("JIT verified", VmEngine.Jit, VmRegime.Verified), ("JIT checked", VmEngine.Jit, VmRegime.Checked), ("JIT trusted", VmEngine.Jit, VmRegime.Trusted) }
            : [],
    ];

    /// <summary>Keys that hash maps start with.</summary>
    private readonly IReadOnlyList<byte[]> _keys;

    /// <summary>Makes a comparison.</summary>
    /// <param name="keys">Keys that hash maps start with (values zero), and that are read back afterwards; arrays are read whole.</param>
    internal KernelComparison(IReadOnlyList<byte[]>? keys = null) => _keys = keys ?? [];

    internal static string Machines => "kernel, " + string.Join(", ", s_machines.Select(m => m.Name));

    /// <summary>What the verifier said if the kernel refused the last program; else null.</summary>
    internal string? Refusal { get; private set; }

    /// <summary>What our own verifier said if it refused the last program, which the kernel took; else null.</summary>
    internal string? Disagreement { get; private set; }

    /// <summary>Runs the first program of an object everywhere; null if all agree, else what differs. <see cref="Refusal"/> is set if the kernel refused it.</summary>
    internal string? Compare(BpfObject source, byte[] packet, int runs = 1)
    {
        Refusal = Disagreement = null;
        KernelObject there;
        try
        {
            there = KernelObject.Load(source);
        }
        catch (VerificationException refused)
        {
            Refusal = refused.Log;
            return null;
        }

        using (there)
        {
            foreach (KernelMap map in there.Maps)
            {
                if (map.Definition.Type == MapType.Hash) foreach (byte[] key in _keys) map.Update(key, new byte[map.UserValueSize]);
            }

            Outcome expected = default;
            for (int i = 0; i < runs; i++)
            {
                TestRunResult run = there.Programs[0].TestRun(new TestRunInput { Data = packet });
                expected = new Outcome(run.ReturnValue, Convert.ToHexString(run.Data), "");
            }

            expected = expected with { Maps = Contents(source, (map, key, value) => there.Maps[map].Lookup(key, value) == Errno.None) };
            foreach ((string name, VmEngine engine, VmRegime regime) in s_machines)
            {
                Outcome? actual = RunHere(source, packet, runs, engine, regime);
                if (actual is null) continue;
                if (actual != expected) return $"{name}: {actual}\nkernel: {expected}";
            }

            return null;
        }
    }

    /// <summary>True if all engines of this host give the same, whatever the kernel says.</summary>
    internal bool EnginesAgree(BpfObject source, byte[] packet) =>
        s_machines.Select(m => RunHere(source, packet, 1, m.Engine, m.Regime)).OfType<Outcome>().Distinct().Count() == 1;

    private Outcome? RunHere(BpfObject source, byte[] packet, int runs, VmEngine engine, VmRegime regime)
    {
        if (regime == VmRegime.Verified && ProgramVerifier.Verify(source, source.Programs[0].Name) is { IsAccepted: false } refused)
        {
            Disagreement = refused.Explanation!.ToString();
            return null;
        }

        using VmObject loaded = VmObject.Load(source, new VmOptions { Engine = engine, Regime = regime });
        foreach (BpfMap map in loaded.Maps)
        {
            if (map.Definition.Type == MapType.Hash) foreach (byte[] key in _keys) map.Update(key, new byte[map.UserValueSize]);
        }

        RunResult? result = null;
        for (int i = 0; i < runs; i++) result = loaded.Programs[0].Run(packet);
        if (result!.Fault is { } fault) return new Outcome(0, fault.ToString(), "");
        return new Outcome(result.ReturnValue, Convert.ToHexString(result.Packet), Contents(source, (map, key, value) => loaded.Maps[map].Lookup(key, value) == Errno.None));
    }

    private delegate bool LookupElement(int map, ReadOnlySpan<byte> key, Span<byte> value);

    private string Contents(BpfObject source, LookupElement lookup)
    {
        StringBuilder text = new();
        for (int i = 0; i < source.Maps.Count; i++)
        {
            MapDefinition map = source.Maps[i];
            IEnumerable<byte[]> keys = map.Type == MapType.Array ? Enumerable.Range(0, (int)map.MaxEntries).Select(k => BitConverter.GetBytes(k)) : _keys;
            byte[] value = new byte[map.ValueSize];
            foreach (byte[] key in keys)
            {
                if (!lookup(i, key, value)) text.Append("- ");
                else text.Append(value.AsSpan().ContainsAnyExcept((byte)0) ? Convert.ToHexString(value) : "0").Append(' ');
            }
        }

        return text.ToString();
    }

    private readonly record struct Outcome(uint Result, string Packet, string Maps)
    {
        public override string ToString() => $"result 0x{Result:x}, packet {(Packet.Length > 200 ? Packet[..200] + "…" : Packet)}, maps {(Maps.Length > 200 ? Maps[..200] + "…" : Maps)}";
    }
}
