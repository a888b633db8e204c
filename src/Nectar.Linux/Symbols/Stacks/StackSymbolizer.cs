// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Kernel;
using Nectar.Linux.Symbols.Processes;

namespace Nectar.Linux.Symbols.Stacks;

/// <summary>
/// Names and writes stacks: of stack-trace maps (values of 8 bytes an address up to a zero, or <c>struct bpf_stack_build_id</c> with
/// <c>BPF_F_STACK_BUILD_ID</c>) and of <c>bpf_get_stack</c> and <c>bpf_get_task_stack</c>. The innermost function comes first. Thread-safe.
/// </summary>
/// <param name="kernel">Symbols of the kernel; null for the shared ones.</param>
/// <param name="processes">Symbols of processes; null for new ones.</param>
public sealed class StackSymbolizer(KernelSymbols? kernel = null, ProcessSymbolizer? processes = null)
{
    /// <summary>Bytes of a <c>struct bpf_stack_build_id</c>.</summary>
    public const int BuildIdEntrySize = 32;

    private const int BuildIdSize = 20, StatusValid = 1, StatusAddress = 2;
    private readonly KernelSymbols _kernel = kernel ?? KernelSymbols.Shared;

    /// <summary>The symbols of processes that it uses.</summary>
    public ProcessSymbolizer Processes { get; } = processes ?? new ProcessSymbolizer();

    /// <summary>The addresses of a stack as a map or a helper wrote it: up to the first zero or the end.</summary>
    public static ReadOnlySpan<ulong> Addresses(ReadOnlySpan<byte> stack)
    {
        ReadOnlySpan<ulong> addresses = MemoryMarshal.Cast<byte, ulong>(stack);
        int end = addresses.IndexOf(0ul);
        return end < 0 ? addresses : addresses[..end];
    }

    /// <summary>The functions of a kernel stack.</summary>
    public SymbolizedAddress[] Kernel(ReadOnlySpan<ulong> addresses)
    {
        SymbolizedAddress[] frames = new SymbolizedAddress[addresses.Length];
        for (int i = 0; i < frames.Length; i++) frames[i] = i == 0 ? KernelFrame(addresses[i]) : KernelFrame(addresses[i] - 1).AsCaller();
        return frames;
    }

    /// <summary>The functions of a stack of a process.</summary>
    public SymbolizedAddress[] User(int processId, ReadOnlySpan<ulong> addresses) => Processes.SymbolizeStack(processId, addresses);

    /// <summary>The functions of a user stack whose addresses are pairs of build id and offset in the file (<c>BPF_F_STACK_BUILD_ID</c>).</summary>
    /// <param name="entries">Entries of 32 bytes, up to an empty one or the end.</param>
    /// <param name="processId">Whose stack it was, if known: entries without a build id need it. Null to look at all processes known here.</param>
    public SymbolizedAddress[] UserBuildIds(ReadOnlySpan<byte> entries, int? processId = null)
    {
        List<SymbolizedAddress> frames = [];
        for (; entries.Length >= BuildIdEntrySize; entries = entries[BuildIdEntrySize..])
        {
            int status = BinaryPrimitives.ReadInt32LittleEndian(entries);
            ulong place = BinaryPrimitives.ReadUInt64LittleEndian(entries[24..]);
            if (status is not (StatusValid or StatusAddress)) break;
            if (status == StatusAddress)
            {
                frames.Add(processId is not { } id ? new SymbolizedAddress(place, null, null, 0, null, 0) : frames.Count == 0 ? Processes.Symbolize(id, place) : Processes.Symbolize(id, place - 1).AsCaller());
                continue;
            }

            ReadOnlySpan<byte> buildId = entries.Slice(4, BuildIdSize);
            (ModuleSymbols Module, string Path)? file = Processes.FindByBuildId(buildId, processId) ?? Processes.FindByBuildId(buildId.TrimEnd((byte)0), processId); // shorter ids are filled with zeros
            string module = file?.Path ?? $"[build-id {Convert.ToHexStringLower(buildId)}]";
            frames.Add(file is not { } known ? new SymbolizedAddress(place, null, null, 0, module, place) : frames.Count == 0 ? InFile(known.Module, module, place) : InFile(known.Module, module, place - 1).AsCaller());
        }

        return [.. frames];
    }

    /// <summary>Writes a kernel stack, a line a function.</summary>
    public string FormatKernel(ReadOnlySpan<ulong> addresses, StackStyle style = StackStyle.Symbols) => style == StackStyle.Raw ? Raw(addresses) : Format(Kernel(addresses), style);

    /// <summary>Writes a stack of a process, a line a function.</summary>
    public string FormatUser(int processId, ReadOnlySpan<ulong> addresses, StackStyle style = StackStyle.Symbols) => style == StackStyle.Raw ? Raw(addresses) : Format(User(processId, addresses), style);

    /// <summary>Writes named addresses, a line each, with a line feed behind each.</summary>
    public static string Format(ReadOnlySpan<SymbolizedAddress> frames, StackStyle style = StackStyle.Symbols)
    {
        StringBuilder text = new();
        foreach (SymbolizedAddress frame in frames) Append(text, frame, style);
        return text.ToString();
    }

    private static string Raw(ReadOnlySpan<ulong> addresses)
    {
        StringBuilder text = new();
        foreach (ulong address in addresses) text.Append(CultureInfo.InvariantCulture, $"{address:x}\n");
        return text.ToString();
    }

    private static void Append(StringBuilder text, in SymbolizedAddress frame, StackStyle style)
    {
        switch (style)
        {
            case StackStyle.Raw:
                text.Append(CultureInfo.InvariantCulture, $"{frame.Address:x}\n");
                break;
            case StackStyle.Perf:
                text.Append(CultureInfo.InvariantCulture, $"\t{frame.Address,16:x} ");
                if (frame.Display is null) text.Append("[unknown]");
                else text.Append(CultureInfo.InvariantCulture, $"{frame.Display}+0x{frame.Offset:x}");
                text.Append(CultureInfo.InvariantCulture, $" ({frame.Module ?? "[unknown]"})\n");
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"{frame}\n");
                break;
        }
    }

    private static SymbolizedAddress InFile(ModuleSymbols module, string path, ulong fileOffset)
    {
        ulong linked = module.ToAddress(fileOffset);
        NamedSymbol? symbol = module.Find(linked, out ulong offset);
        return new SymbolizedAddress(fileOffset, symbol?.Name, symbol?.Shown, offset, path, linked);
    }

    private SymbolizedAddress KernelFrame(ulong address) => _kernel.TryName(address, out string name, out string? module, out ulong offset)
        ? new SymbolizedAddress(address, name, name, offset, module is null ? "[kernel]" : $"[{module}]", 0)
        : new SymbolizedAddress(address, null, null, 0, null, 0);
}
