// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.CompilerTests.Support;

/// <summary>What one run gave.</summary>
/// <param name="Result">The program's verdict.</param>
/// <param name="Packet">The packet as it left it.</param>
internal sealed record RunOutcome(uint Result, byte[] Packet)
{
    public bool Equals(RunOutcome? other) => other is not null && Result == other.Result && Packet.AsSpan().SequenceEqual(other.Packet);

    public override int GetHashCode() => HashCode.Combine(Result, Packet.Length);

    public override string ToString() => $"0x{Result:x} {Convert.ToHexString(Packet)}";
}

/// <summary>What a program gave on a machine over some packets: the outcome of each run, and what is in the maps at the end.</summary>
internal sealed record MachineOutcome(string Machine, IReadOnlyList<RunOutcome> Runs, string Maps);

/// <summary>Runs a packet program over the same packets on the machines of this process and in the kernel.</summary>
internal static class Engines
{
    /// <summary>The machines of this process.</summary>
    internal static readonly (string Name, VmEngine Engine, VmRegime Regime)[] Here =
    [
        ("interpreter", VmEngine.Interpreter, VmRegime.Checked),
        .. JitCompiler.IsSupported ? new[] { ("JIT", VmEngine.Jit, VmRegime.Verified) } : [],
    ];

    /// <summary>Runs programs of an object on every machine; the kernel too where it can be used.</summary>
    /// <param name="source">The object.</param>
    /// <param name="programs">The programs with their packets; maps are fresh for each program.</param>
    /// <param name="compare">Is given each program's outcomes, one a machine.</param>
    /// <param name="maps">Which maps' contents count; null for arrays and hash maps with keys of four bytes.</param>
    internal static void Run(BpfObject source, IReadOnlyList<(string Program, byte[][] Packets)> programs, Action<string, IReadOnlyList<MachineOutcome>> compare, Func<MapDefinition, bool>? maps = null)
    {
        maps ??= map => map.KeySize == 4 && map.Type is MapType.Array or MapType.Hash && map.Role != MapRole.ReadOnlyData;
        foreach ((string program, byte[][] packets) in programs)
        {
            List<MachineOutcome> outcomes = [];
            foreach ((string name, VmEngine engine, VmRegime regime) in Here) outcomes.Add(RunHere(source, program, packets, name, engine, regime, maps));
            if (BpfAccess.Unavailable is null) outcomes.Add(RunInKernel(source, program, packets, maps));
            compare(program, outcomes);
        }
    }

    private static MachineOutcome RunHere(BpfObject source, string program, byte[][] packets, string name, VmEngine engine, VmRegime regime, Func<MapDefinition, bool> maps)
    {
        using VmObject loaded = VmObject.Load(source, new VmOptions { Engine = engine, Regime = regime, Programs = [program] });
        List<RunOutcome> runs = [];
        foreach (byte[] packet in packets)
        {
            RunResult result = loaded.Programs[program].Run(packet);
            if (result.Fault is { } fault) throw new InvalidOperationException($"{name}: {program}: {fault}");
            runs.Add(new RunOutcome(result.ReturnValue, result.Packet));
        }

        return new MachineOutcome(name, runs, Contents(source, maps, (map, key, value) => loaded.Maps[map].Lookup(key, value) == Errno.None));
    }

    private static MachineOutcome RunInKernel(BpfObject source, string program, byte[][] packets, Func<MapDefinition, bool> maps)
    {
        using KernelObject loaded = KernelObject.Load(source, new KernelLoadOptions { Programs = [program] });
        List<RunOutcome> runs = [];
        foreach (byte[] packet in packets)
        {
            TestRunResult result = loaded.Programs[program].TestRun(new TestRunInput { Data = packet });
            runs.Add(new RunOutcome(result.ReturnValue, result.Data));
        }

        return new MachineOutcome("kernel", runs, Contents(source, maps, (map, key, value) => loaded.Maps[map].Lookup(key, value) == Errno.None));
    }

    private delegate bool LookupElement(int map, ReadOnlySpan<byte> key, Span<byte> value);

    private static string Contents(BpfObject source, Func<MapDefinition, bool> counts, LookupElement lookup)
    {
        StringBuilder text = new();
        for (int i = 0; i < source.Maps.Count; i++)
        {
            MapDefinition map = source.Maps[i];
            if (!counts(map)) continue;
            byte[] value = new byte[map.ValueSize];
            text.Append(map.Name).Append(':');
            for (int key = 0; key < Math.Min(map.MaxEntries, 16u); key++)
            {
                if (lookup(i, BitConverter.GetBytes(key), value)) text.Append(' ').Append(key).Append('=').Append(Convert.ToHexString(value));
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
