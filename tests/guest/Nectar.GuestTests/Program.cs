// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// The test program of the guest kernels. In a guest it is PID 1; on a developer's machine it runs the same tests, with skips, and
// does the chores of eng/test-guest: it packs the initramfs and reads back what a guest reported.
using Nectar.GuestTests.Harness;
using Nectar.GuestTests.Tests;

if (Guest.IsInit) return Guest.Run(Registry.All);

switch (args)
{
    case ["--list", .. var rest]:
        foreach (GuestTest test in Registry.Matching(Registry.All, rest.FirstOrDefault())) Console.WriteLine(test.Name);
        return 0;
    case ["--pack", var output, .. var parts]:
        return Initramfs.Pack(output, parts);
    case ["--scripts", var folder]:
        return ScriptObjectTests.Write(folder);
    case ["--collect", var kernel, var frames, var stopped]:
        return Collector.Print(kernel, frames, stopped, Console.Out);
    case ["--as-child", .. var rest]:
        return ChildRoles.Run(rest);
    case [] or [_] when args.Length == 0 || !args[0].StartsWith('-'):
        return HostRun.Run(Registry.Matching(Registry.All, args.FirstOrDefault()));
    default:
        Console.Error.WriteLine("""
            usage: Nectar.GuestTests [FILTER]                       run the tests on this machine's kernel
                   Nectar.GuestTests --list [FILTER]                name them
                   Nectar.GuestTests --pack OUTPUT PART...          write an initramfs: FILE=PATH, PATH/, or modules:TREE:NAME,NAME
                   Nectar.GuestTests --scripts FOLDER               compile the scripts that guests run as objects
                   Nectar.GuestTests --collect KERNEL FRAMES WHY    print what a guest reported; WHY: how the machine ended
            """);
        return 2;
}
