// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>An expression that was read, to be evaluated wherever the program stands.</summary>
internal abstract record Expression
{
    internal abstract DebugValue Evaluate(DebugScope scope);

    internal static Expression Parse(string text, BtfTypes? types) => ExpressionParser.Parse(text, types);

    internal sealed record Literal(ulong Number) : Expression
    {
        internal override DebugValue Evaluate(DebugScope scope) => DebugValue.Of(Number);
    }

    internal sealed record Name(string Text) : Expression
    {
        internal override DebugValue Evaluate(DebugScope scope) => scope.Find(Text);
    }

    internal sealed record Cast(DebugType Type, Expression Inner) : Expression
    {
        internal override DebugValue Evaluate(DebugScope scope)
        {
            DebugValue value = Inner.Evaluate(scope);
            if (Type.Kind is DebugTypeKind.Integer or DebugTypeKind.Pointer) return DebugValue.Of(value.Bits, Type);
            if (Type.Size == value.Bytes.Length) return value with { Type = Type };
            throw new DebugException(DebugCodes.WrongType, $"a value of {value.Bytes.Length} bytes is no {Type.Name}, which has {Type.Size}", $"help: *({Type.Name} *)address");
        }
    }

    internal sealed record Prefix(string Sign, Expression Inner) : Expression
    {
        internal override DebugValue Evaluate(DebugScope scope)
        {
            DebugValue value = Inner.Evaluate(scope);
            switch (Sign)
            {
                case "-": return DebugValue.Of(0 - value.Bits, DebugType.S64);
                case "~": return DebugValue.Of(~value.Bits);
                case "!": return DebugValue.Of(value.IsTrue ? 0u : 1);
                case "&":
                    return value.Address is { } address
                        ? DebugValue.Of(address, DebugType.PointerTo(value.Type))
                        : throw new DebugException(DebugCodes.WrongType, "only what lies in memory has an address");
                default:
                    if (value.Type.Kind == DebugTypeKind.Array) return scope.Load(value.Bits, value.Type.Target!);
                    return value.Type is { Kind: DebugTypeKind.Pointer, Target: { } target }
                        ? scope.Load(value.Bits, target)
                        : throw new DebugException(DebugCodes.WrongType, $"a {value.Type.Name} does not say what it points to", "help: *(u32 *)(r1 + 4)");
            }
        }
    }

    internal sealed record Index(Expression Inner, Expression Key) : Expression
    {
        internal override DebugValue Evaluate(DebugScope scope)
        {
            if (Inner is Name { Text: var text } && scope.FindMap(text) is { } map) return scope.Element(map, Key.Evaluate(scope));
            DebugValue value = Inner.Evaluate(scope);
            ulong index = Key.Evaluate(scope).Bits;
            if (value.Type is not { Kind: DebugTypeKind.Array or DebugTypeKind.Pointer, Target: { Size: > 0 } element })
                throw new DebugException(DebugCodes.WrongType, $"a {value.Type.Name} has no elements");
            if (value.Type.Kind == DebugTypeKind.Array && index >= (ulong)value.Type.Count)
                throw new DebugException(DebugCodes.NoMemory, $"there is no element {(long)index}: {value.Type.Count} elements");
            if (value.Type.Kind == DebugTypeKind.Array && value.Address is null)
                return new DebugValue(element, value.Bytes.AsSpan((int)index * element.Size, element.Size).ToArray());
            return scope.Load(value.Bits + (index * (ulong)element.Size), element);
        }
    }

    internal sealed record Member(Expression Inner, string Field) : Expression
    {
        internal override DebugValue Evaluate(DebugScope scope)
        {
            DebugValue value = Inner.Evaluate(scope);
            if (value.Type.Kind == DebugTypeKind.Context) return scope.ContextField(Field);
            if (value.Type is { Kind: DebugTypeKind.Pointer, Target: { } target }) value = scope.Load(value.Bits, target);
            if (value.Type is not { Kind: DebugTypeKind.Composite, Types: { } types, Id: var id })
                throw new DebugException(DebugCodes.WrongType, $"a {value.Type.Name} has no members");
            return Find(types, id, 0, value, 0) ?? throw new DebugException(DebugCodes.UnknownName, $"{value.Type.Name} has no member '{Field}'", $"note: members: {string.Join(", ", Names(types, id))}");
        }

        private DebugValue? Find(BtfTypes types, uint id, uint bit, DebugValue whole, int depth)
        {
            BtfType type = types[id];
            for (int i = 0; i < type.Count && depth < 16; i++)
            {
                BtfMember member = type.Member(i);
                uint at = bit + member.BitOffset;
                if (member.Name.Length == 0 && types[types.Resolve(member.TypeId)] is { IsComposite: true } inner)
                {
                    if (Find(types, inner.Id, at, whole, depth + 1) is { } found) return found;
                    continue;
                }

                if (member.Name != Field) continue;
                DebugType part = DebugType.FromBtf(types, member.TypeId);
                if (member.BitFieldSize > 0) return DebugValue.Of(Bits(whole.Bytes, at, member.BitFieldSize), part with { Size = Math.Max(part.Size, 1) });
                int offset = (int)(at / 8);
                return new DebugValue(part, whole.Bytes.AsSpan(offset, part.Size).ToArray()) { Address = whole.Address + (uint)offset };
            }

            return null;
        }

        private static ulong Bits(byte[] bytes, uint at, int count)
        {
            ulong bits = 0;
            for (int i = count - 1; i >= 0; i--) bits = (bits << 1) | (uint)((bytes[(at + (uint)i) / 8] >> (int)((at + (uint)i) % 8)) & 1);
            return bits;
        }

        private static IEnumerable<string> Names(BtfTypes types, uint id)
        {
            BtfType type = types[id];
            for (int i = 0; i < type.Count; i++)
            {
                if (type.Member(i).Name is { Length: > 0 } name) yield return name;
            }
        }
    }

    internal sealed record Operation(string Sign, Expression Left, Expression Right) : Expression
    {
        internal override DebugValue Evaluate(DebugScope scope)
        {
            if (Sign == "&&") return Truth(Left.Evaluate(scope).IsTrue && Right.Evaluate(scope).IsTrue);
            if (Sign == "||") return Truth(Left.Evaluate(scope).IsTrue || Right.Evaluate(scope).IsTrue);
            DebugValue left = Left.Evaluate(scope), right = Right.Evaluate(scope);
            ulong a = left.Bits, b = right.Bits;
            bool signed = left.Type.IsSigned || right.Type.IsSigned; // a negative number is meant where one is written
            if (left.Type is { Kind: DebugTypeKind.Pointer or DebugTypeKind.Array, Target: not null } && Sign is "+" or "-" && right.Type.Kind == DebugTypeKind.Integer)
            {
                b *= (ulong)Math.Max(1, left.Type.Target!.Size);
                return DebugValue.Of(Sign == "+" ? a + b : a - b, left.Type.Kind == DebugTypeKind.Array ? DebugType.PointerTo(left.Type.Target) : left.Type);
            }

            return Sign switch
            {
                "+" => Number(a + b),
                "-" => Number(a - b),
                "*" => Number(a * b),
                "/" => Number(b == 0 ? throw Zero() : signed ? b == ulong.MaxValue ? 0 - a : (ulong)((long)a / (long)b) : a / b),
                "%" => Number(b == 0 ? throw Zero() : signed ? b == ulong.MaxValue ? 0 : (ulong)((long)a % (long)b) : a % b),
                "&" => Number(a & b),
                "|" => Number(a | b),
                "^" => Number(a ^ b),
                "<<" => Number(b > 63 ? 0 : a << (int)b),
                ">>" => Number(b > 63 ? 0 : signed ? (ulong)((long)a >> (int)b) : a >> (int)b),
                "==" => Truth(a == b),
                "!=" => Truth(a != b),
                "<" => Truth(signed ? (long)a < (long)b : a < b),
                ">" => Truth(signed ? (long)a > (long)b : a > b),
                "<=" => Truth(signed ? (long)a <= (long)b : a <= b),
                _ => Truth(signed ? (long)a >= (long)b : a >= b),
            };

            DebugValue Number(ulong bits) => DebugValue.Of(bits, signed ? DebugType.S64 : DebugType.U64);
        }

        private static DebugValue Truth(bool value) => DebugValue.Of(value ? 1u : 0);

        private static DebugException Zero() => new(DebugCodes.WrongType, "division by zero");
    }
}
