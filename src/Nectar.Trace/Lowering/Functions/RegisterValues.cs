// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Registers of the probed place, or those that the task entered the kernel with.</summary>
internal static class RegisterValues
{
    /// <summary>A register by name: a u64.</summary>
    public static Value Read(ProbeLowering probe, string name, Node where)
    {
        int offset = Registers.OffsetOf(name);
        if (offset < 0) throw probe.Refuse(where, $"register {name} not available on architecture x86_64", "help: registers are " + string.Join(' ', Registers.Names));
        if (probe.Kind is ProbeKind.Kprobe or ProbeKind.Kretprobe or ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt or ProbeKind.Watchpoint
            or ProbeKind.Profile or ProbeKind.Interval or ProbeKind.Software or ProbeKind.Hardware) return probe.Hook.Register(offset);

        // the hook has none: those that the task entered the kernel with (5.15)
        Value task = probe.Call("bpf_get_current_task_btf");
        Value registers = probe.Builder.Call(HelperTargets.Find("bpf_task_pt_regs")!, IrType.Pointer, task);
        Value slot = probe.Memory.Slot("(register)");
        probe.Memory.ReadInto(slot, probe.Builder.Offset(registers, offset), sizeof(ulong), AddressSpace.Kernel);
        return probe.Builder.Load(IrType.I64, slot, sizeof(ulong));
    }
}
