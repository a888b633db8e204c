// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar dis</c>: the code of an object, with its source, as our machine code, or as text that assembles again.</summary>
internal static class DisVerb
{
    internal static Command Create()
    {
        Argument<string> file = new("object") { Description = "An object, assembly text or a classic filter's listing; - for standard input" };
        Argument<string?> program = new("program") { Description = "One program, with the subprograms that it calls (default: all)", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> raw = new("--raw") { Description = "The input is bare instructions, as bytes or in hexadecimal" };
        Option<string> style = new("--style") { Description = "nectar (assembles again), llvm (llvm-objdump) or bpftool", DefaultValueFactory = _ => "nectar" };
        style.AcceptOnlyFromAmong("nectar", "llvm", "bpftool");
        Option<bool> bytes = new("--bytes") { Description = "Show the bytes of instructions" };
        Option<bool> index = new("--index") { Description = "Show the number of each instruction" };
        Option<bool> noSource = new("--no-source") { Description = "Leave out source lines" };
        Option<bool> jited = new("--jited") { Description = "Show the machine code that runs in this process" };
        Option<bool> unverified = Regimes.Unverified(), trusted = Regimes.Trusted();
        Command command = new("dis", "Disassemble an object") { file, program, raw, style, bytes, index, noSource, jited, unverified, trusted };
        command.SetAction(result =>
        {
            TextWriter output = result.InvocationConfiguration.Output;
            string path = result.GetValue(file)!;
            BpfObject source = result.GetValue(raw) ? Inputs.ReadRaw(path) : Inputs.ReadObject(path);
            DisassemblerOptions options = new()
            {
                Style = Enum.Parse<DisassemblyStyle>(result.GetValue(style)!, ignoreCase: true),
                ShowBytes = result.GetValue(bytes),
                ShowIndex = result.GetValue(index),
                ShowSource = !result.GetValue(noSource),
            };
            string? name = result.GetValue(program);
            if (result.GetValue(jited))
            {
                using VmObject loaded = Regimes.Load(source, new VmOptions
                {
                    Engine = VmEngine.Jit,
                    Regime = Regimes.Choose(result.GetValue(unverified), result.GetValue(trusted)),
                    Programs = name is null ? null : [Inputs.FindProgram(source, name).Name],
                });
                foreach (VmProgram one in loaded.Programs) MachineListing.Write(one, output, options);
            }
            else if (name is not null)
            {
                Disassembler.Write(ProgramLinker.Link(source, Inputs.FindProgram(source, name)), output, options, source);
            }
            else
            {
                Disassembler.Write(source, output, options);
            }
        });
        return command.WithExamples(
            ("nectar dis prog.bpf.o", "all programs, source lines between the instructions"),
            ("nectar dis prog.bpf.o filter --jited", "one program's machine code beside its instructions"),
            ("echo 'b7000000020000009500000000000000' | nectar dis --raw -", "bare instructions"));
    }
}
