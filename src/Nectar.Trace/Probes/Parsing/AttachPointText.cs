// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Trace.Probes.Parsing;

/// <summary>Splits attach points at colons; what is quoted stays together, and an <c>@</c> is a part by itself.</summary>
internal static class AttachPointText
{
    public static List<string> Split(string text)
    {
        List<string> parts = [];
        StringBuilder part = new();
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is ':' or '@' && !isQuoted)
            {
                parts.Add(part.ToString());
                part.Clear();
                if (c == '@') parts.Add("@");
            }
            else if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (isQuoted && c == '\\' && i + 1 < text.Length)
            {
                part.Append(text[++i]);
            }
            else
            {
                part.Append(c);
            }
        }

        parts.Add(part.ToString());
        return parts;
    }
}
