// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Programs;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar prog run</c>: a loaded program on data that the user gives.</summary>
internal static class ProgRunVerb
{
    internal static Command Create() => KernelVerb.Create("prog", "run", "Run a loaded program in the kernel on data of yours",
        "{id N | name X | tag T | pinned PATH} [data_in FILE [data_out FILE [data_size_out N]]] [ctx_in FILE [ctx_out FILE [ctx_size_out N]]] [repeat N] [cpu N]", Run,
        ("nectar prog run name block_http data_in packet.bin repeat 1000", "the verdict and the mean duration"),
        ("nectar prog run id 7 data_in - data_out - < packet.bin", "the packet as the program left it"));

    private static void Run(Words words, VerbOutput output)
    {
        using KernelProgram program = ObjectFinder.Program(words.NextReference("a program"));
        byte[] data = [], context = [];
        string? dataOut = null, contextOut = null;
        int? size = null, cpu = null;
        uint repeat = 1;
        while (!words.IsEmpty)
        {
            if (words.Take("data_in")) data = Inputs.ReadBytes(words.Next("a file"));
            else if (words.Take("data_out")) dataOut = words.Next("a file");
            else if (words.Take("data_size_out")) size = (int)words.NextNumber("bytes");
            else if (words.Take("ctx_in")) context = Inputs.ReadBytes(words.Next("a file"));
            else if (words.Take("ctx_out")) contextOut = words.Next("a file");
            else if (words.Take("ctx_size_out")) words.NextNumber("bytes"); // the kernel gives back as much as went in
            else if (words.Take("repeat")) repeat = words.NextNumber("a count");
            else if (words.Take("cpu")) cpu = (int)words.NextNumber("a processor");
            else words.End();
        }

        TestRunResult result = program.TestRun(new TestRunInput { Data = data, Context = context, Repeat = repeat, Cpu = cpu, OutputSize = size });
        Save(dataOut, result.Data);
        Save(contextOut, result.Context);
        if (output.IsJson)
        {
            VerbOutput.Json(json =>
            {
                json.WriteStartObject();
                if (dataOut == "-") TranslatedView.WriteBytes(json, "data_out", result.Data);
                if (contextOut == "-") TranslatedView.WriteBytes(json, "ctx_out", result.Context);
                json.WriteNumber("retval", result.ReturnValue);
                json.WriteNumber(repeat > 1 ? "duration_avg" : "duration", result.NanosecondsPerRun);
                json.WriteEndObject();
            });
            return;
        }

        if (dataOut == "-") output.Text.WriteLine("Data out:\n" + ElementView.Hex(result.Data));
        if (contextOut == "-") output.Text.WriteLine("Context out:\n" + ElementView.Hex(result.Context));
        output.Text.WriteLine(FormattableString.Invariant($"Return value: {result.ReturnValue}, duration{(repeat > 1 ? " (average)" : "")}: {result.NanosecondsPerRun}ns"));
    }

    private static void Save(string? path, byte[] bytes)
    {
        if (path is not (null or "-")) File.WriteAllBytes(path, bytes);
    }
}
