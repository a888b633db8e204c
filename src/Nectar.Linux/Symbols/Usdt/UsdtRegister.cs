// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Elf;

namespace Nectar.Linux.Symbols.Usdt;

/// <summary>A register of user space, and where the kernel's <c>struct pt_regs</c> (arm64: <c>user_pt_regs</c>) keeps it.</summary>
/// <param name="Name">As the assembler writes it, without <c>%</c>: <c>eax</c>, <c>x0</c>.</param>
/// <param name="ContextOffset">Bytes from the start of the registers in the probe's context; -1 if they are not there (vector registers).</param>
/// <param name="Size">Bytes of this name of the register: 8 for <c>rax</c>, 4 for <c>eax</c>.</param>
/// <param name="Shift">Bits to shift its eight bytes right by: 8 for <c>ah</c>, else 0.</param>
public readonly record struct UsdtRegister(string Name, int ContextOffset, int Size, int Shift)
{
    // struct pt_regs of arch/x86/include/asm/ptrace.h: the order of the pushes, eight bytes each.
    private static readonly Dictionary<string, UsdtRegister> s_x86 = MakeX86();

    private static readonly Dictionary<string, UsdtRegister> s_arm = MakeArm();

    /// <summary>The register of a name; false if the machine has none of it.</summary>
    internal static bool TryParse(ReadOnlySpan<char> name, ElfMachine machine, out UsdtRegister register)
    {
        Dictionary<string, UsdtRegister> all = machine == ElfMachine.Arm64 ? s_arm : s_x86;
        return all.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out register);
    }

    private static Dictionary<string, UsdtRegister> MakeX86()
    {
        Dictionary<string, UsdtRegister> all = [];
        string[] order = ["r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di"];
        for (int i = 0; i < order.Length; i++)
        {
            string name = order[i];
            if (name[0] == 'r')
            {
                foreach ((string suffix, int size) in new[] { ("", 8), ("d", 4), ("w", 2), ("b", 1) }) Add(name + suffix, i * 8, size);
                continue;
            }

            Add("r" + name, i * 8, 8);
            Add("e" + name, i * 8, 4);
            Add(name, i * 8, 2);
            Add(name[1] == 'x' ? name[..1] + "l" : name + "l", i * 8, 1);
            if (name[1] == 'x') all[name[..1] + "h"] = new UsdtRegister(name[..1] + "h", i * 8, 1, 8);
        }

        Add("rip", 128, 8);
        Add("eflags", 144, 4);
        Add("rsp", 152, 8);
        Add("esp", 152, 4);
        Add("sp", 152, 2);
        Add("spl", 152, 1);
        for (int i = 0; i < 32; i++)
        {
            Add($"xmm{i}", -1, 16);
            Add($"ymm{i}", -1, 32);
        }

        return all;

        void Add(string name, int offset, int size) => all[name] = new UsdtRegister(name, offset, size, 0);
    }

    private static Dictionary<string, UsdtRegister> MakeArm()
    {
        Dictionary<string, UsdtRegister> all = [];
        for (int i = 0; i <= 30; i++)
        {
            all[$"x{i}"] = new UsdtRegister($"x{i}", i * 8, 8, 0);
            all[$"w{i}"] = new UsdtRegister($"w{i}", i * 8, 4, 0);
        }

        for (int i = 0; i < 32; i++)
        {
            foreach ((string prefix, int size) in new[] { ("q", 16), ("v", 16), ("d", 8), ("s", 4), ("h", 2), ("b", 1) }) all[$"{prefix}{i}"] = new UsdtRegister($"{prefix}{i}", -1, size, 0);
        }

        all["sp"] = new UsdtRegister("sp", 248, 8, 0);
        all["fp"] = new UsdtRegister("fp", 29 * 8, 8, 0);
        all["lr"] = new UsdtRegister("lr", 30 * 8, 8, 0);
        all["pc"] = new UsdtRegister("pc", 256, 8, 0);
        return all;
    }
}
