// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Btf;

/// <summary>
/// Prints types as C that compiles to the same layout: each type after what it needs, forward declarations where a pointer
/// is enough, padding and <c>packed</c> where C would lay out differently, <c>___2</c> behind names that occur twice.
/// </summary>
public sealed class BtfCPrinter
{
    private const int MaxDepth = 2000;
    private const long LongGap = 8192; // bits; real padding is shorter than a cache line


    private readonly BtfTypes _types;
    private readonly BtfLayout _layout;
    private readonly Utf8Output _output;
    private readonly State[] _states;
    private readonly byte[] _copy; // 2 and up for the second and later types of one name
    private readonly byte[] _tagCount;
    private readonly byte[] _nameCount;
    private readonly long _maxWork; // anonymous structs that hold two of the next make a tree without end from a short file
    private long _work;
    private int _depth;
    private uint _current;

    /// <summary>Makes a printer; one printer prints a type at most once.</summary>
    /// <param name="types">What to print from.</param>
    /// <param name="stream">Where UTF-8 text goes.</param>
    public BtfCPrinter(BtfTypes types, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(types);
        _types = types;
        _maxWork = 4_000_000 + (64L * types.Count);
        _layout = new BtfLayout(types);
        _output = new Utf8Output(stream);
        _states = new State[types.Count];
        _copy = new byte[types.Count];
        _tagCount = new byte[types.StringSize];
        _nameCount = new byte[types.StringSize];
    }

    private enum State : byte
    {
        New,
        Declared,
        Visiting,
        Done,
    }

    /// <summary>Prints every type and kfunc, framed as a header that records accesses for CO-RE: what <c>vmlinux.h</c> is.</summary>
    /// <param name="types">A set, or a split set, of which only its own types are printed.</param>
    /// <param name="stream">Where UTF-8 text goes.</param>
    /// <exception cref="ObjectFormatException">A type contains itself (NEC1106).</exception>
    public static void PrintAll(BtfTypes types, Stream stream)
    {
        BtfCPrinter printer = new(types, stream);
        Utf8Output output = printer._output;
        output.Write("""
            #ifndef __VMLINUX_H__
            #define __VMLINUX_H__

            #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
            #pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
            #endif

            #ifndef __ksym
            #define __ksym __attribute__((section(".ksyms")))
            #endif

            #ifndef __weak
            #define __weak __attribute__((weak))
            #endif


            """u8);
        bool[] referenced = printer.FindReferenced();
        for (uint id = Math.Max(1, types.FirstId); id < types.Count; id++)
        {
            BtfType type = types[id];
            bool named = type.NameOffset != 0;
            if (type.IsComposite || type.Kind is BtfKind.Forward or BtfKind.Typedef)
            {
                if (named) printer.Define(id);
            }
            else if (type.IsEnum && (named || !referenced[id]))
            {
                printer.Define(id);
            }
        }

        printer.PrintKernelFunctions();
        output.Write("""

            #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
            #pragma clang attribute pop
            #endif

            #endif /* __VMLINUX_H__ */

            """u8);
        output.Flush();
    }

    /// <summary>Prints a type and everything that its definition needs and that was not printed before.</summary>
    /// <exception cref="ObjectFormatException">A type contains itself (NEC1106).</exception>
    public void Print(uint id)
    {
        BtfType type = _types[id];
        if (type.IsComposite || type.IsEnum || type.Kind is BtfKind.Forward or BtfKind.Typedef) Define(id);
        else Need(id, byValue: true);
        _output.Flush();
    }

    private bool[] FindReferenced()
    {
        bool[] referenced = new bool[_types.Count];
        for (uint id = Math.Max(1, _types.FirstId); id < _types.Count; id++)
        {
            BtfType type = _types[id];
            switch (type.Kind)
            {
                case BtfKind.Array: referenced[type.ElementTypeId] = true; break;
                case BtfKind.Struct or BtfKind.Union:
                    for (int i = 0; i < type.Count; i++) referenced[type.MemberRaw(i).TypeId] = true;
                    break;
                case BtfKind.FuncProto:
                    referenced[type.TypeId] = true;
                    for (int i = 0; i < type.Count; i++) referenced[type.Extra((i * 2) + 1)] = true;
                    break;
                case BtfKind.Pointer or BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.Var:
                    referenced[type.TypeId] = true;
                    break;
            }
        }

        return referenced;
    }

    /// <summary>Functions that are tagged as kfuncs, as declarations that loaders resolve.</summary>
    private void PrintKernelFunctions()
    {
        bool first = true;
        for (uint id = Math.Max(1, _types.FirstId); id < _types.Count; id++)
        {
            BtfType tag = _types[id];
            if (tag.Kind != BtfKind.DeclTag || !tag.NameUtf8.SequenceEqual("bpf_kfunc"u8) || _types[tag.TypeId] is not { Kind: BtfKind.Func } function) continue;
            if (Occurrence(_nameCount, function.NameOffset) > 1) continue;
            Need(function.TypeId, byValue: false);
            _output.Write(first ? "\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n"u8 : default);
            first = false;
            _output.Write("extern "u8);
            Left(function.TypeId, 0);
            _output.Write(function.NameUtf8);
            Right(function.TypeId, 0);
            _output.Write(" __weak __ksym;\n"u8);
        }

        if (!first) _output.Write("#endif\n"u8);
    }

    /// <summary>Prints what must stand before a use of the type: its definition if by value, a declaration if behind a pointer.</summary>
    private void Need(uint id, bool byValue)
    {
        if (id == 0) return;
        if (++_depth > MaxDepth || ++_work > _maxWork) throw TooDeep(id);
        BtfType type = _types[id];
        switch (type.Kind)
        {
            case BtfKind.Pointer:
                Need(type.TypeId, byValue: false);
                break;
            case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                Need(type.TypeId, byValue);
                break;
            case BtfKind.Array:
                Need(type.ElementTypeId, byValue: true);
                break;
            case BtfKind.FuncProto:
                Need(type.TypeId, byValue: false);
                for (int i = 0; i < type.Count; i++) Need(type.Extra((i * 2) + 1), byValue: false);
                break;
            case BtfKind.Typedef or BtfKind.Enum or BtfKind.Enum64 when type.NameOffset != 0:
                Define(id);
                if (byValue && type.Kind == BtfKind.Typedef) Need(type.TypeId, byValue: true);
                break;
            case BtfKind.Struct or BtfKind.Union when type.NameOffset == 0:
                NeedMembers(type);
                break;
            case BtfKind.Struct or BtfKind.Union when byValue:
                Define(id);
                break;
            case BtfKind.Struct or BtfKind.Union or BtfKind.Forward:
                Declare(type);
                break;
        }

        _depth--;
    }

    private void NeedMembers(BtfType type)
    {
        for (int i = 0; i < type.Count; i++) Need(type.MemberRaw(i).TypeId, byValue: true);
    }

    private void Declare(BtfType type)
    {
        if (_states[type.Id] != State.New && !(_states[type.Id] == State.Visiting && _copy[type.Id] == 0)) return;
        if (type.Id == _current) return; // its own body follows at once
        bool visiting = _states[type.Id] == State.Visiting;
        WriteTag(type);
        _output.Write(";\n\n"u8);
        if (!visiting) _states[type.Id] = type.Kind == BtfKind.Forward ? State.Done : State.Declared;
    }

    private void Define(uint id)
    {
        State state = _states[id];
        BtfType type = _types[id];
        if (state == State.Done) return;
        if (state == State.Visiting)
        {
            // A typedef in a cycle goes through a pointer, and the struct at its end is declared; a struct by value in itself cannot be.
            if (type.IsComposite) throw TooDeep(id);
            return;
        }

        if (type.Kind == BtfKind.Forward)
        {
            Declare(type);
            return;
        }

        _states[id] = State.Visiting;
        uint outer = _current;
        _current = id;
        if (++_depth > MaxDepth) throw TooDeep(id);
        switch (type.Kind)
        {
            case BtfKind.Struct or BtfKind.Union:
                NeedMembers(type);
                WriteBody(type, 0);
                _output.Write(";\n\n"u8);
                break;
            case BtfKind.Enum or BtfKind.Enum64:
                WriteBody(type, 0);
                _output.Write(";\n\n"u8);
                break;
            case BtfKind.Typedef when !type.NameUtf8.SequenceEqual("__builtin_va_list"u8):
                Need(type.TypeId, byValue: _types[type.TypeId].NameOffset == 0);
                _output.Write("typedef "u8);
                Left(type.TypeId, 0);
                WriteName(type, _nameCount);
                Right(type.TypeId, 0);
                _output.Write(";\n\n"u8);
                break;
        }

        _depth--;
        _current = outer;
        _states[id] = State.Done;
    }

    /// <summary><c>struct name</c>, without a body.</summary>
    private void WriteTag(BtfType type)
    {
        _output.Write(type.Kind switch
        {
            BtfKind.Struct => "struct "u8,
            BtfKind.Union => "union "u8,
            BtfKind.Forward => type.KindFlag ? "union "u8 : "struct "u8,
            _ => "enum "u8,
        });
        // A forward declaration shares the name of what it declares.
        if (type.Kind == BtfKind.Forward) _output.Write(type.NameUtf8);
        else WriteName(type, _tagCount);
    }

    /// <summary>A struct, union or enumeration with its body; the closing brace is the last thing written, but for attributes.</summary>
    private void WriteBody(BtfType type, int indent)
    {
        if (type.NameOffset != 0) WriteTag(type);
        else _output.Write(type.Kind switch { BtfKind.Struct => "struct"u8, BtfKind.Union => "union"u8, _ => "enum"u8 });
        if (type.IsEnum) WriteEnumerators(type, indent);
        else WriteMembers(type, indent);
    }

    private void WriteEnumerators(BtfType type, int indent)
    {
        _output.Write(" {\n"u8);
        bool unsigned = !type.KindFlag;
        for (int i = 0; i < type.Count; i++)
        {
            (uint name, long value) = type.EnumeratorRaw(i);
            _output.Indent(indent + 1);
            _output.Write(_types.StringAt(name));
            WriteCopy(Occurrence(_nameCount, name));
            _output.Write(" = "u8);
            if (unsigned && value < 0) _output.Write((ulong)value);
            else _output.Write(value);
            if (type.Kind == BtfKind.Enum64) _output.Write(unsigned ? "ULL"u8 : "LL"u8);
            _output.Write(",\n"u8);
        }

        _output.Indent(indent);
        _output.Write((byte)'}');
        if (type.Size == 1) _output.Write(" __attribute__((mode(byte)))"u8);
        else if (type.Size == 2) _output.Write(" __attribute__((mode(HI)))"u8);
        else if (type.Kind == BtfKind.Enum && type.Size == 8) _output.Write(" __attribute__((mode(word)))"u8);
    }

    private void WriteMembers(BtfType type, int indent)
    {
        bool packed = _layout.IsPacked(type), isUnion = type.Kind == BtfKind.Union;
        long position = 0, largest = 0;
        _output.Write(" {\n"u8);
        for (int i = 0; i < type.Count; i++)
        {
            var member = type.MemberRaw(i);
            if (!isUnion && _layout.NextPosition(position, member, packed) < member.BitOffset) WritePadding(position, member.BitOffset, indent + 1);
            _output.Indent(indent + 1);
            if (member.NameOffset == 0 && _types[member.TypeId] is { IsComposite: true, NameOffset: 0 } anonymous)
            {
                WriteBody(anonymous, indent + 1);
            }
            else
            {
                Left(member.TypeId, indent + 1);
                _output.Write(_types.StringAt(member.NameOffset));
                Right(member.TypeId, indent + 1);
            }

            if (member.BitFieldSize != 0)
            {
                _output.Write(": "u8);
                _output.Write((long)member.BitFieldSize);
            }

            _output.Write(";\n"u8);
            position = _layout.EndOf(member);
            largest = Math.Max(largest, position);
        }

        long size = type.Size * 8L;
        if (BtfLayout.RoundUp(isUnion ? largest : position, packed ? 8 : _layout.AlignOf(type.Id) * 8L) < size)
        {
            if (!isUnion)
            {
                WritePadding(position, size, indent + 1);
            }
            else
            {
                _output.Indent(indent + 1);
                _output.Write("unsigned char __padding["u8);
                _output.Write((long)type.Size);
                _output.Write("];\n"u8);
            }
        }

        _output.Indent(indent);
        _output.Write(packed ? "} __attribute__((packed))"u8 : "}"u8);
    }

    /// <summary>
    /// Unnamed bit-fields up to a position: none crosses a 64-bit boundary, so each lies where it is written. A long gap, which
    /// only a strange file has, becomes an array, so that text stays in proportion to types.
    /// </summary>
    private void WritePadding(long from, long to, int indent)
    {
        while (from < to)
        {
            if (to - from >= LongGap && from % 64 == 0)
            {
                _output.Indent(indent);
                _output.Write("unsigned char __padding_"u8);
                _output.Write(from / 8);
                _output.Write((byte)'[');
                _output.Write((to - from) / 8);
                _output.Write("];\n"u8);
                from += (to - from) / 8 * 8;
                continue;
            }

            long bits = Math.Min(64 - (from % 64), to - from);
            _output.Indent(indent);
            _output.Write("long: "u8);
            _output.Write(bits);
            _output.Write(";\n"u8);
            from += bits;
        }
    }

    /// <summary>What stands left of the name in a declaration of this type; ends in a space or <c>*</c>.</summary>
    private void Left(uint id, int indent)
    {
        if (id == 0)
        {
            _output.Write("void "u8);
            return;
        }

        if (++_work > _maxWork) throw TooDeep(id);
        BtfType type = _types[id];
        switch (type.Kind)
        {
            case BtfKind.Pointer:
                Left(type.TypeId, indent);
                _output.Write(BindsTighter(type.TypeId) ? "(*"u8 : "*"u8);
                break;
            case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict:
                ReadOnlySpan<byte> word = type.Kind switch { BtfKind.Const => "const "u8, BtfKind.Volatile => "volatile "u8, _ => "restrict "u8 };
                if (IsDeclarator(type.TypeId))
                {
                    Left(type.TypeId, indent);
                    // a qualified array is an array of qualified elements; a function cannot be qualified
                    BtfType target = _types[_types.SkipModifiers(type.TypeId)];
                    if (target.Kind != BtfKind.FuncProto && !(target.Kind == BtfKind.Array && _types[target.ElementTypeId].Kind == type.Kind)) _output.Write(word);
                }
                else
                {
                    _output.Write(word);
                    Left(type.TypeId, indent);
                }

                break;
            case BtfKind.TypeTag:
                Left(type.TypeId, indent);
                // with the flag it is the text of any attribute, address_space(1) for one; without, of a type tag
                _output.Write(type.KindFlag ? "__attribute__(("u8 : "__attribute__((btf_type_tag(\""u8);
                _output.Write(type.NameUtf8);
                _output.Write(type.KindFlag ? ")) "u8 : "\"))) "u8);
                break;
            case BtfKind.Array:
                Left(type.ElementTypeId, indent);
                break;
            case BtfKind.FuncProto:
                Left(type.TypeId, indent);
                break;
            case BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 when type.NameOffset == 0:
                if (++_depth > MaxDepth) throw TooDeep(id);
                WriteBody(type, indent);
                _depth--;
                _output.Write((byte)' ');
                break;
            case BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Forward:
                WriteTag(type);
                _output.Write((byte)' ');
                break;
            case BtfKind.Typedef:
                if (type.NameUtf8.SequenceEqual("__builtin_va_list"u8)) _output.Write(type.NameUtf8);
                else WriteName(type, _nameCount);
                _output.Write((byte)' ');
                break;
            default:
                _output.Write(type.NameUtf8);
                _output.Write((byte)' ');
                break;
        }
    }

    /// <summary>What stands right of the name.</summary>
    private void Right(uint id, int indent)
    {
        for (int depth = 0; id != 0 && depth < BtfTypes.MaxDepth; depth++)
        {
            BtfType type = _types[id];
            switch (type.Kind)
            {
                case BtfKind.Pointer:
                    if (BindsTighter(type.TypeId)) _output.Write((byte)')');
                    id = type.TypeId;
                    break;
                case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                    id = type.TypeId;
                    break;
                case BtfKind.Array:
                    _output.Write((byte)'[');
                    if (type.ElementCount > 0) _output.Write((long)type.ElementCount);
                    else _output.Write("0"u8);
                    _output.Write((byte)']');
                    id = type.ElementTypeId;
                    break;
                case BtfKind.FuncProto:
                    WriteParameters(type, indent);
                    id = type.TypeId;
                    break;
                default:
                    return;
            }
        }
    }

    private void WriteParameters(BtfType type, int indent)
    {
        _output.Write((byte)'(');
        if (type.Count == 0) _output.Write("void"u8);
        for (int i = 0; i < type.Count; i++)
        {
            if (i > 0) _output.Write(", "u8);
            uint name = type.Extra(i * 2), parameter = type.Extra((i * 2) + 1);
            if (name == 0 && parameter == 0 && i == type.Count - 1)
            {
                _output.Write("..."u8);
                break;
            }

            if (++_depth > MaxDepth) throw TooDeep(type.Id);
            Left(parameter, indent);
            _output.Write(_types.StringAt(name));
            Right(parameter, indent);
            _depth--;
        }

        _output.Write((byte)')');
    }

    /// <summary>True if a pointer to this type needs parentheses: <c>(*p)[3]</c>, <c>(*f)(int)</c>.</summary>
    private bool BindsTighter(uint id) => _types[_types.SkipModifiers(id)].Kind is BtfKind.Array or BtfKind.FuncProto;

    private bool IsDeclarator(uint id) => _types[_types.SkipModifiers(id)].Kind is BtfKind.Pointer or BtfKind.Array or BtfKind.FuncProto;

    private void WriteName(BtfType type, byte[] counts)
    {
        if (_copy[type.Id] == 0) _copy[type.Id] = Occurrence(counts, type.NameOffset);
        _output.Write(type.NameUtf8);
        WriteCopy(_copy[type.Id]);
    }

    private void WriteCopy(byte copy)
    {
        if (copy < 2) return;
        _output.Write("___"u8);
        _output.Write((long)copy);
    }

    private static byte Occurrence(byte[] counts, uint name) => counts[name] == 255 ? (byte)255 : ++counts[name];

    private static ObjectFormatException TooDeep(uint id) =>
        new(Diagnostic.Error(BtfCodes.Cycle, $".BTF: type {id} contains itself by value, or is nested deeper or wider than any real type"));
}
