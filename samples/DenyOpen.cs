// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Samples;

/// <summary>Forbids to open files by the last part of their path, to one user or to everyone.</summary>
public sealed unsafe class DenyOpen : Probe
{
    /// <summary>Everyone, as a value of <see cref="Denied"/>.</summary>
    public const uint Everyone = uint.MaxValue;

    /// <summary>The file's name (zero-filled) and to whom it is forbidden.</summary>
    public readonly HashMap<Bytes64, uint> Denied = new(256);

    [Lsm("file_open")]
    public Errno Open(@file* file)
    {
        Bytes64 name = default;
        Bpf.ProbeReadKernelStr(name, file->f_path.dentry->d_name.name);
        return Denied.TryFind(name, out Ref<uint> user) && (user.Value == Everyone || user.Value == Bpf.Uid) ? Errno.Perm : 0;
    }

    // What is read of the kernel's types; where it lies in the running kernel is found when the program is loaded.
    [KernelType]
    public struct @file
    {
        public path f_path;
    }

    [KernelType]
    public struct path
    {
        public dentry* dentry;
    }

    [KernelType]
    public struct dentry
    {
        public qstr d_name;
    }

    [KernelType]
    public struct qstr
    {
        public byte* name;
    }
}
