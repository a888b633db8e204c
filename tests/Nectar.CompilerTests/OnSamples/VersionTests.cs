// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler;
using Nectar.Linux.Loading;

namespace Nectar.CompilerTests.OnSamples;

/// <summary>The samples in the code of old and new versions of the instruction set, as the kernel judges it.</summary>
public sealed class VersionTests
{
    [KernelFact]
    public void Load_SamplesOfEachVersion_AreTaken()
    {
        string samples = typeof(Samples.BlockHttp).Assembly.Location;
        foreach (string name in new[] { "BlockHttp", "DnsAnswers", "DropTcp", "ExecSnoop", "PortForward", "SyscallCounter", "TcpConnections" })
        {
            foreach (CpuVersion cpu in new[] { CpuVersion.V1, CpuVersion.V2, CpuVersion.V4 })
            {
                BpfObject source = Compiled.Object(samples, "Samples." + name, new CompilerOptions { Cpu = cpu });
                using KernelObject loaded = KernelObject.Load(source);
                Assert.NotEmpty(loaded.Programs);
            }
        }
    }
}
