// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Text;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Symbols.Kernel;

/// <summary>
/// Asks the kernel itself for the names of its addresses: a BPF program that is run by hand writes an address as <c>%pS</c> does, <c>function+0x12/0x40
/// [module]</c> (<c>bpf_snprintf</c>, kernel 5.13). Two microseconds a name, of which those of the kernel itself are kept. Thread-safe; lives as long as the process.
/// </summary>
internal sealed unsafe class KernelNameQuery
{
    private const int Room = 1024, KeptNames = 1 << 14; // names have at most 512 bytes, those of modules 56
    private const int MapValue = 2; // the load of an address in a map's value (BPF_PSEUDO_MAP_VALUE)
    private readonly Lock _asking = new();
    private readonly KernelProgram _program;
    private readonly MappedMap _text;
    private readonly Dictionary<ulong, (string Name, ulong Offset)> _known = [];

    // The program refers to both; their descriptors are closed with this object.
    private readonly KernelMap _textMap, _format;

    private KernelNameQuery(KernelMap text, KernelMap format)
    {
        (_textMap, _format) = (text, format);
        _program = KernelProgram.Load(new ProgramLoad { Name = "kernel_name", Type = ProgramType.RawTracepoint, Instructions = Code(text.Handle.Fd, format.Handle.Fd) });
        _text = text.Map(readOnly: true);
    }

    /// <summary>Null if the kernel is older, or refuses us.</summary>
    internal static KernelNameQuery? TryOpen()
    {
        KernelMap? text = null, format = null;
        try
        {
            text = KernelMap.Create(new MapDefinition { Name = "name_text", Type = MapType.Array, KeySize = sizeof(int), ValueSize = Room, MaxEntries = 1, Flags = MapFlags.Mmapable });
            format = KernelMap.Create(new MapDefinition { Name = "name_format", Type = MapType.Array, KeySize = sizeof(int), ValueSize = sizeof(int), MaxEntries = 1, Flags = MapFlags.ReadOnlyProgram });
            if (format.Update([0, 0, 0, 0], "%pS\0"u8, MapUpdateFlags.Any) == Errno.None && format.Freeze() == Errno.None) return new KernelNameQuery(text, format);
        }
        catch (NectarException)
        {
            // then names are looked up in /proc/kallsyms
        }

        text?.Dispose();
        format?.Dispose();
        return null;
    }

    internal bool TryFind(ulong address, out string name, out string? module, out ulong offset)
    {
        lock (_asking)
        {
            module = null;
            if (_known.TryGetValue(address, out (string Name, ulong Offset) known))
            {
                (name, offset) = known;
                return true;
            }

            TestRunAttributes run = new() { ProgramFd = (uint)_program.Fd, ContextIn = (ulong)&address, ContextSizeIn = sizeof(ulong) };
            bool ran = BpfSyscall.Try(BpfCommand.ProgTestRun, ref run) == Errno.None;
            if (!ran || !TryParse(UpToZero(_text.ReadOnlyBytes), out name, out module, out offset))
            {
                (name, offset) = ("", 0);
                return false;
            }

            // what belongs to modules and BPF programs may be something else the next time
            if (module is null && _known.Count < KeptNames) _known[address] = (name, offset);
            return true;
        }
    }

    /// <summary>Reads <c>vfs_read+0x0/0x2a0 [module]</c>; false for a bare number.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out string name, out string? module, out ulong offset)
    {
        (name, module, offset) = ("", null, 0);
        int plus = text.LastIndexOf("+0x"u8);
        if (plus <= 0 || !Utf8Parser.TryParse(text[(plus + 3)..], out offset, out _, 'x')) return false;
        name = Encoding.UTF8.GetString(text[..plus]);
        ReadOnlySpan<byte> rest = text[plus..];
        int open = rest.IndexOf((byte)'[');
        int end = open < 0 ? -1 : rest[open..].IndexOfAny((byte)']', (byte)' '); // a build id may follow the module's name
        if (end > 1) module = Encoding.UTF8.GetString(rest.Slice(open + 1, end - 1));
        else if (IsOfBpf(text[..plus])) module = "bpf";
        return true;
    }

    /// <summary>Code that was made for BPF: the kernel's list says so, its <c>%pS</c> does not. Programs have their tag in the name, trampolines a number.</summary>
    private static bool IsOfBpf(ReadOnlySpan<byte> name)
    {
        const int TagLength = 16;
        ReadOnlySpan<byte> program = "bpf_prog_"u8, trampoline = "bpf_trampoline_"u8;
        if (name.StartsWith(program)) return name.Length >= program.Length + TagLength && !name.Slice(program.Length, TagLength).ContainsAnyExcept("0123456789abcdef"u8);
        return name.StartsWith(trampoline) && name.Length > trampoline.Length && char.IsAsciiDigit((char)name[trampoline.Length]);
    }

    private static ReadOnlySpan<byte> UpToZero(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return end < 0 ? bytes : bytes[..end];
    }

    private static Instruction[] Code(int text, int format)
    {
        const int Snprintf = 165;
        return
        [
            new(0x79, 1, 1, 0, 0), // r1 = the first argument
            new(0x7b, 10, 1, -8, 0), // *(u64 *)(r10 - 8) = r1
            new(OpcodeTable.LdImm64, 1, MapValue, 0, text), new(0, 0, 0, 0, 0),
            new(0xb7, 2, 0, 0, Room),
            new(OpcodeTable.LdImm64, 3, MapValue, 0, format), new(0, 0, 0, 0, 0),
            new(0xbf, 4, 10, 0, 0), // r4 = r10
            new(0x07, 4, 0, 0, -8), // r4 += -8
            new(0xb7, 5, 0, 0, sizeof(ulong)),
            new(0x85, 0, 0, 0, Snprintf),
            new(0xb7, 0, 0, 0, 0),
            new(0x95, 0, 0, 0, 0),
        ];
    }
}
