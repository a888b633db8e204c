// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Classic;

namespace Nectar.Tests.Classic;

/// <summary>Makes valid classic programs and packets for them from a seed.</summary>
internal sealed class ClassicProgramGenerator(int seed)
{
    private readonly Random _random = new(seed);

    private static readonly ClassicOpcodeInfo[] s_rows = ClassicOpcodeTable.Rows.ToArray();

    /// <summary>Ancillary values that generated programs may load.</summary>
    public ClassicAncillary[] Ancillaries { get; init; } = [];

    /// <summary>Bases of header-relative loads that generated programs may use.</summary>
    public uint[] HeaderBases { get; init; } = [];

    /// <summary>A valid program of at most <paramref name="maxLength"/> instructions.</summary>
    public ClassicInstruction[] NextProgram(int maxLength = 60)
    {
        int length = _random.Next(100) switch { < 5 => 1, < 40 => _random.Next(2, 8), _ => _random.Next(2, maxLength) };
        List<ClassicInstruction> program = [];
        int words = _random.Next(0, Math.Min(17, length / 2));
        if (words > 0 && _random.Next(2) == 0) program.Add(new(0, NextConstant())); // M[] starts as something else than 0
        for (int i = 0; i < words; i++) program.Add(new(ClassicOpcodeTable.CodeOf(ClassicOperation.St), (uint)i));
        while (program.Count < length - 1) program.Add(NextInstruction(length - program.Count - 1, words));
        program.Add(_random.Next(2) == 0 ? new(ClassicOpcodeTable.CodeOf(ClassicOperation.RetA), 0) : new(ClassicOpcodeTable.CodeOf(ClassicOperation.RetK), NextConstant()));
        return [.. program];
    }

    /// <summary>The program with one field of one instruction changed; often not valid.</summary>
    public ClassicInstruction[] Mutate(ReadOnlySpan<ClassicInstruction> program)
    {
        ClassicInstruction[] changed = program.ToArray();
        int index = _random.Next(changed.Length);
        ClassicInstruction c = changed[index];
        changed[index] = _random.Next(6) switch
        {
            0 => c with { Code = (ushort)_random.Next(0, 0x180) },
            1 => c with { JumpTrue = (byte)_random.Next(256) },
            2 => c with { JumpFalse = (byte)_random.Next(256) },
            3 => c with { K = (uint)_random.Next(0, 40) },
            4 => c with { K = 0xfffff000 + (uint)_random.Next(0, 70) },
            _ => c with { Code = s_rows[_random.Next(s_rows.Length)].Code, K = (uint)_random.Next(0, 20) },
        };
        return changed;
    }

    /// <summary>A packet of 0 to 100 bytes.</summary>
    public byte[] NextPacket()
    {
        byte[] packet = new byte[_random.Next(4) == 0 ? _random.Next(0, 20) : _random.Next(20, 101)];
        _random.NextBytes(packet);
        return packet;
    }

    private ClassicInstruction NextInstruction(int remaining, int words)
    {
        while (true)
        {
            ClassicOpcodeInfo row = s_rows[_random.Next(s_rows.Length)];
            if (row.IsReturn && _random.Next(8) != 0) continue;
            switch (row.Operand)
            {
                case ClassicOperand.Absolute when Ancillaries.Length > 0 && _random.Next(3) == 0:
                    return new(row.Code, ClassicAncillaryTable.Base + (uint)Ancillaries[_random.Next(Ancillaries.Length)]);
                case ClassicOperand.Absolute or ClassicOperand.Indirect or ClassicOperand.HeaderLength when HeaderBases.Length > 0 && _random.Next(4) == 0:
                    return new(row.Code, HeaderBases[_random.Next(HeaderBases.Length)] + (uint)_random.Next(0, 24));
                case ClassicOperand.Absolute or ClassicOperand.HeaderLength:
                    return new(row.Code, _random.Next(30) == 0 ? (uint)_random.Next() : (uint)_random.Next(0, 80));
                case ClassicOperand.Indirect:
                    return new(row.Code, _random.Next(6) == 0 ? NextConstant() : (uint)_random.Next(0, 60));
                case ClassicOperand.Memory:
                    if (words == 0) continue;
                    return new(row.Code, (uint)_random.Next(words));
                case ClassicOperand.Target:
                    if (remaining < 1) continue;
                    return new(row.Code, (uint)_random.Next(0, Math.Min(remaining, _random.Next(4) == 0 ? remaining : 6)));
            }

            if (row.IsConditional)
            {
                int reach = Math.Min(Math.Min(remaining, 256), _random.Next(4) == 0 ? 256 : 8);
                return new(row.Code, (byte)_random.Next(reach), (byte)_random.Next(reach), NextConstant());
            }

            uint k = row.Operation switch
            {
                ClassicOperation.LshK or ClassicOperation.RshK => (uint)_random.Next(32),
                ClassicOperation.DivK or ClassicOperation.ModK => Math.Max(1, NextConstant()),
                _ => NextConstant(),
            };
            return new(row.Code, k);
        }
    }

    private uint NextConstant() => _random.Next(6) switch
    {
        0 => 0,
        1 => (uint)_random.Next(0, 40),
        2 => (uint)_random.Next(0, 256),
        3 => (uint)_random.Next(0, 65536),
        4 => uint.MaxValue - (uint)_random.Next(0, 40),
        _ => (uint)_random.NextInt64(0, 1L << 32),
    };
}
