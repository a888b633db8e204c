// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;

/// <summary>The types of the running kernel and of its modules, read once a process and only when somebody asks.</summary>
public sealed class KernelBtf
{
    private static readonly Lazy<KernelBtf> s_running = new(() => new KernelBtf());

    private readonly Lazy<BtfTypes?> _vmlinux = new(BtfFiles.ReadVmlinux);
    private readonly Lazy<IReadOnlyList<KernelModuleBtf>> _modules;

    private KernelBtf() => _modules = new Lazy<IReadOnlyList<KernelModuleBtf>>(() => _vmlinux.Value is { } types ? KernelModuleBtf.ReadAll(types) : []);

    /// <summary>The kernel that runs this process.</summary>
    public static KernelBtf Running => s_running.Value;

    /// <summary>The kernel's own types; null for kernels without (<c>CONFIG_DEBUG_INFO_BTF</c>).</summary>
    public BtfTypes? TryVmlinux => _vmlinux.Value;

    /// <summary>The kernel's own types.</summary>
    /// <exception cref="FeatureMissingException">The kernel has none (NEC4010).</exception>
    public BtfTypes Vmlinux => _vmlinux.Value ?? throw new FeatureMissingException(
        Diagnostic.Error(LinuxCodes.NoKernelTypes, "this kernel has no types: there is neither /sys/kernel/btf/vmlinux nor a kernel image with .BTF",
            "help: run a kernel with CONFIG_DEBUG_INFO_BTF=y, or give the types of this very kernel as a file (the load option KernelTypes)"),
        Errno.ENOENT, "open(/sys/kernel/btf/vmlinux)", "types of the kernel (BTF)", null);

    /// <summary>The modules that have types, each a set split from <see cref="Vmlinux"/>.</summary>
    public IReadOnlyList<KernelModuleBtf> Modules => _modules.Value;

    /// <summary>Finds a type by name in the kernel, then in its modules.</summary>
    /// <param name="name">The exact name.</param>
    /// <param name="kind">The kind of type.</param>
    /// <param name="moduleName">Look only into this module; null for all.</param>
    /// <param name="module">The module that has it; null for the kernel itself.</param>
    /// <returns>The number of the type; 0 if nobody has it.</returns>
    public uint Find(string name, BtfKind kind, string? moduleName, out KernelModuleBtf? module)
    {
        module = null;
        if (moduleName is null or "vmlinux" && Vmlinux.FindByName(name, kind) is var id and not 0) return id;
        if (moduleName == "vmlinux") return 0;
        foreach (KernelModuleBtf candidate in Modules)
        {
            if (moduleName is not null && candidate.Name != moduleName) continue;
            uint found = candidate.Types.FindByName(name, kind);
            if (found < candidate.Types.FirstId || found == 0) continue; // the base has been asked
            module = candidate;
            return found;
        }

        return 0;
    }
}

/// <summary>The types of one module.</summary>
public sealed class KernelModuleBtf
{
    private KernelModuleBtf(string name, uint id, BtfTypes types)
    {
        Name = name;
        Id = id;
        Types = types;
    }

    /// <summary>The module's name.</summary>
    public string Name { get; }

    /// <summary>The number of its BTF object in this kernel.</summary>
    public uint Id { get; }

    /// <summary>Its types, split from the kernel's.</summary>
    public BtfTypes Types { get; }

    /// <summary>Opens its BTF object, for calls of its functions and programs that attach to it.</summary>
    /// <exception cref="KernelException">The module has gone meanwhile (NEC4005).</exception>
    public KernelHandle Open() => BtfObjects.Open(Id);

    internal static IReadOnlyList<KernelModuleBtf> ReadAll(BtfTypes vmlinux)
    {
        List<KernelModuleBtf> modules = [];
        if (!Directory.Exists(BtfFiles.SysDirectory) || Directory.GetFiles(BtfFiles.SysDirectory).Length < 2) return modules; // no modules with types: spare the walk over all BTF objects
        foreach (uint id in BtfObjects.Ids())
        {
            if (BtfObjects.TryReadInfo(id) is not { IsKernel: true } info || info.Name is "vmlinux" or "") continue;
            DiagnosticBag problems = new();
            // a module whose types cannot be read (it was built for another kernel) is like a module without
            if (BtfFiles.TryRead(Path.Combine(BtfFiles.SysDirectory, info.Name)) is { } bytes && BtfTypes.TryParse(bytes, vmlinux, problems, out BtfTypes? types))
                modules.Add(new KernelModuleBtf(info.Name, id, types));
        }

        return modules;
    }
}
