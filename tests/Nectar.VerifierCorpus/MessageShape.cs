// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;

namespace Nectar.VerifierCorpus;

/// <summary>A complaint of the kernel without its numbers, so that alike ones fall together.</summary>
internal static partial class MessageShape
{
    private const int Longest = 110;

    internal static string Of(KernelVerdict kernel)
    {
        string line = kernel.LastLine is { Length: > 0 } last ? last : $"(errno {kernel.Errno}, no message)";
        string shape = Numbers().Replace(line, "N");
        return shape.Length > Longest ? shape[..Longest] : shape;
    }

    [GeneratedRegex(@"0x[0-9a-f]+|(?<![A-Za-z_])-?\d+")]
    private static partial Regex Numbers();
}
