// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Debugging;
using Nectar.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.Tests.Vm.Debugging;

/// <summary>Programs that others wrote, from packages: NECTAR_DEBUG_OBJECTS names another folder with objects.</summary>
public sealed class DebugRealObjectsTests(ITestOutputHelper output)
{
    private const string Packaged = "/usr/lib/x86_64-linux-gnu/bpf";
    private const long MostSteps = 20_000;

    [FileFact(Packaged + "/xdp-dispatcher.o")]
    public void Programs_FromPackages_AreRepeatedExactly()
    {
        Random random = new(7);
        byte[] packet = Host.Asm.Packet(100);
        int programs = 0;
        foreach (string path in Directory.GetFiles(Environment.GetEnvironmentVariable("NECTAR_DEBUG_OBJECTS") ?? Packaged, "*.o").Order())
        {
            BpfObject source;
            try
            {
                source = ObjectReader.Read(File.ReadAllBytes(path), Path.GetFileName(path));
            }
            catch (NectarException)
            {
                continue;
            }

            foreach (ProgramDefinition program in source.Programs.Where(p => p.Type is ProgramType.Xdp or ProgramType.SchedCls or ProgramType.SocketFilter or ProgramType.RawTracepoint).Take(4))
            {
                if (Repeats(source, program.Name, packet, random, path)) programs++;
            }
        }

        output.WriteLine($"{programs} programs");
        Assert.True(programs > 5, $"{programs} programs");
    }

    /// <summary>Walks the whole run, remembers all states, and goes to some of them again; false for a program that this host cannot load.</summary>
    private static bool Repeats(BpfObject source, string program, byte[] packet, Random random, string path)
    {
        DebugSession session;
        try
        {
            byte[] input = ContextLayout.For(source.Programs[program].Type).Name is "xdp_md" or "__sk_buff" ? packet : [];
            session = new DebugSession(new DebugTarget(source, program) { Inputs = [new DebugInput(input), new DebugInput(input)], Options = new VmOptions { CpuCount = 1, Programs = [program] } });
        }
        catch (LoadException)
        {
            return false;
        }

        using (session)
        {
            Dictionary<(int, long), string> states = [];
            for (long n = 0; n < MostSteps; n++)
            {
                states[(session.Stop.Run, session.Stop.Step)] = DebugPrograms.State(session);
                if (session.Stop.Reason == DebugStopReason.RunEnded && session.Stop.Run == 1) break;
                if (states.Count > 3000) break;
                session.StepInstruction();
            }

            (int Run, long Step)[] places = [.. states.Keys];
            for (int i = 0; i < 8; i++)
            {
                (int run, long step) = places[random.Next(places.Length)];
                session.GoTo(run, step);
                Assert.True((run, step) == (session.Stop.Run, session.Stop.Step), $"{path} {program}: {run}/{step} became {session.Stop}");
                Assert.True(states[(run, step)] == DebugPrograms.State(session), $"{path} {program}: another state at {run}/{step}");
                session.ReverseLine();
                if (states.TryGetValue((session.Stop.Run, session.Stop.Step), out string? known)) Assert.True(known == DebugPrograms.State(session), $"{path} {program}: another state behind {run}/{step}");
            }
        }

        return true;
    }
}
