// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Kernel;

/// <summary>A symbol of the running kernel.</summary>
/// <param name="Name">Its name; several symbols may have the same.</param>
/// <param name="Address">Where it is; 0 if the kernel hides its addresses from us.</param>
/// <param name="Type">As <c>nm</c> writes it: <c>T</c> and <c>t</c> code, <c>W</c> weak, <c>D</c>, <c>B</c>, <c>R</c> data; lower case for local ones.</param>
/// <param name="Module">The module that it belongs to, <c>bpf</c> for BPF programs; null for the kernel itself.</param>
public readonly record struct KernelSymbol(string Name, ulong Address, char Type, string? Module)
{
    private const string Prefix = "bpf_prog_";
    private const int TagLength = 16;

    /// <summary>True for code.</summary>
    public bool IsFunction => Type is 't' or 'T' or 'w' or 'W';

    /// <summary>True if it is the machine code of a BPF program or of one of its functions: <c>bpf_prog_TAG_NAME</c>.</summary>
    public bool IsBpfProgram => Module == "bpf" && Name.StartsWith(Prefix, StringComparison.Ordinal) && Name.Length >= Prefix.Length + TagLength;

    /// <summary>The tag (16 hex digits) of a BPF program; empty for other symbols.</summary>
    public string BpfTag => IsBpfProgram ? Name.Substring(Prefix.Length, TagLength) : "";

    /// <summary>The name of a BPF program or of its function; empty for other symbols and for programs without a name.</summary>
    public string BpfName => IsBpfProgram && Name.Length > Prefix.Length + TagLength + 1 ? Name[(Prefix.Length + TagLength + 1)..] : "";

    /// <summary>The name, with the module behind it as the kernel prints it: <c>nf_hook_slow [netfilter]</c>.</summary>
    public override string ToString() => Module is null ? Name : $"{Name} [{Module}]";
}
