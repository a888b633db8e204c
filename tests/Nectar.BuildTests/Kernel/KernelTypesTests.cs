// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Build.Sources;
using Nectar.BuildTests.Support;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.BuildTests.Kernel;

/// <summary>Declarations of the running kernel's own types are correct C#.</summary>
public sealed class KernelTypesTests : IDisposable
{
    private static readonly string[] s_structs = ["task_struct", "file", "sk_buff", "sock", "net_device", "inode", "mm_struct", "bpf_prog", "request", "tcp_sock", "cgroup", "rq", "super_block", "linux_binprm", "nf_conn"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [KernelBtfFact]
    public void BigStructsOfTheKernel_Compile()
    {
        BtfTypes types = BtfTypes.Parse(File.ReadAllBytes(KernelBtfFact.Path));
        string[] present = [.. s_structs.Where(name => types.FindByName(name, BtfKind.Struct) != 0)];
        Assert.InRange(present.Length, 10, s_structs.Length);
        string text = BtfKernelTypePrinter.Print(types, present, "KernelTypes");
        CompiledProbes compiled = SourceCompiler.Compile(_folder.Write("KernelTypes.cs", text), new SourceCache(Path.Combine(_folder.Path, "cache")));
        Assert.Empty(compiled.Warnings);
    }
}
