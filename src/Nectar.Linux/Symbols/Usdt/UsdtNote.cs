// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Elf;

namespace Nectar.Linux.Symbols.Usdt;

/// <summary>A place where a program can be traced, as its author put it there (<c>DTRACE_PROBE</c>, <c>STAP_PROBE</c>). Names may occur at several places.</summary>
public sealed record UsdtNote
{
    internal UsdtNote()
    {
    }

    /// <summary>Whose probe it is: mostly the program's or library's name.</summary>
    public required string Provider { get; init; }

    /// <summary>The probe's name.</summary>
    public required string Name { get; init; }

    /// <summary>The arguments as the compiler wrote them: <c>-4@%edi 8@-8(%rbp)</c>. Empty if there are none.</summary>
    public required string ArgumentText { get; init; }

    /// <summary>Where the probe's <c>nop</c> is linked to.</summary>
    public required ulong Address { get; init; }

    /// <summary>Where it is in the file: what the uprobe wants.</summary>
    public required ulong FileOffset { get; init; }

    /// <summary>Where the counter is linked to that tells the program that someone listens; 0 if it has none.</summary>
    public required ulong SemaphoreAddress { get; init; }

    /// <summary>Where the counter is in the file: <c>ref_ctr_offset</c> of the uprobe; 0 if it has none.</summary>
    public required ulong SemaphoreFileOffset { get; init; }

    /// <summary>Whose instructions and registers they are.</summary>
    public required ElfMachine Machine { get; init; }

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The arguments, ready to be read.</summary>
    /// <exception cref="ObjectFormatException">NEC4405: the text is in no known form.</exception>
    public ImmutableArray<UsdtArgument> Arguments => TryParseArguments(out ImmutableArray<UsdtArgument> arguments, out Diagnostic? problem) ? arguments : throw new ObjectFormatException(problem);

    /// <summary>Reads the arguments; false with the reason if their text is in no known form.</summary>
    public bool TryParseArguments(out ImmutableArray<UsdtArgument> arguments, [NotNullWhen(false)] out Diagnostic? problem) =>
        UsdtArgumentParser.TryParse(ArgumentText, Machine, out arguments, out problem);

    /// <summary>The linked address of the variable that an argument names, its offset included; false if the file does not define it.</summary>
    /// <param name="argument">One with a <see cref="UsdtArgument.Symbol"/>.</param>
    /// <param name="symbols">The symbols of the file.</param>
    /// <param name="address">For a position-independent file it counts from where the file is loaded.</param>
    public static bool TryAddressOf(UsdtArgument argument, ElfSymbols symbols, out ulong address)
    {
        ArgumentNullException.ThrowIfNull(argument);
        ArgumentNullException.ThrowIfNull(symbols);
        address = 0;
        if (argument.Symbol is null || symbols.Find(argument.Symbol) is not [var symbol, ..]) return false;
        address = symbol.Address + (ulong)argument.Offset;
        return true;
    }

    /// <summary><c>provider:name</c>.</summary>
    public override string ToString() => $"{Provider}:{Name}";
}
