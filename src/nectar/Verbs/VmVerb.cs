// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar vm conformance-plugin</c>: answers the runner of the bpf_conformance project.</summary>
internal static class VmVerb
{
    internal static Command Create()
    {
        Argument<string?> memory = new("memory") { Description = "Input memory in hexadecimal; r1 is its address, r2 its length", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> jit = new("--jit") { Description = "Run as machine code (default)" };
        Option<bool> interpret = new("--interpret") { Description = "Run in the interpreter" };
        Option<bool> elf = new("--elf") { Description = "The program is an ELF object with a function 'main', not bare instructions" };
        Command plugin = new("conformance-plugin", "Run one program from standard input for the bpf_conformance runner: hexadecimal in, r0 in hexadecimal out") { memory, jit, interpret, elf };
        plugin.SetAction(result =>
        {
            byte[] program = Inputs.Hex(Console.In.ReadToEnd());
            BpfObject source = result.GetValue(elf) ? FromElf(program) : FromCode(MemoryMarshal.Cast<byte, Instruction>(program).ToArray());
            using VmObject loaded = VmObject.Load(source, new VmOptions { Regime = VmRegime.Checked, Engine = result.GetValue(interpret) ? VmEngine.Interpreter : VmEngine.Jit });
            byte[] input = result.GetValue(memory) is { Length: > 0 } text ? Inputs.Hex(text) : [];
            RunResult run = loaded.Programs[0].Run(input);
            if (run.Fault is { } fault)
            {
                Output.Problem(fault.Diagnostic);
                return 1;
            }

            result.InvocationConfiguration.Output.WriteLine(run.Value.ToString("x", CultureInfo.InvariantCulture));
            return 0;
        });
        return new Command("vm", "The machine in this process") { plugin };
    }

    private static BpfObject FromCode(Instruction[] code)
    {
        FunctionDefinition main = new() { Name = "main", Section = "main", Instructions = code };
        BpfObject source = new() { Name = "conformance", License = "GPL" };
        source.Functions.Add(main);
        source.Programs.Add(new ProgramDefinition { Name = "main", Section = "main", Entry = main });
        return source;
    }

    /// <summary>The runner's objects have the program in <c>.text</c> or in a section of any name; its function is <c>main</c>.</summary>
    private static BpfObject FromElf(byte[] file)
    {
        BpfObject read = ObjectReader.Read(file, "conformance");
        BpfObject source = new() { Name = read.Name, License = "GPL", Types = read.Types };
        foreach (FunctionDefinition function in read.Functions) source.Functions.Add(function);
        foreach (MapDefinition map in read.Maps) source.Maps.Add(map);
        FunctionDefinition main = read.Functions.TryGet("main", out FunctionDefinition? found) ? found : read.Functions[0];
        source.Programs.Add(new ProgramDefinition { Name = main.Name, Section = main.Section, Entry = main });
        return source;
    }
}
