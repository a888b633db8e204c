// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Build;
using Nectar.Build.Tool;

// One argument: a response file with a line for each option. What is printed has the form of MSBuild, so that the build and the editor know the place.
try
{
    if (args is not [['@', .. string file]]) throw new ArgumentException("expected @FILE, as the targets of Nectar.Probes call it");
    ToolOptions options = ToolOptions.Read(File.ReadAllLines(file));
    ProbeBuild build = ProbeBuild.Compile(options.Assembly, options.References, options.Build);
    foreach (Diagnostic diagnostic in build.Diagnostics) Console.Out.WriteLine(MessageLine.Of(diagnostic));
    File.WriteAllLines(options.Manifest, build.Write(options.Folder, Path.GetFileNameWithoutExtension(options.Assembly)));
    return 0;
}
catch (NectarException problem)
{
    foreach (Diagnostic diagnostic in problem.Diagnostics) Console.Out.WriteLine(MessageLine.Of(diagnostic));
}
catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
{
    Console.Out.WriteLine($"nectar : error NEC2304: {problem.Message}");
}

return 1;
