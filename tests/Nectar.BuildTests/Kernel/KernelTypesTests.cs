// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Build;
using Nectar.Build.Sources;
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
    public void Probe_UsesWhatWasPrinted_ByName()
    {
        BtfTypes types = BtfTypes.Parse(File.ReadAllBytes(KernelBtfFact.Path));
        string text = BtfKernelTypePrinter.Print(types, ["task_struct:pid,comm,real_parent.tgid", "file:f_path.dentry.d_name.len,f_inode.i_ino"], "KernelTypes") + """

            public sealed unsafe class Parents : Probe
            {
                public uint Parent, Length;
                public ulong Inode;

                [RawTracepoint("sched_process_exec")]
                public void Exec(RawTracepointContext context) => Parent = (uint)Bpf.GetCurrentTask<task_struct>()->real_parent->tgid;

                [Lsm("file_open")]
                public int Open(@file* file)
                {
                    Length = file->f_path.dentry->d_name.len;
                    Inode = file->f_inode->i_ino;
                    return 0;
                }
            }
            """;
        ProbeObject made = Assert.Single(ProbeBuild.Open(_folder.Write("parents.cs", text), new BuildOptions { KernelTypes = () => types }, out _).Objects);
        Assert.All(made.Programs, program => Assert.Null(program.Unverified));
        Assert.All(made.Programs, program => Assert.True(program.Processed > 0));
        foreach (ProgramDefinition program in made.Object.Programs) Assert.NotEmpty(program.Entry.CoreRelocations);
    }

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
