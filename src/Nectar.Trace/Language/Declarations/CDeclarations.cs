// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Declarations;

/// <summary>The C of a script and of the headers it includes, read: macros, and types with the layout of x86-64 and arm64 Linux.</summary>
internal sealed class CDeclarations
{
    private readonly Dictionary<string, CType> _types;
    private readonly Dictionary<string, (long Value, CEnum Of)> _enumerators;
    private readonly Dictionary<CEnum, EnumType> _enums = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<CAggregate, StructType?> _structs = new(ReferenceEqualityComparer.Instance);

    public static readonly CDeclarations Empty = new(new Dictionary<string, CMacro>(), [], [], []);

    private CDeclarations(Dictionary<string, CMacro> macros, IReadOnlyList<string> headers, Dictionary<string, CType> types, Dictionary<string, (long, CEnum)> enumerators)
    {
        (Macros, SystemHeaders, _types, _enumerators) = (macros, headers, types, enumerators);
        Outside = static _ => null;
    }

    /// <summary>Types that are named but not declared here: the kernel's. Set by the binder before it asks for types.</summary>
    public Func<string, TraceType?> Outside { get; set; }

    /// <summary>What <c>#define</c> says, by name.</summary>
    public IReadOnlyDictionary<string, CMacro> Macros { get; }

    /// <summary>Headers that were included but not read, because the kernel answers for them.</summary>
    public IReadOnlyList<string> SystemHeaders { get; }

    /// <summary>Names of declared types: <c>struct x</c>, <c>union x</c>, <c>enum x</c>, typedefs.</summary>
    public IEnumerable<string> Names => _types.Keys;

    /// <summary>Reads pieces of C in order.</summary>
    public static CDeclarations Read(IReadOnlyList<TextSpan> pieces, ParseOptions options, DiagnosticBag diagnostics)
    {
        if (pieces.Count == 0 && options.Includes.Length == 0) return Empty;
        CPreprocessor preprocessor = new(options, diagnostics);
        HeaderConstants.AddPredefined(preprocessor.Macros);
        HashSet<string> predefined = [.. preprocessor.Macros.Keys];
        foreach (string header in options.Includes)
        {
            SourceText command = new("--include", $"#include \"{header}\"");
            preprocessor.Read(command, 0, command.Text.Length);
        }

        foreach (TextSpan piece in pieces)
        {
            preprocessor.Read(piece.Source!, piece.Start, piece.End);
            int last = preprocessor.Output.Count - 1;
            // bpftrace lets the ; behind a struct be left out
            if (last >= 0 && !preprocessor.Output[last].Is(";")) preprocessor.Output.Add(new CToken(CTokenKind.Sign, ";", preprocessor.Output[last].Span));
        }

        CParser parser = new(preprocessor.Output, diagnostics);
        CDeclarations result = new(preprocessor.Macros, preprocessor.SystemHeaders, parser.Types, parser.Enumerators);
        parser.SizeOf = type => new CLayout(result).Measure(type)?.Size;
        parser.Read();
        foreach (string name in predefined) preprocessor.Macros.Remove(name);
        return result;
    }

    /// <summary>A declared type by name; null if it is not declared, or has a part that nobody knows.</summary>
    public TraceType? Find(string name) => _types.TryGetValue(name, out CType? type) ? Make(type, 0) : null;

    /// <summary>An enumerator by name.</summary>
    public (long Value, EnumType Of)? FindEnumerator(string name) => _enumerators.TryGetValue(name, out (long Value, CEnum Of) known) ? (known.Value, Enum(known.Of)) : null;

    internal CType? Declared(string name) => _types.GetValueOrDefault(name);

    private EnumType Enum(CEnum type)
    {
        if (_enums.TryGetValue(type, out EnumType? known)) return known;
        Dictionary<long, string> names = [];
        foreach ((string name, long value) in type.Values) names.TryAdd(value, name);
        known = new EnumType(type.Name.StartsWith("enum ", StringComparison.Ordinal) ? type.Name[5..] : type.Name, names);
        _enums.Add(type, known);
        return known;
    }

    /// <summary>The type of the language; null where a part is not known.</summary>
    internal TraceType? Make(CType type, int depth)
    {
        if (depth > 64) return null;
        switch (type)
        {
            case CPointer { To: CFunction }:
                return TraceType.Pointer(TraceType.Void);
            case CPointer p:
                return TraceType.Pointer(Make(p.To, depth + 1) ?? TraceType.Void);
            case CArray a:
                if (a.Of is CNamed { Name: "char" }) return TraceType.String(a.Count);
                return Make(a.Of, depth + 1) is { } element ? TraceType.Array(element, a.Count) : null;
            case CEnum e:
                return TraceType.Integer(CLayout.EnumSize(e), CLayout.IsSigned(e), Enum(e));
            case CAggregate s:
                return Struct(s) is { } made ? TraceType.Of(made) : null;
            case CNamed { Name: "void" }:
                return TraceType.Void;
            case CNamed { Name: "_Bool" or "bool" }:
                return TraceType.Boolean;
            case CNamed n:
                if (_types.TryGetValue(n.Name, out CType? declared) && !Equals(declared, n)) return Make(declared, depth + 1);
                if (n.Name is "float" or "double") return new TraceType(TypeKind.None, CIntegers.Find(n.Name)!.Value.Size); // programs cannot work with them: printed as null
                if (CIntegers.Find(n.Name) is { } integer) return TraceType.Integer(integer.Size, integer.IsSigned);
                return Outside(n.Name) is { Kind: not TypeKind.None } found ? found : null;
            default:
                return TraceType.Void;
        }
    }

    private StructType? Struct(CAggregate type)
    {
        if (_structs.TryGetValue(type, out StructType? known)) return known;
        StructType? made = null;
        if (new CLayout(this).Lay(type) is { } layout) made = new StructType(type.Name, layout.Size, _ => Fields(layout)) { IsDeclared = true };
        _structs.Add(type, made);
        return made;
    }

    private List<StructField> Fields(CLayout.Placed layout)
    {
        List<StructField> fields = new(layout.Members.Count);
        foreach ((CMember member, long bit) in layout.Members)
        {
            if (member.Name.Length == 0 && member.Type is not (CAggregate or CNamed)) continue;
            TraceType type = Make(member.Type, 0) ?? TraceType.None;
            if (member.Bits < 0)
            {
                fields.Add(new StructField(member.Name, type, (int)(bit / 8)));
                continue;
            }

            if (member.Name.Length == 0) continue;
            int shift = (int)(bit % 8), bytes = 1;
            while (bytes < 8 && bytes * 8 < shift + member.Bits) bytes *= 2;
            // bits are read as they are, without sign, as bpftrace reads them
            if (type is { IsInteger: true, Enum: null }) type = type with { IsSigned = false };
            fields.Add(new StructField(member.Name, type, (int)(bit / 8)) { Bits = new BitField((int)(bit / 8), bytes, shift, member.Bits) });
        }

        return fields;
    }
}
