// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Compiler;

// usage: Nectar.GuestProbes FOLDER      writes the samples and this program's own probes as objects, one a probe, for the guest kernels
if (args is not [string folder]) return 2;
Directory.CreateDirectory(folder);
foreach (string assembly in new[] { typeof(Samples.BlockHttp).Assembly.Location, typeof(GuestProbes.ReadSizes).Assembly.Location })
{
    foreach (CompilationResult result in ProbeCompiler.CompileAll(assembly))
    {
        if (result.Object is null) throw new InvalidOperationException(string.Join('\n', result.Diagnostics));
        File.WriteAllBytes(Path.Combine(folder, result.Probe.Split('.')[^1] + ".bpf.o"), ObjectWriter.ToArray(result.Object));
    }
}

return 0;
