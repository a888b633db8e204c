// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Classic.Conversion;

/// <summary>Finds what a target cannot give, with the reason.</summary>
internal static class ConversionLimits
{
    /// <summary>Offset of the field of <c>struct __sk_buff</c> that holds an ancillary value; -1 if none does.</summary>
    public static int SocketBufferField(ClassicAncillary value) => value switch
    {
        ClassicAncillary.PacketType => 4,
        ClassicAncillary.Mark => 8,
        ClassicAncillary.Queue => 12,
        ClassicAncillary.Protocol => 16,
        ClassicAncillary.VlanTagPresent => 20,
        ClassicAncillary.VlanTag => 24,
        ClassicAncillary.VlanProtocol => 28,
        ClassicAncillary.InterfaceIndex => 40,
        ClassicAncillary.Hash => 68,
        _ => -1,
    };

    /// <summary>True if an absolute load reads an ancillary value by the rules of the conversion; otherwise it reads the packet, or fails.</summary>
    public static bool IsAncillary(ClassicInstruction instruction, ClassicOpcodeInfo info, ClassicSemantics semantics, out ClassicAncillary value)
    {
        value = default;
        return info.Operand == ClassicOperand.Absolute && ClassicAncillaryTable.TryFind(instruction.K, out value)
            && (semantics == ClassicSemantics.Linux || value is ClassicAncillary.VlanTag or ClassicAncillary.VlanTagPresent);
    }

    /// <summary>Reports every instruction that cannot be converted; true if there is none.</summary>
    public static bool Check(ReadOnlySpan<ClassicInstruction> program, ClassicConversion conversion, DiagnosticBag diagnostics)
    {
        int before = diagnostics.ErrorCount;
        for (int i = 0; i < program.Length; i++)
        {
            if (Problem(program[i], conversion) is { } problem)
            {
                diagnostics.Add(new Diagnostic(ClassicCodes.NotConvertible, Severity.Error, problem, null, i, []));
            }
        }

        return diagnostics.ErrorCount == before;
    }

    private static string? Problem(ClassicInstruction instruction, ClassicConversion conversion)
    {
        ClassicOpcodeInfo info = ClassicOpcodeTable.Find(instruction.Code)!;
        bool memory = conversion.Target == ClassicTarget.Memory;
        if (IsAncillary(instruction, info, conversion.Semantics, out ClassicAncillary value))
        {
            string name = ClassicAncillaryTable.NameOf(value);
            if (value is ClassicAncillary.XorX or ClassicAncillary.Random or ClassicAncillary.Cpu) return null;
            if (memory) return $"'[{name}]' cannot be converted: a program over plain memory has the packet's bytes and nothing beside them";
            if (SocketBufferField(value) >= 0) return null;
            return value switch
            {
                ClassicAncillary.HardwareType => $"'[{name}]' cannot be converted: __sk_buff has no field for the hardware type of the interface",
                ClassicAncillary.PayloadOffset => $"'[{name}]' cannot be converted: no helper of extended programs finds the payload",
                _ => $"'[{name}]' cannot be converted: no helper of extended programs searches netlink attributes",
            };
        }

        if (!memory || conversion.Semantics != ClassicSemantics.Linux || info.Operand is not (ClassicOperand.Absolute or ClassicOperand.HeaderLength)) return null;
        return instruction.K switch
        {
            >= ClassicAncillaryTable.NetworkBase when conversion.NetworkOffset is null => "a load relative to the network header, whose offset was not given",
            >= ClassicAncillaryTable.LinkBase and < ClassicAncillaryTable.NetworkBase when conversion.LinkOffset is null => "a load relative to the link header, whose offset was not given",
            _ => null,
        };
    }
}
