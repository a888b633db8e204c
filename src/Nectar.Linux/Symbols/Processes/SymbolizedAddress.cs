// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Processes;

/// <summary>What is known about an address.</summary>
/// <param name="Address">The address that was asked for.</param>
/// <param name="Name">The function as its file names it; null if none is known.</param>
/// <param name="Display">The name as people read it: C++, Rust demangled; null if none is known.</param>
/// <param name="Offset">How far into the function the address is.</param>
/// <param name="Module">The file, <c>[vdso]</c>, <c>[kernel]</c>, a kernel module's name, or <c>[jit]</c> for code of a perf map; null if the address is in no known region.</param>
/// <param name="ModuleOffset">The linked address within the file: what addr2line and disassemblers take; 0 outside of files.</param>
public readonly record struct SymbolizedAddress(ulong Address, string? Name, string? Display, ulong Offset, string? Module, ulong ModuleOffset)
{
    /// <summary><c>function+offset</c>, or what else is known.</summary>
    public override string ToString() => Display is not null ? $"{Display}+{Offset}" : Module is not null ? $"{Module}+0x{ModuleOffset:x}" : $"0x{Address:x}";

    /// <summary>
    /// A caller's address is where its call returns to: if the call was the function's last instruction, that is the next function. So
    /// the byte before it is looked up, and the offset still says where it returns to.
    /// </summary>
    internal SymbolizedAddress AsCaller() => this with
    {
        Address = Address + 1,
        Offset = Name is null ? 0 : Offset + 1,
        ModuleOffset = ModuleOffset == 0 ? 0 : ModuleOffset + 1,
    };
}
