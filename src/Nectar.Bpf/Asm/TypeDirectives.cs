// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;

namespace Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;

/// <summary>A C type as <c>.struct</c> and the arguments of <c>.map</c> name it.</summary>
/// <param name="Name">The name of the scalar or struct.</param>
/// <param name="Size">Bytes of one element.</param>
/// <param name="Alignment">Alignment in bytes.</param>
internal sealed record AsmType(string Name, int Size, int Alignment)
{
    /// <summary>True for a signed number.</summary>
    public bool IsSigned { get; init; }

    /// <summary>The fields of a struct; empty for a scalar.</summary>
    public List<AsmField> Fields { get; init; } = [];

    /// <summary>True for a struct.</summary>
    public bool IsStruct { get; init; }
}

/// <summary>A field of a struct.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of one element.</param>
/// <param name="Count">Elements of an array; 0 for a single value.</param>
/// <param name="Offset">Offset in bytes.</param>
internal sealed record AsmField(string Name, AsmType Type, int Count, int Offset);

/// <summary>Reads <c>.struct name { u32 source; u8 address[16]; }</c>, on one line or several, and types by name.</summary>
internal sealed class TypeDirectives
{
    private readonly Scanner _scanner;
    private readonly Dictionary<string, AsmType> _types = new(StringComparer.Ordinal);
    private readonly List<AsmField> _fields = [];
    private string _name = "";
    private (int Line, int LineStart, int Start, int End) _place;

    public TypeDirectives(Scanner scanner)
    {
        _scanner = scanner;
        foreach ((string name, int size, bool signed) in (ReadOnlySpan<(string, int, bool)>)[("u8", 1, false), ("u16", 2, false), ("u32", 4, false), ("u64", 8, false),
            ("s8", 1, true), ("s16", 2, true), ("s32", 4, true), ("s64", 8, true), ("char", 1, true), ("short", 2, true), ("int", 4, true), ("long", 8, true),
            ("__u8", 1, false), ("__u16", 2, false), ("__u32", 4, false), ("__u64", 8, false), ("__be16", 2, false), ("__be32", 4, false)])
        {
            _types.Add(name, new AsmType(name, size, size) { IsSigned = signed });
        }
    }

    /// <summary>True between the braces.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Reads what follows <c>.struct</c>.</summary>
    public bool Begin()
    {
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        _name = _scanner.TakeName().ToString();
        _place = (_scanner.Line, _scanner.LineStart, start, _scanner.Position);
        if (_name.Length == 0) return _scanner.Unexpected("the name of the struct");
        if (!_scanner.Expect('{', "before the fields")) return false;
        if (_types.ContainsKey(_name)) _scanner.Fail(AsmCodes.DuplicateName, start, _place.End, $"type '{_name}' is already defined");
        _fields.Clear();
        IsOpen = _scanner.SemicolonSeparates = true;
        Continue();
        return true;
    }

    /// <summary>Reads the fields on one line, up to the closing brace.</summary>
    public void Continue()
    {
        while (!_scanner.AtEnd())
        {
            if (_scanner.Take('}'))
            {
                _scanner.Take(';');
                Close();
                if (!_scanner.AtEnd()) _scanner.Unexpected("the end of the line");
                return;
            }

            if (_scanner.Take(';')) continue;
            if (Field()) continue;
            int next = _scanner.Rest.IndexOfAny(';', '}'); // go on behind the wrong field
            _scanner.Position += next < 0 ? _scanner.Rest.Length : next;
        }
    }

    /// <summary>Reports a struct that does not end.</summary>
    public void Finish()
    {
        if (!IsOpen) return;
        _scanner.SemicolonSeparates = false;
        _scanner.Report(Diagnostics.Severity.Error, AsmCodes.Syntax, _place.Line, _place.LineStart, _place.Start, _place.End, $"struct '{_name}' does not end, expected '}}'");
    }

    /// <summary>Finds a type such as <c>u32</c>, <c>flow</c>, <c>struct flow</c>, <c>u8[16]</c>.</summary>
    public bool TryFind(string text, [NotNullWhen(true)] out AsmType? type, out int count)
    {
        count = 0;
        type = null;
        string name = text.StartsWith("struct ", StringComparison.Ordinal) ? text["struct ".Length..].Trim() : text;
        int bracket = name.IndexOf('[', StringComparison.Ordinal);
        if (bracket > 0)
        {
            if (!name.EndsWith(']') || !int.TryParse(name.AsSpan(bracket + 1, name.Length - bracket - 2), out count) || count <= 0) return false;
            name = name[..bracket].TrimEnd();
        }

        return _types.TryGetValue(name, out type);
    }

    /// <summary>The structs in the order of the text.</summary>
    public List<AsmType> Structs { get; } = [];

    /// <summary>Names of all types, for suggestions.</summary>
    public IEnumerable<string> Names => _types.Keys;

    private bool Field()
    {
        _scanner.TakeWord("struct");
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        string typeName = _scanner.TakeName().ToString();
        if (typeName.Length == 0) return _scanner.Unexpected("a field such as 'u32 name;' or '}'");
        if (!_types.TryGetValue(typeName, out AsmType? type))
        {
            return _scanner.Fail(AsmCodes.BadArgument, start, _scanner.Position, $"there is no type '{typeName}'", NearestNames.Help(typeName, _types.Keys));
        }

        _scanner.SkipBlanks();
        int nameStart = _scanner.Position;
        string name = _scanner.TakeName().ToString();
        int nameEnd = _scanner.Position;
        if (name.Length == 0) return _scanner.Unexpected("the name of the field");
        long count = 0;
        if (_scanner.Take('['))
        {
            if (!_scanner.TakeNumber(out NumberText number) || !number.TryRange(1, 1 << 20, out count)) return _scanner.Unexpected("a number of elements, 1 to 1048576");
            if (!_scanner.Expect(']', "after the number of elements")) return false;
        }

        if (!_scanner.Take(';') && _scanner.Current != '}' && !_scanner.AtEnd()) return _scanner.Unexpected("';' after the field");
        if (_fields.Exists(f => f.Name == name)) return _scanner.Fail(AsmCodes.DuplicateName, nameStart, nameEnd, $"field '{name}' is already defined");
        int offset = _fields.Count == 0 ? 0 : End(_fields[^1]);
        offset = (offset + type.Alignment - 1) / type.Alignment * type.Alignment;
        _fields.Add(new AsmField(name, type, (int)count, offset));
        return true;
    }

    private static int End(AsmField field) => field.Offset + (field.Type.Size * Math.Max(1, field.Count));

    private void Close()
    {
        IsOpen = _scanner.SemicolonSeparates = false;
        if (_fields.Count == 0)
        {
            _scanner.Report(Diagnostics.Severity.Error, AsmCodes.BadArgument, _place.Line, _place.LineStart, _place.Start, _place.End, $"struct '{_name}' has no fields");
            return;
        }

        int alignment = _fields.Max(f => f.Type.Alignment);
        int size = (End(_fields[^1]) + alignment - 1) / alignment * alignment;
        AsmType type = new(_name, size, alignment) { Fields = [.. _fields], IsStruct = true };
        if (_types.TryAdd(_name, type)) Structs.Add(type);
    }
}
