// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Twins;

[KernelType]
public struct @file
{
    public path f_path;
}

[KernelType]
public unsafe struct path
{
    public dentry* dentry;
}

[KernelType]
public struct dentry
{
    public qstr d_name;
}

[KernelType]
public unsafe struct qstr
{
    public byte* name;
}

/// <summary>The context of an iterator over open files.</summary>
public unsafe struct bpf_iter__task_file
{
    public void* meta, task;
    public ulong fd;
    public @file* file;
}

/// <summary>05: denies file_open by the last component of the path.</summary>
public sealed unsafe class T05FileOpen : Probe
{
    public readonly HashMap<Bytes64, uint> Denied = new(256);

    [Lsm("file_open")]
    public Errno file_open(@file* file)
    {
        Bytes64 name = default;
        Bpf.ProbeReadKernelStr(name, file->f_path.dentry->d_name.name);
        return Denied.TryFind(name, out Ref<uint> uid) && (uid.Value == uint.MaxValue || uid.Value == Bpf.Uid) ? Errno.Perm : 0;
    }
}

/// <summary>05b: the same body over the open files of tasks.</summary>
public sealed unsafe class T05Iterator : Probe
{
    public readonly HashMap<Bytes64, uint> Denied = new(256);

    [Iter("task_file")]
    public int iter_file(bpf_iter__task_file* ctx)
    {
        @file* file = ctx->file;
        if (file == null) return 0;
        Bytes64 name = default;
        Bpf.ProbeReadKernelStr(name, file->f_path.dentry->d_name.name);
        return Denied.TryFind(name, out Ref<uint> uid) && (uid.Value == uint.MaxValue || uid.Value == Bpf.Uid) ? 1 : 0;
    }
}
