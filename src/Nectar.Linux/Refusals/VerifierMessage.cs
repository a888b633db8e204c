// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Linux.Refusals;

/// <summary>A complaint of the verifier, in plain words.</summary>
/// <param name="Code">The kind of problem.</param>
/// <param name="Explanation">What is wrong, with holes for what the complaint says.</param>
/// <param name="Help">What to do; null where nothing general can be said.</param>
/// <param name="Templates">How kernels word it, of all versions.</param>
internal sealed record VerifierMessage(DiagnosticCode Code, string Explanation, string? Help, MessageTemplate[] Templates)
{
    internal VerifierMessage(DiagnosticCode code, string explanation, string? help, params string[] templates)
        : this(code, explanation, help, [.. templates.Select(text => new MessageTemplate(text))])
    {
    }

    /// <summary>Narrows the row by what stood in the holes; null for every match.</summary>
    internal Func<Dictionary<string, string>, bool>? When { get; init; }

    /// <summary>The category, where it is another than that of the code.</summary>
    internal ViolationCategory? Category { get; init; }

    /// <summary>True if the kernel writes this before it goes on, too: only as the last complaint it is the reason.</summary>
    internal bool MayBeRemark { get; init; }

    /// <summary>The hole with the slot of another instruction that matters, and what it is: where a reference was taken.</summary>
    internal (string Hole, string Words)? Other { get; init; }
}

/// <summary>A complaint that was understood.</summary>
/// <param name="Message">The row of the table.</param>
/// <param name="Fields">What stood in the holes.</param>
/// <param name="Line">The complaint as the kernel wrote it.</param>
internal sealed record VerifierFinding(VerifierMessage Message, Dictionary<string, string> Fields, string Line)
{
    /// <summary>What stood in a hole, as a number without sign; null if it is none.</summary>
    internal int? Number(string hole) => Fields.TryGetValue(hole, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>As <see cref="Number"/>, with a sign.</summary>
    internal int? SignedNumber(string hole) => Fields.TryGetValue(hole, out string? text) && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;
}
