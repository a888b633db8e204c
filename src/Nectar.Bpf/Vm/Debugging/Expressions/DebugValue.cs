// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>A value and where it is.</summary>
internal sealed record DebugValue(DebugType Type, byte[] Bytes)
{
    /// <summary>Where it lies in the program's memory; null for a value that lies nowhere.</summary>
    internal ulong? Address { get; init; }

    /// <summary>The register that it is, of the innermost function.</summary>
    internal int? Register { get; init; }

    /// <summary>True for what an if takes for true.</summary>
    internal bool IsTrue => Bytes.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>The bits, extended by sign where the type has one.</summary>
    internal ulong Bits
    {
        get
        {
            if (Bytes.Length > 8 || Type.Kind is not (DebugTypeKind.Integer or DebugTypeKind.Pointer or DebugTypeKind.Opaque))
            {
                // an array stands for the address of its first element
                return Type.Kind == DebugTypeKind.Array && Address is { } at ? at : throw new DebugException(DebugCodes.WrongType, $"a {Type.Name} is no number", "help: name a member, or take its address with &");
            }

            ulong bits = 0;
            for (int i = Bytes.Length - 1; i >= 0; i--) bits = (bits << 8) | Bytes[i];
            int unused = 64 - (Bytes.Length * 8);
            return Type.IsSigned && unused is > 0 and < 64 ? (ulong)((long)(bits << unused) >> unused) : bits;
        }
    }

    internal static DebugValue Of(ulong bits, DebugType? type = null)
    {
        type ??= DebugType.U64;
        byte[] bytes = new byte[Math.Max(1, type.Size)];
        for (int i = 0; i < bytes.Length && i < 8; i++) bytes[i] = (byte)(bits >> (8 * i));
        return new DebugValue(type, bytes);
    }
}
