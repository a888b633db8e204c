// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Registers by name (<c>struct pt_regs</c> of x86-64, arch/x86/include/asm/ptrace.h).</summary>
internal static class Registers
{
    private static readonly string[] s_names =
        ["r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di", "orig_ax", "ip", "cs", "flags", "sp", "ss"];

    /// <summary>A register of the probed place: a u64.</summary>
    public static Value Read(ProbeLowering probe, string name, Node where)
    {
        int index = Array.IndexOf(s_names, name == "pc" ? "ip" : name);
        if (index < 0) throw probe.Refuse(where, $"register {name} not available on architecture x86_64", "help: registers are " + string.Join(' ', s_names));
        if (probe.Kind is ProbeKind.Kprobe or ProbeKind.Kretprobe or ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt or ProbeKind.Watchpoint
            or ProbeKind.Profile or ProbeKind.Interval or ProbeKind.Software or ProbeKind.Hardware) return probe.Hook.Register(index * sizeof(ulong));

        // the hook has none: those that the task entered the kernel with (5.15)
        Value task = probe.Call("bpf_get_current_task_btf");
        Value registers = probe.Builder.Call(HelperTargets.Find("bpf_task_pt_regs")!, IrType.Pointer, task);
        Value slot = probe.Memory.Slot("(register)");
        probe.Memory.ReadInto(slot, probe.Builder.Offset(registers, index * sizeof(ulong)), sizeof(ulong), Language.Types.AddressSpace.Kernel);
        return probe.Builder.Load(IrType.I64, slot, sizeof(ulong));
    }
}
