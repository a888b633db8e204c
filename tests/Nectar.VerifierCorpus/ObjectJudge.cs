// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Loading;

namespace Nectar.VerifierCorpus;

/// <summary>Loads each program of an object alone, with our own loader, and writes what the kernel says: one JSON object a line.</summary>
internal static class ObjectJudge
{
    private const uint StepsLevel = 1, StatisticsLevel = 4;
    private const int KeptLog = 4096;

    /// <summary>Judges all programs of some objects.</summary>
    internal static void Judge(IReadOnlyList<string> objects, string output, Action<string> say)
    {
        Dictionary<string, byte[]> lines = [];
        int programs = 0, notLoaded = 0;
        Parallel.ForEach(objects, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, path =>
        {
            using MemoryStream text = new();
            DiagnosticBag problems = new();
            if (!ObjectReader.TryRead(File.ReadAllBytes(path), Path.GetFileNameWithoutExtension(path), problems, out BpfObject? source)) return;
            Dictionary<string, TestTags> tags = TestTags.Read(source.Types);
            foreach (ProgramDefinition program in source.Programs)
            {
                TestTags tag = tags.GetValueOrDefault(program.Name, new TestTags(null, 0, null, false));
                program.Flags |= tag.Flags;
                KernelVerdict? verdict = Judge(source, program, out string? problem);
                Interlocked.Increment(ref programs);
                if (verdict is null) Interlocked.Increment(ref notLoaded);
                Write(text, path, program, tag, verdict, problem);
            }

            lock (lines) lines.Add(path, text.ToArray());
        });
        using FileStream file = File.Create(output + ".new");
        foreach (string path in objects)
        {
            if (lines.TryGetValue(path, out byte[]? text)) file.Write(text);
        }

        file.Close();
        File.Move(output + ".new", output, overwrite: true);
        say($"{programs} programs of {objects.Count} objects judged; {notLoaded} did not come to a load");
    }

    /// <summary>The kernel's verdict; null with the reason if it was not asked.</summary>
    private static KernelVerdict? Judge(BpfObject source, ProgramDefinition program, out string? problem)
    {
        (Exception? failure, string log) = Load(source, program, StatisticsLevel);
        problem = null;
        if (failure is not null && !IsRefusal(failure))
        {
            problem = failure is NectarException known ? known.Diagnostics[0].Message : failure.ToString();
            return null;
        }

        long time = KernelVerdict.Number(log, "verification time ");
        (_, string again) = Load(source, program, StatisticsLevel);
        long second = KernelVerdict.Number(again, "verification time ");
        string steps = failure is null ? "" : Load(source, program, StepsLevel).Log;
        return new KernelVerdict(failure is null, failure is null ? 0 : failure is KernelException kernel ? (int)kernel.Errno : 13, KernelVerdict.WithoutStatistics(log), steps.Length > KeptLog ? steps[^KeptLog..] : steps,
            KernelVerdict.Number(log, "processed "), KernelVerdict.Number(log, "total_states "), second > 0 ? Math.Min(time, second) : time);
    }

    /// <summary>True if the program was sent to the kernel and came back.</summary>
    private static bool IsRefusal(Exception failure) => failure is VerificationException || failure is KernelException { Command: "bpf(BPF_PROG_LOAD)", Errno: not Errno.ENOENT };

    private static (Exception? Failure, string Log) Load(BpfObject source, ProgramDefinition program, uint level)
    {
        string log = "";
        try
        {
            KernelObject.Load(source, new KernelLoadOptions { Programs = [program.Name], LogLevel = level, LogSink = (_, text) => log = text }).Dispose();
            return (null, log);
        }
        catch (NectarException refused)
        {
            return (refused, log);
        }
    }

    private static void Write(MemoryStream text, string path, ProgramDefinition program, TestTags tag, KernelVerdict? verdict, string? problem)
    {
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartObject();
            json.WriteString("object", Path.GetFileName(path));
            json.WriteString("program", program.Name);
            json.WriteNumber("flags", tag.Flags);
            if (tag.Expected is { } expected) json.WriteBoolean("expected", expected);
            if (tag.ReturnValue is { } value) json.WriteString("returns", value);
            if (tag.IsAuxiliary) json.WriteBoolean("auxiliary", true);
            if (problem is not null) json.WriteString("problem", problem);
            verdict?.Write(json);
            json.WriteEndObject();
        }

        text.WriteByte((byte)'\n');
    }
}
