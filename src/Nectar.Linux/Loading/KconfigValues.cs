// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;

namespace Nectar.Linux.Loading;
using Nectar.Linux.Symbols.Kernel;

/// <summary>Makes the bytes of the <c>.kconfig</c> map: each extern's value in this kernel's configuration, as its type holds it.</summary>
internal static class KconfigValues
{
    internal static byte[] Make(BpfObject source, MapDefinition map, IReadOnlyDictionary<string, string> given)
    {
        byte[] bytes = new byte[map.ValueSize];
        List<Diagnostic> problems = [];
        foreach (ExternDefinition value in source.Externs)
        {
            if (value.Kind != ExternKind.Kconfig) continue;
            string? text = given.TryGetValue(value.Name, out string? own) ? own : Find(value.Name);
            string? problem = text is null ? null : Write(source.Types!, value, text, bytes.AsSpan(value.Offset, value.Size));
            if (text is null && !value.IsWeak) problem = KernelConfig.Running is { } config ? $"{config.Source} does not set it" : "this kernel's configuration cannot be read (neither /proc/config.gz nor /boot)";
            if (problem is not null)
                problems.Add(Diagnostic.Error(LinuxCodes.Extern, $"kernel configuration '{value.Name}': {problem}", "help: declare it __weak, or give a value at load"));
        }

        return problems.Count == 0 ? bytes : throw new LoadException([.. problems]);
    }

    /// <summary>A value as the configuration has it: y, m, n, a number, a text in quotes. Some are no configuration but facts about the kernel.</summary>
    private static string? Find(string name) => name switch
    {
        "LINUX_KERNEL_VERSION" => KernelRelease.Running.Code.ToString(CultureInfo.InvariantCulture),
        "LINUX_HAS_BPF_COOKIE" => KernelRelease.Running.IsAtLeast(new Version(5, 15)) ? "1" : "0",
        "LINUX_HAS_SYSCALL_WRAPPER" => HasSyscallWrapper() ? "1" : "0",
        _ => KernelConfig.Running?.Find(name),
    };

    private static string? Write(BtfTypes types, ExternDefinition value, string text, Span<byte> at)
    {
        BtfType type = types[types.Resolve(types[value.TypeId].TypeId)];
        bool isState = text is "y" or "n" or "m";
        switch (type.Kind)
        {
            case BtfKind.Array:
                if (text is not ['"', .., '"']) return $"its value {text} is no text";
                ReadOnlySpan<byte> utf8 = Encoding.UTF8.GetBytes(text[1..^1]);
                utf8[..Math.Min(utf8.Length, at.Length - 1)].CopyTo(at); // cut, with a zero behind, as C strings are
                return null;
            case BtfKind.Enum when isState && at.Length == 4:
                BinaryPrimitives.WriteInt32LittleEndian(at, text switch { "y" => 1, "m" => 2, _ => 0 }); // enum libbpf_tristate
                return null;
            case BtfKind.Int when isState && (type.IntEncoding & BtfIntEncoding.Bool) != 0:
                if (text == "m") return "it is a module (m), which bool cannot tell from y: use enum libbpf_tristate";
                at[0] = text == "y" ? (byte)1 : (byte)0;
                return null;
            case BtfKind.Int when isState && at.Length == 1:
                at[0] = (byte)text[0]; // char holds the letter
                return null;
        }

        if (!TryNumber(text, out Int128 number)) return $"its value {text} does not fit the type '{type.Name}' of the variable";
        bool isSigned = (type.IntEncoding & BtfIntEncoding.Signed) != 0;
        int bits = at.Length * 8;
        Int128 low = isSigned ? -(Int128.One << (bits - 1)) : 0, high = isSigned ? (Int128.One << (bits - 1)) - 1 : (Int128.One << bits) - 1;
        if (number < low || number > high) return $"its value {text} does not fit into {at.Length} bytes";
        for (int i = 0; i < at.Length; i++) at[i] = (byte)(number >> (8 * i));
        return null;
    }

    private static bool TryNumber(string text, out Int128 number)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) return Int128.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        return Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Since 4.17 most architectures enter system calls through a function with a prefix that takes one pointer.</summary>
    private static bool HasSyscallWrapper() => KernelSymbols.Shared.Find(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "__arm64_sys_bpf" : "__x64_sys_bpf").Count > 0;
}
