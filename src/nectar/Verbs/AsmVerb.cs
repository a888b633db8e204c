// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Bpf.Objects;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar asm</c>: assembly text to an object, or to bare instructions.</summary>
internal static class AsmVerb
{
    internal static Command Create()
    {
        Argument<string> file = new("file") { Description = "Assembly text; - for standard input" };
        Option<string?> output = new("--output", "-o") { Description = "Where to write (default: the input's name with .o)", HelpName = "FILE" };
        Option<bool> raw = new("--raw") { Description = "Write the instructions of the only program, eight bytes each, without a file format" };
        Option<bool> hex = new("--hex") { Description = "Print the instructions of the only program in hexadecimal, one a line" };
        Command command = new("asm", "Assemble a program") { file, output, raw, hex };
        command.SetAction(result =>
        {
            string path = result.GetValue(file)!;
            BpfObject source = Inputs.ReadObject(path);
            if (result.GetValue(hex))
            {
                foreach (var slot in Code(source)) result.InvocationConfiguration.Output.WriteLine(Convert.ToHexStringLower(BitConverter.GetBytes(slot.ToUInt64())));
                return;
            }

            string to = result.GetValue(output) ?? (path == "-" ? "a.o" : Path.ChangeExtension(path, result.GetValue(raw) ? ".bin" : ".o"));
            using Stream stream = to == "-" ? Console.OpenStandardOutput() : File.Create(to);
            if (result.GetValue(raw)) stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(Code(source).AsSpan()));
            else ObjectWriter.Write(source, stream);
        });
        return command.WithExamples(
            ("nectar asm samples/block_http.bpfasm -o block_http.o", "an object that bpftool and libbpf load"),
            ("printf 'r0 = 2\\nexit\\n' | nectar asm - --hex", "the bytes of two instructions"));
    }

    private static Bpf.Isa.Instruction[] Code(BpfObject source) => ProgramLinker.Link(source, Inputs.FindProgram(source, null)).Instructions;
}
