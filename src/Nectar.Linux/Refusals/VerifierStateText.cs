// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Refusals;

/// <summary>Reads what the verifier writes about registers and stack slots: <c>R1=ctx() R2_w=scalar(umax=255,var_off=(0x0; 0xff)) fp-8=mmmm????</c>.</summary>
internal static class VerifierStateText
{
    /// <summary>True if a text begins like a state and not like a complaint about a register.</summary>
    internal static bool LooksLikeState(ReadOnlySpan<char> text)
    {
        text = text.TrimStart();
        if (text.StartsWith("frame", StringComparison.Ordinal) && text.Length > 6 && char.IsAsciiDigit(text[5])) return true;
        if (text.StartsWith("refs=", StringComparison.Ordinal)) return true;
        int end = text.IndexOf('=');
        return end > 1 && end <= 12 && NameOf(text[..end]).Length > 0;
    }

    /// <summary>Puts every register and slot of a state into a table.</summary>
    internal static void Read(ReadOnlySpan<char> text, Dictionary<string, string> registers)
    {
        int depth = 0, start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : ' ';
            if (c == '(') depth++;
            else if (c == ')') depth--;
            if (c != ' ' || (depth > 0 && i < text.Length)) continue;
            ReadOnlySpan<char> token = text[start..i];
            start = i + 1;
            int equals = token.IndexOf('=');
            if (equals <= 0) continue;
            string name = NameOf(token[..equals]);
            if (name.Length > 0) registers[name] = token[(equals + 1)..].ToString();
        }
    }

    /// <summary>The name without what older kernels append about liveness: <c>R2_rw</c> is R2. Empty if it is no register or slot.</summary>
    private static string NameOf(ReadOnlySpan<char> name)
    {
        int underscore = name.IndexOf('_');
        if (underscore > 0) name = name[..underscore];
        ReadOnlySpan<char> digits = name.StartsWith("R", StringComparison.Ordinal) ? name[1..]
            : name.StartsWith("fp-", StringComparison.Ordinal) ? name[3..]
            : name.SequenceEqual("refs") ? "0" : default;
        if (digits.IsEmpty || digits.Length > 4) return "";
        foreach (char c in digits)
        {
            if (!char.IsAsciiDigit(c)) return "";
        }

        return name.ToString();
    }
}
