// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// Proves that the libraries and the command work when compiled natively: the exit code is the verdict.
// usage: Nectar.AotTests NECTAR_COMMAND REPOSITORY
using Nectar.AotTests;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: Nectar.AotTests NECTAR_COMMAND REPOSITORY");
    return 2;
}

int passed = 0, failed = 0;
foreach ((string name, Action check) in LibraryChecks.All.Concat(CommandChecks.All(args[0], args[1])))
{
    try
    {
        check();
        passed++;
    }
    catch (Exception problem)
    {
        failed++;
        Console.WriteLine($"failed {name}: {problem}");
    }
}

Console.WriteLine($"aot: {passed} passed, {failed} failed, 0 skipped");
return failed == 0 ? 0 : 1;
