// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Trace.Runtime;

namespace Nectar.Trace.Tools;

/// <summary>Expressions of a <see cref="HookQuestion"/>, from the words of bcc's tools to those of the tracing language.</summary>
/// <param name="signature">Types and names of the arguments as in C; null if none were given.</param>
/// <param name="countsFromOne">The first argument is <c>arg1</c>; <c>arg0</c> otherwise.</param>
internal sealed class QuestionExpressions(string? signature, bool countsFromOne)
{
    private static readonly Dictionary<string, string> s_words = new(StringComparer.Ordinal)
    {
        ["$retval"] = "retval", ["$pid"] = "tid", ["$tgid"] = "pid", ["$uid"] = "uid", ["$gid"] = "gid", ["$cpu"] = "cpu", ["$ktime"] = "nsecs",
        ["$task"] = "curtask", ["$comm"] = "comm", ["NULL"] = "0",
    };

    // What is text already, so that %s takes it as it is.
    private static readonly string[] s_texts = ["comm", "probe", "func", "str(", "ksym(", "usym(", "strftime(", "kstack", "ustack", "buf(", "ntop(", "\""];

    private readonly Dictionary<string, string> _parameters = Parameters(signature);

    /// <summary>The same expression in the tracing language.</summary>
    public string Translate(string expression)
    {
        StringBuilder result = new();
        for (int i = 0; i < expression.Length;)
        {
            int start = i;
            if (expression[i] is '"' or '\'')
            {
                i = Math.Min(QuestionReader.EndOfQuoted(expression, i) + 1, expression.Length);
                result.Append(expression, start, i - start);
            }
            else if (char.IsLetterOrDigit(expression[i]) || expression[i] is '_' or '$')
            {
                while (i < expression.Length && (char.IsLetterOrDigit(expression[i]) || expression[i] is '_' or '$')) i++;
                bool isField = start > 0 && (expression[start - 1] == '.' || (start > 1 && expression[(start - 2)..start] == "->"));
                string word = expression[start..i];
                result.Append(isField ? word : Word(word));
            }
            else
            {
                result.Append(expression[i++]);
            }
        }

        return result.ToString();
    }

    /// <summary>A format and its values: <c>%s</c> reads text, <c>%K</c> and <c>%U</c> name addresses.</summary>
    /// <exception cref="TraceException">There are more or fewer values than conversions.</exception>
    public (string Format, List<string> Values) Format(string question, string format, List<string> values)
    {
        StringBuilder result = new();
        List<string> all = [];
        for (int i = 0; i < format.Length; i++)
        {
            result.Append(format[i]);
            if (format[i] != '%' || ++i == format.Length) continue;
            if (format[i] == '%')
            {
                result.Append('%');
                continue;
            }

            while (i < format.Length && !char.IsLetter(format[i])) result.Append(format[i++]);
            if (i == format.Length) break;
            if (all.Count == values.Count) throw QuestionReader.Problem(question, $"the format has more conversions than the {values.Count} values behind it");
            string value = values[all.Count];
            (char conversion, string text) = format[i] switch
            {
                's' when !s_texts.Any(text => value.StartsWith(text, StringComparison.Ordinal)) => ('s', $"str({value})"),
                'K' => ('s', $"ksym({value})"),
                'U' => ('s', $"usym({value})"),
                char other => (other, value),
            };
            result.Append(conversion);
            all.Add(text);
        }

        return all.Count == values.Count ? (result.ToString(), all) : throw QuestionReader.Problem(question, $"the format has {all.Count} conversions for {values.Count} values");
    }

    private string Word(string word)
    {
        if (_parameters.TryGetValue(word, out string? parameter)) return parameter;
        if (s_words.TryGetValue(word, out string? builtin)) return builtin;
        return countsFromOne && word.StartsWith("arg", StringComparison.Ordinal) && int.TryParse(word.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? string.Create(CultureInfo.InvariantCulture, $"arg{number - 1}") : word;
    }

    /// <summary>Names of a signature, each with the argument that it stands for, cast to its type where that is a pointer to a structure.</summary>
    private static Dictionary<string, string> Parameters(string? signature)
    {
        Dictionary<string, string> result = new(StringComparer.Ordinal);
        string[] parts = string.IsNullOrWhiteSpace(signature) ? [] : QuestionReader.Split(signature, ',');
        for (int i = 0; i < parts.Length; i++)
        {
            string declaration = parts[i].Trim();
            int name = declaration.Length;
            while (name > 0 && (char.IsLetterOrDigit(declaration[name - 1]) || declaration[name - 1] == '_')) name--;
            string type = declaration[..name].Trim();
            if (type.Length == 0) continue;
            string argument = string.Create(CultureInfo.InvariantCulture, $"arg{i}");
            bool isStructure = type.EndsWith('*') && type.Contains("struct ", StringComparison.Ordinal);
            result[declaration[name..]] = isStructure ? $"(({type.Replace("const ", "", StringComparison.Ordinal)}){argument})" : argument;
        }

        return result;
    }
}
