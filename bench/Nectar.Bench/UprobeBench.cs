// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;

namespace Nectar.Bench;

/// <summary>
/// A thousand uprobes in a library of its own, through one link and the older way; wall time, since most of it is waiting. Leaves
/// <c>FOLDER/uprobe.bpf.o</c> and <c>FOLDER/libplaces.so</c> for the peer.
/// </summary>
internal static class UprobeBench
{
    private const int Places = 1000, Single = 50;

    private const string Text = """
        .license "GPL"
        .section "SECTION"
        .global probe
        probe:
            r0 = 0
            exit
        """;

    internal static int Run(string[] arguments)
    {
        string folder = arguments.Length > 0 ? arguments[0] : Path.GetTempPath();
        string library = Path.Combine(folder, "libplaces.so"), source = Path.Combine(folder, "places.c");
        File.WriteAllText(source, string.Concat(Enumerable.Range(0, Places).Select(i => string.Create(CultureInfo.InvariantCulture, $"int place{i}(int a) {{ return a * {i + 3}; }}\n"))));
        using (Process compiler = Process.Start("gcc", ["-O1", "-shared", "-fPIC", source, "-o", library])) compiler.WaitForExit();
        File.WriteAllBytes(Path.Combine(folder, "uprobe.bpf.o"), ObjectWriter.ToArray(Make("uprobe")));

        using (KernelObject many = KernelObject.Load(Make("uprobe.multi")))
        {
            double attach = 0, detach = 0;
            const int Rounds = 5;
            for (int i = 0; i < Rounds; i++)
            {
                BpfLink? link = null;
                attach += Time(() => link = UprobeMulti.Attach(many.Programs["probe"], library, "place*", new UprobeMultiOptions { RequireOneLink = true }));
                detach += Time(link!.Dispose);
            }

            Figures.Print($"uprobes/{Places}/one-link/attach", attach / Rounds, "ms");
            Figures.Print($"uprobes/{Places}/one-link/detach", detach / Rounds, "ms");
        }

        using KernelObject each = KernelObject.Load(Make("uprobe"));
        LinkGroup? group = null;
        double made = Time(() => group = (LinkGroup)Uprobes.Attach(each.Programs["probe"], library, "place1?"));
        group!.Dispose();
        group.Removal.Wait();
        List<BpfLink> links = [];
        made = Time(() =>
        {
            for (int i = 0; i < Single; i++) links.Add(Uprobes.Attach(each.Programs["probe"], library, $"place{i}"));
        });
        double off = 0;
        Task removal = Task.CompletedTask;
        off = Time(() => removal = LinkGroup.DisposeAll(links));
        double removed = off + Time(removal.Wait);
        Figures.Print($"uprobes/{Single}/single/attach", made, "ms");
        Figures.Print($"uprobes/{Single}/single/programs-off", off, "ms");
        Figures.Print($"uprobes/{Single}/single/removed", removed, "ms");
        return 0;
    }

    private static BpfObject Make(string section) => Assembler.Assemble(Text.Replace("SECTION", section, StringComparison.Ordinal));

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
