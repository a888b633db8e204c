// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Programs;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar prog dump</c>: the code of loaded programs.</summary>
internal static class ProgDumpVerb
{
    private static readonly DiagnosticCode s_hidden = new(4704);

    internal static Command Create() => KernelVerb.Create("prog", "dump", "Print a program's code: xlated (after the verifier's changes) or jited (machine code)",
        "{xlated | jited} {id N | name X | tag T | pinned PATH} [file FILE] [opcodes] [linum] [visual] [intel]", Dump,
        ("nectar prog dump xlated name block_http", "instructions with their source"),
        ("nectar prog dump jited id 7 linum opcodes", "machine code with file, line and bytes"),
        ("nectar prog dump xlated id 7 visual | dot -Tsvg > flow.svg", "the control flow as a picture"));

    private static void Dump(Words words, VerbOutput output)
    {
        bool isJited = words.Take("jited");
        if (!isJited && !words.Take("xlated")) throw words.Wrong("expected xlated or jited");
        ObjectReference reference = words.NextReference("a program");
        string? file = null;
        bool opcodes = false, places = false, visual = false, intel = false;
        while (!words.IsEmpty)
        {
            if (words.Take("file")) file = words.Next("a file");
            else if (words.Take("opcodes")) opcodes = true;
            else if (words.Take("linum")) places = true;
            else if (!isJited && words.Take("visual")) visual = true;
            else if (isJited && words.Take("intel")) intel = true;
            else words.End();
        }

        List<KernelProgram> found = ObjectFinder.Programs(reference);
        try
        {
            if (found.Count > 1 && (file is not null || visual)) throw words.Wrong($"{reference} stands for {found.Count} programs; a file or a graph holds one");
            ProgramCode[] codes = [.. found.Select(ProgramCode.Read)];
            foreach (ProgramCode code in codes) Check(code, isJited);
            if (file is not null) Save(codes[0], isJited, file);
            else if (visual) TranslatedGraph.Write(codes[0], output.Text);
            else if (output.IsJson) WriteJson(codes, isJited, opcodes, places, intel);
            else WriteText(codes, isJited, opcodes, places, intel, output.Text);
        }
        finally
        {
            foreach (KernelProgram program in found) program.Dispose();
        }
    }

    private static void Check(ProgramCode code, bool isJited)
    {
        if (isJited ? code.Jited.Length > 0 : code.Translated.Length > 0) return;
        throw new LoadException(isJited && code.Info.JitedSize == 0
            ? Diagnostic.Error(s_hidden, $"program {code.Info.Id} '{code.Info.Name}' is interpreted: it has no machine code", "help: echo 1 > /proc/sys/net/core/bpf_jit_enable, then load it again")
            : Diagnostic.Error(s_hidden, $"program {code.Info.Id} '{code.Info.Name}': the kernel does not show its code", "help: run as root, and check kernel.kptr_restrict and net.core.bpf_jit_harden"));
    }

    private static void Save(ProgramCode code, bool isJited, string file)
    {
        using FileStream stream = File.Create(file);
        if (isJited) foreach (JitedFunction function in code.Jited) stream.Write(function.Code.Span);
        else stream.Write(MemoryMarshal.AsBytes(code.Translated.AsSpan()));
    }

    private static void WriteText(ProgramCode[] codes, bool isJited, bool opcodes, bool places, bool intel, TextWriter text)
    {
        foreach (ProgramCode code in codes)
        {
            if (codes.Length > 1) text.WriteLine(FormattableString.Invariant($"{code.Info.Id}: {KindNames.Of(code.Info.Type)}  name {code.Info.Name}  tag {code.Info.Tag}"));
            if (isJited) new JitedView(intel, opcodes, places).WriteText(code, text);
            else TranslatedView.WriteText(code, opcodes, places, text);
            if (codes.Length > 1) text.WriteLine();
        }
    }

    private static void WriteJson(ProgramCode[] codes, bool isJited, bool opcodes, bool places, bool intel) => VerbOutput.Json(json =>
    {
        json.WriteStartArray();
        foreach (ProgramCode code in codes)
        {
            if (codes.Length > 1)
            {
                json.WriteStartObject();
                json.WriteNumber("id", code.Info.Id);
                json.WriteString("name", code.Info.Name);
                json.WriteStartArray("insns");
            }

            if (isJited) new JitedView(intel, opcodes, places).WriteJson(code, json);
            else TranslatedView.WriteJson(code, opcodes, places, json);
            if (codes.Length <= 1) continue;
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
