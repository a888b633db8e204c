// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Trace.Probes.Parsing;

/// <summary>An attach point taken apart; patterns are not resolved.</summary>
internal sealed record ParsedPoint(ProbeKind Kind)
{
    /// <summary>Subsystem, module, file, event, unit of time, name of a test.</summary>
    public string Target { get; init; } = "";

    /// <summary><c>cpp</c>: the function is a readable name.</summary>
    public string Language { get; init; } = "";

    /// <summary>USDT: the provider; empty for any.</summary>
    public string Namespace { get; init; } = "";

    public string Function { get; init; } = "";

    public ulong Offset { get; init; }

    public ulong? Address { get; init; }

    /// <summary>Rate or period.</summary>
    public ulong Number { get; init; }

    /// <summary>watchpoint: bytes.</summary>
    public ulong Length { get; init; }

    public string Mode { get; init; } = "";

    public string Pin { get; init; } = "";

    /// <summary>fentry of programs: which; 0 for any.</summary>
    public uint ProgramId { get; init; }

    public string SourceFile { get; init; } = "";

    public int Line { get; init; }

    public int Column { get; init; }

    /// <summary>Came out of a pattern of kinds: what does not fit is left out without a word.</summary>
    public bool IsOptional { get; init; }

    /// <summary>What <c>probe</c> gives.</summary>
    public string Name
    {
        get
        {
            StringBuilder name = new(ProbeProviders.NameOf(Kind));
            Add(Target);
            Add(Language);
            Add(Namespace);
            if (ProgramId != 0) name.Append(CultureInfo.InvariantCulture, $":{ProgramId}");
            if (Function.Length > 0)
            {
                name.Append(':').Append(Function);
                if (Offset != 0) name.Append(CultureInfo.InvariantCulture, $"+{Offset}");
            }

            if (Address is { } address and not 0) name.Append(CultureInfo.InvariantCulture, $":{address}");
            if (Number != 0) name.Append(CultureInfo.InvariantCulture, $":{Number}");
            if (Length != 0) name.Append(CultureInfo.InvariantCulture, $":{Length}");
            Add(Mode);
            return name.ToString();

            void Add(string part)
            {
                if (part.Length > 0) name.Append(':').Append(part);
            }
        }
    }
}
