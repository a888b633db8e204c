// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Dwarf;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>
/// Where the parameters of a C function are when it is entered (System V ABI for x86-64, 3.2.3): numbers 0 to 5 are the integer registers in
/// order, larger ones the 8-byte words of the stack behind the return address. What is in floating-point registers cannot be read.
/// </summary>
internal sealed class RegisterArguments
{
    private const int Registers = 6, VectorRegisters = 8, LargestInRegisters = 16, MostDepth = 16;
    private int _register, _vector, _stack;

    /// <param name="result">What the function gives: the caller hands over where a large one goes.</param>
    public RegisterArguments(DwarfType result)
    {
        DwarfType type = result.Underlying();
        if (type.Kind is DwarfTypeKind.Struct or DwarfTypeKind.Union && (type.Size > LargestInRegisters || type.IsPassedByReference)) _register = 1;
    }

    /// <summary>The number of the register or word that the next parameter begins in; -1 if programs cannot read it.</summary>
    public int Next(DwarfType parameter)
    {
        DwarfType type = parameter.Underlying();
        int size = type.IsPassedByReference ? 8 : (int)Math.Clamp(type.Size, 1, 1 << 20), words = (size + 7) / 8;
        if (!type.IsPassedByReference && type.Kind is DwarfTypeKind.Float or DwarfTypeKind.Struct or DwarfTypeKind.Union)
        {
            if (size > LargestInRegisters) return OnStack(words);
            bool[] isVector = [IsVector(type, 0, MostDepth), words > 1 && IsVector(type, 8, MostDepth)];
            int vectors = isVector.AsSpan(0, words).Count(true);
            if (vectors > 0)
            {
                if (_vector + vectors > VectorRegisters || _register + words - vectors > Registers) return OnStack(words);
                _vector += vectors;
                _register += words - vectors;
                return -1;
            }
        }

        if (_register + words > Registers) return OnStack(words);
        _register += words;
        return _register - words;
    }

    private int OnStack(int words)
    {
        _stack += words;
        return Registers + _stack - words;
    }

    /// <summary>Eight bytes with nothing but floating-point numbers in them.</summary>
    private static bool IsVector(DwarfType type, ulong from, int depth)
    {
        if (depth == 0) return false;
        if (type.Kind == DwarfTypeKind.Float) return true;
        if (type.Kind is not (DwarfTypeKind.Struct or DwarfTypeKind.Union)) return false;
        bool hasAny = false;
        foreach (DwarfMember member in type.Members)
        {
            DwarfType of = member.Type.Underlying();
            ulong end = member.Offset + Math.Max(1, of.Size);
            if (member.Offset >= from + 8 || end <= from) continue;
            hasAny = true;
            DwarfType element = of.Kind == DwarfTypeKind.Array ? of.Target!.Underlying() : of;
            if (!IsVector(element, from > member.Offset && of.Kind != DwarfTypeKind.Array ? from - member.Offset : 0, depth - 1)) return false;
        }

        return hasAny;
    }
}
