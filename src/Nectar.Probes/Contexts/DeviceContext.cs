// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct bpf_cgroup_dev_ctx</c></summary>
public unsafe struct bpf_cgroup_dev_ctx
{
#pragma warning disable CS1591 // the kernel's names
    public uint access_type, major, minor;
#pragma warning restore CS1591
}

/// <summary>The context of device programs of cgroups.</summary>
/// <param name="device">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct DeviceContext(bpf_cgroup_dev_ctx* device)
{
    private readonly bpf_cgroup_dev_ctx* _device = device;

    /// <summary>What the kernel passes, for helpers.</summary>
    public bpf_cgroup_dev_ctx* Pointer => _device;

    /// <summary>1 make node, 2 read, 4 write, or several of them.</summary>
    public uint Access => _device->access_type >> 16;

    /// <summary>1 block, 2 character device.</summary>
    public uint Type => _device->access_type & 0xffff;

    /// <summary>Major number.</summary>
    public uint Major => _device->major;

    /// <summary>Minor number.</summary>
    public uint Minor => _device->minor;
}
