// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Compiler.Ir;

/// <summary>
/// The IR as text, which <c>IrParser</c> reads back: one operation a line, <c>%3 = load.i64 w8 %1 +16</c>. Numbers of values and blocks are as they are
/// in the function unless they shall be counted anew, for texts that are compared.
/// </summary>
internal sealed class IrPrinter
{
    private readonly StringBuilder _text = new();
    private readonly Dictionary<Value, int>? _numbers;
    private readonly Dictionary<Block, int>? _blocks;

    private IrPrinter(IrFunction? renumbered)
    {
        if (renumbered is null) return;
        (_numbers, _blocks) = ([], []);
        foreach (Block block in renumbered.Blocks)
        {
            _blocks.Add(block, _blocks.Count);
            foreach (Value value in block.Values) _numbers.Add(value, _numbers.Count);
        }
    }

    /// <summary>A whole function.</summary>
    public static string Print(IrFunction function, bool renumber = true)
    {
        IrPrinter printer = new(renumber ? function : null);
        StringBuilder text = printer._text;
        text.Append(CultureInfo.InvariantCulture, $"function {function.Name} {Text(function.Result)}\n");
        foreach (Block block in function.Blocks)
        {
            text.Append(CultureInfo.InvariantCulture, $"{printer.Name(block)}:");
            if (block.Predecessors.Count > 0) text.Append(" ; from ").AppendJoin(", ", block.Predecessors.Select(printer.Name));
            text.Append('\n');
            foreach (Value value in block.Values)
            {
                text.Append("  ");
                printer.Write(value);
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>One operation.</summary>
    public static string Print(Value value)
    {
        IrPrinter printer = new(null);
        printer.Write(value);
        return printer._text.ToString();
    }

    private static string Text(IrType type) => type switch { IrType.I32 => "i32", IrType.I64 => "i64", IrType.Pointer => "ptr", _ => "void" };

    internal static string Text(Op op)
    {
        StringBuilder text = new();
        foreach (char c in op.ToString())
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    private string Name(Block block) => $"b{(_blocks is null ? block.Id : _blocks.GetValueOrDefault(block, -1))}";

    private string Name(Value value) => $"%{(_numbers is null ? value.Id : _numbers.GetValueOrDefault(value, -1))}";

    private void Write(Value value)
    {
        if (value.Type != IrType.Void) _text.Append(Name(value)).Append(" = ");
        _text.Append(Text(value.Op));
        if (value.Type != IrType.Void) _text.Append('.').Append(Text(value.Type));
        if (value.Width != 0) _text.Append(CultureInfo.InvariantCulture, $" w{value.Width}{(value.IsSigned ? "s" : "")}");
        if (value.IsVolatile) _text.Append(" volatile");
        if (value.Symbol is long[] cases) _text.Append(" [").AppendJoin(", ", cases).Append(']');
        else if (value.Symbol is not null) _text.Append(" \"").Append(value.Symbol).Append('"');
        for (int i = 0; i < value.Operands.Count; i++) _text.Append(i == 0 ? " " : ", ").Append(Name(value.Operands[i]));
        if (value.Op == Op.Constant || value.Op is Op.Parameter or Op.StackSlot or Op.MemoryCopy or Op.MemorySet or Op.MemoryEqual) _text.Append(CultureInfo.InvariantCulture, $" {value.Immediate}");
        else if (value.Immediate != 0) _text.Append(CultureInfo.InvariantCulture, $" {value.Immediate:+0;-0}");
        for (int i = 0; i < value.Targets.Length; i++) _text.Append(i == 0 ? " -> " : ", ").Append(Name(value.Targets[i]));
        if (value.Type == IrType.Pointer && value.Origin != PointerOrigin.Unknown && value.Op is not (Op.StackSlot or Op.MapAddress or Op.GlobalAddress)) _text.Append(" @").Append(value.Origin.ToString().ToLowerInvariant());
    }
}
