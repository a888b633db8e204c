// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Parts of the object that several calls share, by name.</summary>
internal static class ScriptParts
{
    /// <summary>A u64 that user space sets before the programs run.</summary>
    public static GlobalSymbol Setting(this ScriptModule script, string name, long start)
    {
        GlobalSymbol? known = script.Module.Globals.Find(global => global.Name == name);
        if (known is not null) return known;
        known = new GlobalSymbol { Name = name, Section = ".data", Bytes = BitConverter.GetBytes(start), IsVisible = true };
        script.Module.Globals.Add(known);
        return known;
    }

    /// <summary>A function that helpers call back.</summary>
    public static IrFunction Function(this ScriptModule script, string name, Func<string, IrFunction> make)
    {
        IrFunction? known = script.Module.Functions.Find(function => function.Name == name);
        if (known is not null) return known;
        known = make(name);
        script.Module.Functions.Add(known);
        return known;
    }

    /// <summary>A variable of the kernel.</summary>
    public static ExternSymbol Extern(this ScriptModule script, string name, Func<ExternSymbol> make)
    {
        ExternSymbol? known = script.Module.Externs.Find(symbol => symbol.Name == name);
        if (known is not null) return known;
        known = make();
        script.Module.Externs.Add(known);
        return known;
    }

    /// <summary>A struct of the kernel.</summary>
    public static StructType Struct(this ProbeLowering probe, string name, Node where) =>
        probe.Script.Options.FindStruct(name) ?? throw probe.Refuse(where, $"the kernel's types have no '{name}'");
}
