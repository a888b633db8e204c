// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;

/// <summary>The function or type of the kernel, of a module or of another program that a program is for.</summary>
internal sealed class ProgramTarget : IDisposable
{
    private readonly bool _ownsHandle;

    private ProgramTarget(uint btfId = 0, KernelHandle? handle = null, bool ownsHandle = false, AttachType? expected = null)
    {
        BtfId = btfId;
        Handle = handle;
        _ownsHandle = ownsHandle;
        ExpectedAttachType = expected;
    }

    internal uint BtfId { get; }

    internal KernelHandle? Handle { get; }

    /// <summary>For struct_ops the index of the member, which goes where other types say where they attach.</summary>
    internal AttachType? ExpectedAttachType { get; }

    public void Dispose()
    {
        if (_ownsHandle) Handle?.Dispose();
    }

    internal static ProgramTarget Find(ProgramDefinition program, BpfObject source, KernelLoadOptions options)
    {
        if (program.Type == ProgramType.StructOps) return FindStructOps(program, source);
        if (program.Type is not (ProgramType.Tracing or ProgramType.Lsm or ProgramType.Ext)) return new ProgramTarget();
        (string prefix, BtfKind kind, string what) = program.ExpectedAttachType switch
        {
            AttachType.TraceRawTp => ("btf_trace_", BtfKind.Typedef, "tracepoint"),
            AttachType.TraceIter => ("bpf_iter_", BtfKind.Func, "iterator"),
            AttachType.LsmMac or AttachType.LsmCgroup => ("bpf_lsm_", BtfKind.Func, "LSM hook"),
            _ => ("", BtfKind.Func, "function"),
        };
        if (options.AttachPrograms.TryGetValue(program.Name, out KernelProgram? live)) return FindInProgram(program, live);
        if (program.AttachTarget is not { Length: > 0 } name)
        {
            throw new LoadException(Diagnostic.Error(LinuxCodes.AttachTarget, $"program '{program.Name}' (section '{program.Section}') does not name the {what} that it is for",
                program.Type == ProgramType.Ext ? "help: give the live program with AttachPrograms" : $"help: write it behind a slash, or set AttachTarget before load"));
        }

        string? module = null;
        if (name.IndexOf(':') is > 0 and int colon) (module, name) = (name[..colon], name[(colon + 1)..]);
        uint id = KernelBtf.Running.Find(prefix + name, kind, module, out KernelModuleBtf? found);
        if (id == 0) throw NotFound(program, what, prefix, name, module);
        return found is null ? new ProgramTarget(id) : new ProgramTarget(id, found.Open(), true);
    }

    private static ProgramTarget FindInProgram(ProgramDefinition program, KernelProgram live)
    {
        ProgramInfo info = live.GetInfo();
        string name = program.AttachTarget ?? live.Name;
        uint id = 0;
        if (info.BtfId != 0)
        {
            using KernelHandle types = BtfObjects.Open(info.BtfId);
            id = BtfTypes.Parse(BtfObjects.ReadBytes(types)).FindByName(name, BtfKind.Func);
        }

        if (id == 0)
        {
            throw new KernelException(Diagnostic.Error(LinuxCodes.AttachTarget, $"program '{program.Name}': program '{live.Name}' (id {info.Id}) has no function '{name}' with a type",
                "help: the target must be compiled with -g, and the function must be global (not static)"), Errno.ENOENT, "bpf(BPF_PROG_LOAD)", program.Name);
        }

        return new ProgramTarget(id, live.Handle);
    }

    private static ProgramTarget FindStructOps(ProgramDefinition program, BpfObject source)
    {
        foreach (MapDefinition map in source.Maps)
        {
            if (map.Role != MapRole.StructOps) continue;
            foreach ((uint offset, string symbol) in map.InitialSlots)
            {
                if (symbol == program.Name) return FindMember(program, map, offset, source.Types!);
            }
        }

        throw new LoadException(Diagnostic.Error(LinuxCodes.AttachTarget, $"program '{program.Name}' is for struct_ops, but no struct of the object has it as a member"));
    }

    private static ProgramTarget FindMember(ProgramDefinition program, MapDefinition map, uint offset, BtfTypes local)
    {
        BtfType type = local[local.Resolve(map.ValueTypeId)];
        string name = Links.Tracing.StructOpsValue.KernelName(type.Name);
        string? member = null;
        for (int i = 0; i < type.Count; i++)
        {
            if (type.Member(i).BitOffset == offset * 8) member = type.Member(i).Name;
        }

        uint id = KernelBtf.Running.Find(name, BtfKind.Struct, null, out KernelModuleBtf? module);
        if (id == 0) throw NotFound(program, "struct_ops type", "", name, null);
        BtfTypes types = module?.Types ?? KernelBtf.Running.Vmlinux;
        BtfType kernel = types[id];
        for (int i = 0; i < kernel.Count; i++)
        {
            if (kernel.Member(i).Name == member) return new ProgramTarget(id, module?.Open(), true, (AttachType)i);
        }

        throw new LoadException(Diagnostic.Error(LinuxCodes.AttachTarget, $"program '{program.Name}': the kernel's struct {name} has no member '{member}'",
            "help: this kernel is older or newer than the struct; leave the member out"));
    }

    /// <summary>The names that programs are attached to, without the prefix that the kernel gives those of one kind.</summary>
    private static void Offer(NearestNames nearest, BtfTypes types, string prefix)
    {
        byte[] start = Encoding.UTF8.GetBytes(prefix);
        for (uint id = 1; id < types.Count; id++)
        {
            BtfType type = types[id];
            bool isKind = type.Kind is BtfKind.Func or BtfKind.Struct || (type.Kind == BtfKind.Typedef && prefix.Length > 0);
            if (isKind && type.NameUtf8.StartsWith(start)) nearest.Offer(type.NameUtf8[start.Length..]);
        }
    }

    private static KernelException NotFound(ProgramDefinition program, string what, string prefix, string name, string? module)
    {
        List<string> notes = [];
        NearestNames nearest = new(name);
        Offer(nearest, KernelBtf.Running.Vmlinux, prefix);
        notes.AddRange(nearest.Notes);
        notes.Add(what == "function" ? "help: functions that the compiler inlined or renamed (.isra, .constprop) have no type; 'nectar btf vmlinux' lists those that have" : $"help: check the name in section '{program.Section}'");
        return new KernelException(Diagnostic.Error(LinuxCodes.AttachTarget, $"program '{program.Name}': this kernel has no {what} '{name}'{(module is null ? "" : $" in module '{module}'")}", [.. notes]),
            Errno.ENOENT, "bpf(BPF_PROG_LOAD)", program.Name);
    }
}
