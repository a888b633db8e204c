// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Declarations;

/// <summary>Replaces macros in tokens of C.</summary>
internal static class CExpansion
{
    // What hostile definitions may grow to.
    private const int MaxTokens = 1_000_000;

    /// <summary>Puts the token at <paramref name="index"/>, or what it stands for, into <paramref name="output"/>; gives the index behind it.</summary>
    public static int Next(IReadOnlyList<CToken> tokens, int index, Dictionary<string, CMacro> macros, List<CToken> output, HashSet<string> active)
    {
        CToken token = tokens[index];
        if (token.Kind != CTokenKind.Word || output.Count > MaxTokens || !macros.TryGetValue(token.Text, out CMacro? macro) || active.Contains(token.Text))
        {
            output.Add(token);
            return index + 1;
        }

        int after = index + 1;
        IReadOnlyList<CToken> value = macro.Value;
        if (macro.Parameters is { } parameters)
        {
            if (after >= tokens.Count || !tokens[after].Is("("))
            {
                output.Add(token);
                return after;
            }

            List<List<CToken>> arguments = Arguments(tokens, ref after);
            List<CToken> replaced = [];
            foreach (CToken part in macro.Value)
            {
                int number = part.Kind == CTokenKind.Word ? Index(parameters, part.Text) : -1;
                if (number < 0) replaced.Add(part);
                else if (number < arguments.Count) replaced.AddRange(arguments[number]);
            }

            value = replaced;
        }

        active.Add(token.Text);
        for (int i = 0; i < value.Count;) i = Next(value, i, macros, output, active);
        active.Remove(token.Text);
        return after;
    }

    private static int Index(IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name) return i;
        }

        return -1;
    }

    private static List<List<CToken>> Arguments(IReadOnlyList<CToken> tokens, ref int index)
    {
        List<List<CToken>> arguments = [[]];
        int depth = 1;
        for (index++; index < tokens.Count; index++)
        {
            CToken token = tokens[index];
            if (token.Is("(")) depth++;
            else if (token.Is(")") && --depth == 0)
            {
                index++;
                break;
            }

            if (depth == 1 && token.Is(",")) arguments.Add([]);
            else arguments[^1].Add(token);
        }

        return arguments;
    }
}
