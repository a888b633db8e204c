// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Declarations;

/// <summary><c>#define name value</c> or <c>#define name(a, b) value</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Null: used without parentheses.</param>
/// <param name="Value">What stands for it.</param>
internal sealed record CMacro(string Name, IReadOnlyList<string>? Parameters, IReadOnlyList<CToken> Value)
{
    /// <summary>The value as errors quote it: tokens without space between them, but between words.</summary>
    public string Text
    {
        get
        {
            System.Text.StringBuilder text = new();
            bool afterWord = false;
            foreach (CToken token in Value)
            {
                bool isWord = token.Kind is CTokenKind.Word or CTokenKind.Number;
                if (afterWord && isWord) text.Append(' ');
                text.Append(token.Text);
                afterWord = isWord;
            }

            return text.ToString();
        }
    }
}
