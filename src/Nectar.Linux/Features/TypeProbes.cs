// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Linux.Loading;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Features;

/// <summary>Probes of the kinds of type that the kernel takes, and of what the kernel's own types tell about it.</summary>
internal static unsafe class TypeProbes
{
    private const string KernelTypesPath = "/sys/kernel/btf/vmlinux";

    internal static FeatureStatus Plain() => Try(types => types.AddInt("int", 4, BtfIntEncoding.Signed));

    internal static FeatureStatus Function() => Try(types => types.AddFunc("x", AddPrototype(types), 0));

    internal static FeatureStatus GlobalFunction() => Try(types => types.AddFunc("x", AddPrototype(types), 1));

    internal static FeatureStatus DataSection() => Try(types => AddSection(types, ".data"));

    internal static FeatureStatus OptionalDataSection() => Try(types => AddSection(types, "?.data"));

    internal static FeatureStatus Float() => Try(types => types.AddFloat("float", 4));

    internal static FeatureStatus DeclarationTag() => Try(types => types.AddDeclTag("tag", types.AddVar("x", types.AddInt("int", 4), 0)));

    internal static FeatureStatus TypeTag() => Try(types => types.AddPointer(types.AddTypeTag("tag", types.AddInt("int", 4))));

    internal static FeatureStatus Enum64() => Try(types => types.AddEnum64("e", 8, false, [new BtfEnumerator("E", 1)]));

    internal static FeatureStatus Kernel() => File.Exists(KernelTypesPath) ? FeatureStatus.Yes($"{KernelTypesPath} is there") : FeatureStatus.No($"there is no {KernelTypesPath}");

    /// <summary>A kernel that knows types of modules also gives types a name, and fills it in.</summary>
    internal static FeatureStatus Modules()
    {
        BtfBuilder types = new();
        types.AddInt("int", 4, BtfIntEncoding.Signed);
        Errno errno = KernelProbe.OpenTypes(types.ToArray(), out KernelHandle? handle);
        if (handle is null) return MiscProbes.Answer(errno);
        using (handle)
        {
            byte* name = stackalloc byte[16];
            ulong* info = stackalloc ulong[4]; // struct bpf_btf_info: btf, size and id, name, name_len and kernel_btf
            (info[0], info[1], info[2], info[3]) = (0, 0, (ulong)name, 16);
            ObjectInfoAttributes attributes = new() { Fd = (uint)handle.Fd, InfoSize = 32, Info = (ulong)info };
            return MiscProbes.Answer(BpfSyscall.Try(BpfCommand.ObjGetInfoByFd, ref attributes));
        }
    }

    /// <summary>The table in which the verifier keeps kernel functions of a program is among the kernel's types.</summary>
    internal static FeatureStatus Kfuncs() => ByTypes(types => types.FindByName("bpf_kfunc_desc", BtfKind.Struct) != 0, "struct bpf_kfunc_desc", new(5, 13));

    /// <summary>A function of the kernel.</summary>
    internal static FeatureStatus Function(string name) => Function(name, KfuncSince.Find(name) is var since && since != default ? since.ToVersion() : null);

    /// <summary>A function of the kernel that tells of something else.</summary>
    internal static FeatureStatus Function(string name, Version? minimum) => ByTypes(types => types.FindByName(name, BtfKind.Func) != 0, $"function {name}", minimum);

    /// <summary>A value of an enumeration of the kernel.</summary>
    internal static FeatureStatus Enumerator(string enumeration, string value, Version minimum) => ByTypes(
        types => types.FindByName(enumeration, BtfKind.Enum) is not 0 and uint id && Enumerators(types, id).Contains(value), value, minimum);

    /// <summary>A global function whose argument is a context by its tag alone.</summary>
    internal static FeatureStatus ContextTag()
    {
        BtfBuilder types = new();
        uint number = types.AddInt("int", 4, BtfIntEncoding.Signed), pointer = types.AddPointer(0);
        uint prototype = types.AddFuncProto(number, [new BtfParameter("a", pointer)]);
        uint main = types.AddFunc("a", prototype, 1), callee = types.AddFunc("b", prototype, 1);
        types.AddDeclTag("arg:ctx", callee, 0);
        Errno errno = KernelProbe.OpenTypes(types.ToArray(), out KernelHandle? handle);
        if (handle is null) return MiscProbes.Answer(errno);
        Instruction[] code = [new(0x85, 0, 1, 0, 1), KernelProbe.Exit, KernelProbe.Call(HelperNames.IdOf("bpf_get_func_ip")), KernelProbe.Exit];
        uint* functions = stackalloc uint[4];
        (functions[0], functions[1], functions[2], functions[3]) = (0, main, 2, callee);
        using (handle)
            fixed (Instruction* instructions = code)
            fixed (byte* license = "GPL\0"u8)
            {
                ProgramLoadAttributes attributes = new()
                {
                    Type = ProgramType.Kprobe,
                    InstructionCount = 4,
                    Instructions = (ulong)instructions,
                    License = (ulong)license,
                    KernelVersion = KernelRelease.Running.Code,
                    BtfFd = (uint)handle.Fd,
                    FuncInfo = (ulong)functions,
                    FuncInfoCount = 2,
                    FuncInfoRecordSize = 8,
                };
                return MiscProbes.Answer(BpfSyscall.TryOpen(BpfCommand.ProgLoad, ref attributes, out KernelHandle? program), program);
            }
    }

    /// <summary>The id of a type of the kernel; 0 if it has none of the name, or shows no types.</summary>
    internal static uint FindKernelType(string name, BtfKind kind) => KernelBtf.Running.TryVmlinux?.FindByName(name, kind) ?? 0;

    /// <summary>The names of all functions among the kernel's types.</summary>
    internal static IEnumerable<string> KernelFunctions() => KernelBtf.Running.TryVmlinux is { } types
        ? Enumerable.Range(1, types.Count - 1).Select(id => types[(uint)id]).Where(type => type.Kind == BtfKind.Func).Select(type => type.Name)
        : [];

    private static FeatureStatus ByTypes(Func<BtfTypes, bool> isThere, string what, Version? minimum)
    {
        if (KernelBtf.Running.TryVmlinux is { } types) return isThere(types) ? FeatureStatus.Yes($"{what} is among the kernel's types") : FeatureStatus.No($"the kernel's types have no {what}");
        return minimum is null ? FeatureStatus.Unknown("the kernel shows no types")
            : KernelRelease.Running.IsAtLeast(minimum) ? FeatureStatus.Unknown($"the kernel shows no types; by its version it should be there ({minimum})")
            : FeatureStatus.No("");
    }

    private static List<string> Enumerators(BtfTypes types, uint id)
    {
        List<string> names = [];
        for (int i = 0; i < types[id].Count; i++) names.Add(types[id].Enumerator(i).Name);
        return names;
    }

    private static FeatureStatus Try(Action<BtfBuilder> build)
    {
        BtfBuilder types = new();
        build(types);
        return MiscProbes.Answer(KernelProbe.OpenTypes(types.ToArray(), out KernelHandle? handle), handle);
    }

    private static uint AddPrototype(BtfBuilder types) => types.AddFuncProto(0, [new BtfParameter("a", types.AddInt("int", 4, BtfIntEncoding.Signed))]);

    private static void AddSection(BtfBuilder types, string name)
    {
        uint variable = types.AddVar("x", types.AddInt("int", 4, BtfIntEncoding.Signed), 0);
        types.AddDataSection(name, 4, [new BtfSectionVariable(variable, 0, 4)]);
    }
}
