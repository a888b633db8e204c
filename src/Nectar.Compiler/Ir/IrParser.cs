// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Compiler.Ir;

/// <summary>
/// Reads what <see cref="IrPrinter"/> writes; for tests. Symbols are found by name: maps, variables, externs and functions in the module, helpers
/// in the kernel's list, anything else in the names given along. Empty lines and lines that begin with <c>;</c> or <c>#</c> are skipped.
/// </summary>
internal sealed class IrParser
{
    private static readonly Dictionary<string, Op> s_operations = Operations();

    private readonly IrModule _module;
    private readonly IReadOnlyDictionary<string, object>? _symbols;
    private readonly Dictionary<string, IrFunction> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Block> _blocks = new(StringComparer.Ordinal);
    private readonly List<(Value Value, string[] Operands, string[] Targets)> _pending = [];
    private readonly List<(Block Block, string[] Predecessors)> _orders = [];
    private int _line;

    private IrParser(IrModule module, IReadOnlyDictionary<string, object>? symbols) => (_module, _symbols) = (module, symbols);

    /// <summary>The first function of a text; all of them are added to the module.</summary>
    /// <param name="text">The text.</param>
    /// <param name="module">Where symbols are looked up.</param>
    /// <param name="symbols">Names beside: core accesses by their text, kernel functions.</param>
    /// <exception cref="FormatException">The text is not IR; the message names the line.</exception>
    public static IrFunction Parse(string text, IrModule module, IReadOnlyDictionary<string, object>? symbols = null) => ParseAll(text, module, symbols)[0];

    /// <summary>All functions of a text; they may call each other.</summary>
    public static List<IrFunction> ParseAll(string text, IrModule module, IReadOnlyDictionary<string, object>? symbols = null)
    {
        IrParser parser = new(module, symbols);
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        List<IrFunction> functions = [];
        foreach (string line in lines)
        {
            parser._line++;
            if (!line.StartsWith("function ", StringComparison.Ordinal)) continue;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 3) throw parser.Bad("expected 'function NAME TYPE'");
            IrFunction function = new(words[1], parser.Type(words[2]));
            parser._functions.Add(function.Name, function);
            functions.Add(function);
        }

        parser._line = 0;
        int next = -1;
        Block? block = null;
        foreach (string raw in lines)
        {
            parser._line++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] is ';' or '#') continue;
            if (line.StartsWith("function ", StringComparison.Ordinal))
            {
                parser.Finish();
                block = null;
                next++;
                continue;
            }

            if (next < 0) throw parser.Bad("expected 'function NAME TYPE'");
            if (line.Split(' ')[0].EndsWith(':')) block = parser.Label(functions[next], line, block is null);
            else parser.Operation(functions[next], block ?? throw parser.Bad("an operation outside of a block"), line);
        }

        parser.Finish();
        if (functions.Count == 0) throw parser.Bad("no function");
        module.Functions.AddRange(functions);
        return functions;
    }

    private static Dictionary<string, Op> Operations()
    {
        Dictionary<string, Op> names = new(StringComparer.Ordinal);
        foreach (Op op in Enum.GetValues<Op>()) names.Add(IrPrinter.Text(op), op);
        return names;
    }

    private Block Label(IrFunction function, string line, bool isFirst)
    {
        string[] parts = line.Split(';');
        string name = parts[0].Trim().TrimEnd(':');
        if (isFirst) _blocks[name] = function.Entry;
        Block block = Find(function, name);
        // Blocks stand in the order of their labels, whoever named them first.
        function.Blocks.Remove(block);
        function.Blocks.Add(block);
        string comment = parts.Length > 1 ? parts[1].Trim() : "";
        if (comment.StartsWith("from ", StringComparison.Ordinal)) _orders.Add((block, Names(comment[5..])));
        return block;
    }

    private Block Find(IrFunction function, string name)
    {
        if (!_blocks.TryGetValue(name, out Block? block)) _blocks.Add(name, block = function.NewBlock());
        return block;
    }

    private void Operation(IrFunction function, Block block, string line)
    {
        string? result = null;
        int equals = line.IndexOf(" = ", StringComparison.Ordinal);
        if (line[0] == '%' && equals > 0) (result, line) = (line[..equals], line[(equals + 3)..]);
        List<string> words = Words(line);
        string[] operation = words[0].Split('.');
        if (!s_operations.TryGetValue(operation[0], out Op op)) throw Bad($"no operation '{operation[0]}'");
        Value value = function.NewValue(op, operation.Length > 1 ? Type(operation[1]) : IrType.Void);
        List<string> operands = [], targets = [];
        bool isTarget = false;
        foreach (string word in words.Skip(1))
        {
            if (word == "->") isTarget = true;
            else if (isTarget && word[0] != '@') targets.Add(word);
            else if (word[0] == '%') operands.Add(word);
            else if (word[0] == '@') value.Origin = Enum.Parse<PointerOrigin>(word[1..], ignoreCase: true);
            else if (word[0] == '"') value.Symbol = Symbol(op, word[1..^1]);
            else if (word[0] == '[') value.Symbol = Names(word[1..^1]).Select(Number).ToArray();
            else if (word == "volatile") value.IsVolatile = true;
            else if (word[0] == 'w' && word.Length > 1 && char.IsAsciiDigit(word[1])) (value.Width, value.IsSigned) = ((byte)Number(word[1..].TrimEnd('s')), word[^1] == 's');
            else value.Immediate = Number(word);
        }

        value.Origin = op switch
        {
            Op.StackSlot => PointerOrigin.Stack,
            Op.MapAddress => PointerOrigin.Map,
            Op.GlobalAddress => ((GlobalSymbol)value.Symbol!).IsReadOnly ? PointerOrigin.ReadOnlyData : PointerOrigin.Data,
            _ => value.Origin,
        };
        if (op == Op.Parameter) function.Parameters.Add(value);
        if (op.IsTerminator()) value.Targets = targets.Select(name => Find(function, name)).ToArray();
        _pending.Add((value, operands.ToArray(), []));
        block.Append(value);
        if (result is not null && !_values.TryAdd(result, value)) throw Bad($"{result} is defined twice");
    }

    private void Finish()
    {
        foreach ((Value value, string[] operands, _) in _pending)
        {
            foreach (string operand in operands) value.AddOperand(_values.TryGetValue(operand, out Value? found) ? found : throw Bad($"{operand} is nowhere defined (used by {value})"));
        }

        foreach ((Block block, string[] predecessors) in _orders) block.OrderPredecessors(predecessors.Select(name => _blocks[name]).ToArray());
        _pending.Clear();
        _orders.Clear();
        _values.Clear();
        _blocks.Clear();
    }

    private object Symbol(Op op, string name)
    {
        if (op == Op.StackSlot) return name;
        if (op == Op.Atomic) return Enum.Parse<AtomicKind>(name);
        if (_symbols is not null && _symbols.TryGetValue(name, out object? given)) return given;
        object? found = op switch
        {
            Op.MapAddress => _module.Maps.Find(map => map.Name == name),
            Op.GlobalAddress => _module.Globals.Find(variable => variable.Name == name),
            Op.ExternAddress => _module.Externs.Find(variable => variable.Name == name),
            Op.Call or Op.FunctionAddress => _functions.GetValueOrDefault(name) ?? _module.Functions.Find(function => function.Name == name) ?? (object?)HelperTargets.Find(name),
            _ => null,
        };
        return found ?? throw Bad($"no symbol '{name}'");
    }

    private IrType Type(string text) => text switch
    {
        "i32" => IrType.I32,
        "i64" => IrType.I64,
        "ptr" => IrType.Pointer,
        "void" => IrType.Void,
        _ => throw Bad($"no type '{text}'"),
    };

    private long Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : throw Bad($"no number '{text}'");

    private static string[] Names(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Words between blanks and commas; what is in quotes or brackets is one word.</summary>
    private static List<string> Words(string line)
    {
        List<string> words = [];
        StringBuilder word = new();
        char until = '\0';
        foreach (char c in line)
        {
            if (until == '\0' && c == ';') break;
            if (until == '\0' && c is ' ' or ',' && until == '\0')
            {
                if (word.Length > 0) words.Add(word.ToString());
                word.Clear();
                continue;
            }

            word.Append(c);
            if (until != '\0') until = c == until ? '\0' : until;
            else if (c is '"' or '[') until = c == '"' ? '"' : ']';
        }

        if (word.Length > 0) words.Add(word.ToString());
        return words;
    }

    private FormatException Bad(string message) => new($"line {_line}: {message}");
}
