// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Cleanup;
using Nectar.Linux.Links.Network;

namespace Nectar.KernelTests.Faults;

/// <summary>What a cleanup takes for a leftover, and what it leaves alone.</summary>
public sealed class LeftoversTests
{
    [NetworkFact]
    public void LivingProcess_IsLeftAlone()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            using CountingProgram program = new(ProgramType.SchedCls, 0);
            using (BpfLink link = Tc.Attach(program.Program, "v0", TcDirection.Ingress, new TcOptions { Method = TcMethod.Filter }))
            {
                Assert.NotEmpty(OwnNotes());
                Assert.DoesNotContain(Leftovers.Find(), leftover => leftover.ProcessId == Environment.ProcessId);
            }

            Assert.DoesNotContain(OwnNotes(), note => note.Contains($" {program.Id}\n", StringComparison.Ordinal));
        });
    }

    [NetworkFact]
    public void NoteOfADeadProcess_AboutSomebodyElsesProgram_IsForgotten()
    {
        using NetworkNamespace space = new();
        space.AddVethPair();
        space.Run(() =>
        {
            using CountingProgram program = new(ProgramType.SchedCls, 0);
            using BpfLink link = Tc.Attach(program.Program, "v0", TcDirection.Ingress, new TcOptions { Method = TcMethod.Filter });
            string path = $"{LeftoverNote.DefaultDirectory}/2147483646.1.1"; // no process has this number
            int index = Nectar.Linux.Network.NetworkInterfaces.IndexOf("v0");
            File.WriteAllText(path, $"TcFilter {LeftoverNote.CurrentNamespace()} {index} Ingress {program.Id + 1000}\n");
            Assert.DoesNotContain(Leftovers.Find(), leftover => leftover.ProcessId == 2147483646);
            Assert.False(File.Exists(path));
            Assert.True(link.IsAttached);

            // The same note with the right program is a leftover, and goes.
            File.WriteAllText(path, $"TcFilter {LeftoverNote.CurrentNamespace()} {index} Ingress {program.Id}\n");
            Leftover found = Leftovers.Find().Single(leftover => leftover.ProcessId == 2147483646);
            Assert.Contains($"(program {program.Id}, priority", found.Description, StringComparison.Ordinal);
            Assert.True(found.Remove());
            Assert.False(link.IsAttached);
            Assert.False(File.Exists(path));
        });
    }

    [BpfFact]
    public void Notes_ThatAreDamaged_AreForgotten()
    {
        Directory.CreateDirectory(LeftoverNote.DefaultDirectory);
        string[] texts = ["", "TcFilter net:[1] 1", "Nonsense 1 2 3\n", "Xdp net:[1] x Generic 1\n", "StructOps 4294967295\n", "CgroupProgram CgroupInetIngress 1 /no/such/group\n", "TcFilter net:[1] 1 Ingress 1\n"];
        for (int i = 0; i < texts.Length; i++) File.WriteAllText($"{LeftoverNote.DefaultDirectory}/2147483645.1.{i}", texts[i]);
        Assert.DoesNotContain(Leftovers.Find(), leftover => leftover.ProcessId == 2147483645);
        Assert.Empty(Directory.GetFiles(LeftoverNote.DefaultDirectory, "2147483645.*"));
    }

    private static string[] OwnNotes() => [.. Directory.GetFiles(LeftoverNote.DefaultDirectory, $"{Environment.ProcessId}.*").Select(File.ReadAllText)];
}
