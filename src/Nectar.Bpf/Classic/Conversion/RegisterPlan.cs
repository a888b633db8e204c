// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Classic.Conversion;

/// <summary>
/// Which extended register holds what. A is always r0: LD_ABS, helpers and the return value want it there. Over plain memory
/// without helper calls everything else is in registers that a JIT need not save; the words of M[] that are used most take
/// what is left of the others.
/// </summary>
internal sealed class RegisterPlan
{
    private readonly int[] _memory = new int[ClassicInstruction.MemoryWords];

    public RegisterPlan(ClassicFlow flow, ClassicConversion conversion)
    {
        bool calls = false, length = false;
        int[] uses = new int[ClassicInstruction.MemoryWords];
        for (int i = 0; i < flow.Program.Length; i++)
        {
            if (!flow.Reached[i]) continue;
            ClassicOpcodeInfo info = flow.Infos[i];
            if (info.Operand == ClassicOperand.Memory) uses[flow.Program[i].K]++;
            length |= info.Operand == ClassicOperand.Length;
            calls |= ConversionLimits.IsAncillary(flow.Program[i], info, conversion.Semantics, out ClassicAncillary value) && value is ClassicAncillary.Random or ClassicAncillary.Cpu;
        }

        bool wire = length && conversion.WireLengthInRegister3;
        int[] free;
        if (conversion.Target == ClassicTarget.SocketBuffer) (Packet, Length, X, Temporary, Wire, free) = (6, -1, 7, 2, -1, [8, 9]);
        else if (calls) (Packet, Length, X, Temporary, Wire, free) = (6, 7, 8, 4, wire ? 9 : 7, wire ? [] : [9]);
        else (Packet, Length, X, Temporary, Wire, free) = (1, 2, 3, 4, wire ? 5 : 2, [6, 7, 8, 9]);

        Array.Fill(_memory, -1);
        foreach (int register in free)
        {
            int best = -1;
            for (int w = 0; w < uses.Length; w++)
            {
                if (uses[w] > 0 && _memory[w] < 0 && (best < 0 || uses[w] > uses[best])) best = w;
            }

            if (best >= 0) _memory[best] = register;
        }
    }

    /// <summary>The accumulator.</summary>
    public int A => 0;

    /// <summary>The context of a socket filter, the packet's address over memory.</summary>
    public int Packet { get; }

    /// <summary>The captured length.</summary>
    public int Length { get; }

    /// <summary>The index register.</summary>
    public int X { get; }

    /// <summary>Free between instructions.</summary>
    public int Temporary { get; }

    /// <summary>The length on the wire.</summary>
    public int Wire { get; }

    /// <summary>The register of a word of M[]; -1 if it lives on the stack.</summary>
    public int MemoryRegister(uint word) => _memory[word];

    /// <summary>The place of a word of M[] below the frame pointer.</summary>
    public static int StackOffset(uint word) => -4 - ((int)word * 4);
}
