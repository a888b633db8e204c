// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace;

/// <summary>Prints what becomes of a script on its way to the kernel (<c>-d STAGE</c>).</summary>
/// <param name="stages">Of <see cref="All"/>.</param>
/// <param name="output">Where to.</param>
internal sealed class StageDump(IReadOnlyCollection<string> stages, TextWriter output)
{
    /// <summary>The stages in the order in which they come.</summary>
    public static readonly string[] All = ["parse", "ast", "types", "codegen", "codegen-opt", "dis", "libbpf", "verifier"];

    /// <summary>The stage is asked for.</summary>
    public bool Wants(string stage) => stages.Contains(stage);

    /// <summary>The tree as it was written.</summary>
    public void Parsed(Script script) => Tree("parse", script);

    /// <summary>The tree with macros expanded and imports merged.</summary>
    public void Expanded(Script script) => Tree("ast", script);

    /// <summary>The programs' trees, with types.</summary>
    public void Bound(BoundScript script)
    {
        if (!Wants("types")) return;
        Title("types");
        foreach (TraceMap map in script.Maps) output.WriteLine($"{map.Name}: {(map.IsScalar ? "" : map.KeyType + " to ")}{map.ValueType}");
        foreach (BoundProbe probe in script.Probes) output.Write(AstDump.Dump(probe.Syntax));
        output.WriteLine();
    }

    /// <summary>The intermediate code before the compiler's passes.</summary>
    public void Lowered(IrModule module) => Code("codegen", "code before the passes", module);

    /// <summary>The intermediate code behind them.</summary>
    public void Compiled(IrModule module) => Code("codegen-opt", "code after the passes", module);

    /// <summary>The programs' instructions.</summary>
    public void Made(BpfObject made)
    {
        if (!Wants("dis")) return;
        foreach (ProgramDefinition program in made.Programs)
        {
            Title($"{program.Name} ({program.Section})");
            output.WriteLine(Disassembler.ToText(program.Entry.Instructions).TrimEnd());
            output.WriteLine();
        }
    }

    private void Tree(string stage, Script script)
    {
        if (!Wants(stage)) return;
        Title(stage);
        output.WriteLine(AstDump.Dump(script));
    }

    private void Code(string stage, string title, IrModule module)
    {
        if (!Wants(stage)) return;
        Title(title);
        foreach (IrFunction function in module.Functions) output.WriteLine(IrPrinter.Print(function));
    }

    private void Title(string title)
    {
        output.WriteLine(title);
        output.WriteLine(new string('-', title.Length));
    }
}
