// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Text.Json;

namespace Nectar.Cli;

/// <summary>Where a verb's result goes: text, or JSON if that was asked for.</summary>
internal sealed class VerbOutput(TextWriter text, bool isJson)
{
    /// <summary>True if the result is JSON.</summary>
    internal bool IsJson => isJson;

    /// <summary>Where text goes.</summary>
    internal TextWriter Text => text;

    /// <summary>Writes one JSON document to standard output.</summary>
    internal static void Json(Action<Utf8JsonWriter> write)
    {
        using Stream output = Console.OpenStandardOutput();
        using (Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        output.WriteByte((byte)'\n');
    }

    /// <summary>Writes one JSON document on one line, for streams of them.</summary>
    internal static void JsonLine(Stream output, Action<Utf8JsonWriter> write)
    {
        using (Utf8JsonWriter json = new(output, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        output.WriteByte((byte)'\n');
        output.Flush();
    }

    /// <summary>Writes each item: an array of objects as JSON, or one after the other as text.</summary>
    internal void List<T>(IEnumerable<T> items, Action<T, TextWriter> asText, Action<T, Utf8JsonWriter> asJson)
    {
        if (!isJson)
        {
            foreach (T item in items) asText(item, text);
            return;
        }

        Json(json =>
        {
            json.WriteStartArray();
            foreach (T item in items)
            {
                json.WriteStartObject();
                asJson(item, json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}

/// <summary>Makes verbs that take words in bpftool's grammar.</summary>
internal static class KernelVerb
{
    /// <summary>A verb below <c>nectar prog</c> and its neighbours.</summary>
    /// <param name="parent">The words before it: <c>prog</c>.</param>
    /// <param name="name">The verb.</param>
    /// <param name="description">What it does, in a sentence.</param>
    /// <param name="usage">The words behind it.</param>
    /// <param name="run">Does it; gives the exit code.</param>
    /// <param name="examples">Examples for help.</param>
    internal static Command Create(string parent, string name, string description, string usage, Func<Words, VerbOutput, int> run, params (string Line, string Purpose)[] examples)
    {
        Argument<string[]> rest = new("words") { Description = usage.Length > 0 ? usage : "(none)", Arity = ArgumentArity.ZeroOrMore, HelpName = "WORDS" };
        Option<bool> json = new("--json", "-j") { Description = "Print the result as JSON" };
        rest.CompletionSources.Add(_ => usage.Split([' ', '|', '[', ']', '{', '}'], StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word.All(c => char.IsAsciiLetterLower(c) || c == '_')).Distinct().Select(word => new System.CommandLine.Completions.CompletionItem(word)));
        Command command = new(name, description) { rest, json };
        command.SetAction(result => run(new Words($"nectar {parent} {name}", usage, result.GetValue(rest) ?? []), new VerbOutput(result.InvocationConfiguration.Output, result.GetValue(json))));
        return examples.Length > 0 ? command.WithExamples(examples) : command;
    }

    /// <summary>As <see cref="Create(string, string, string, string, Func{Words, VerbOutput, int}, ValueTuple{string, string}[])"/>, for verbs that succeed or throw.</summary>
    internal static Command Create(string parent, string name, string description, string usage, Action<Words, VerbOutput> run, params (string Line, string Purpose)[] examples) =>
        Create(parent, name, description, usage, (words, output) =>
        {
            run(words, output);
            return 0;
        }, examples);

    /// <summary>Gives a verb a second name.</summary>
    internal static Command Named(this Command command, string alias)
    {
        command.Aliases.Add(alias);
        return command;
    }
}
