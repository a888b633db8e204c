// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Declarations;

/// <summary>What attributes say about layout; the others are passed over.</summary>
internal sealed class CAttributes
{
    public bool IsPacked { get; set; }

    /// <summary>Of <c>aligned(n)</c>; 0 without.</summary>
    public int Alignment { get; private set; }

    public static bool IsAttribute(string word) => word is "__attribute__" or "__attribute" or "__packed" or "_Alignas" or "__aligned" or "____cacheline_aligned";

    public void Read(IReadOnlyList<CToken> tokens, int start, int end, Func<string, long?> valueOf)
    {
        bool isBare = start > 0 && tokens[start - 1].Text is "_Alignas" or "__aligned" && start > 0;
        if (isBare && new CConstant(tokens, valueOf, static _ => null).TryEvaluate(out long bare, start)) Align(bare);
        for (int i = start; i < end && i < tokens.Count; i++)
        {
            switch (tokens[i].Text)
            {
                case "packed" or "__packed__":
                    IsPacked = true;
                    break;
                case "aligned" or "__aligned__":
                    bool hasValue = i + 1 < end && tokens[i + 1].Is("(");
                    Align(!hasValue ? 16 : new CConstant(tokens, valueOf, static _ => null).TryEvaluate(out long value, i + 1) ? value : 0);
                    break;
            }
        }
    }

    private void Align(long value)
    {
        if (value is > 0 and <= 4096 && (value & (value - 1)) == 0) Alignment = (int)value;
    }
}
