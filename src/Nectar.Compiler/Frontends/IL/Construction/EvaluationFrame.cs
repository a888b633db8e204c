// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Construction;

/// <summary>One method that is run while compiling: what constructors of probes are made of, not all of IL.</summary>
internal sealed partial class EvaluationFrame
{
    private readonly ConstructorEvaluator _evaluator;
    private readonly MethodModel _method;
    private readonly object?[] _arguments;
    private readonly object?[] _locals;
    private readonly LocalModel[] _localModels;
    private readonly TypeModel[] _argumentTypes;
    private readonly Stack<EvaluatedValue> _stack = new();
    private readonly ReadOnlyMemory<byte> _code;
    private int _at;
    private int _start;

    public EvaluationFrame(ConstructorEvaluator evaluator, MethodModel method, object?[] arguments)
    {
        _evaluator = evaluator;
        _method = method;
        _arguments = arguments;
        MethodBody body = method.Body;
        _code = body.Code;
        _localModels = body.Locals;
        _locals = [.. body.Locals.Select(local => local.Type.IsValueType && !local.Type.HasReferences ? (object?)new byte[local.Type.Size] : null)];
        IEnumerable<TypeModel> types = method.Parameters.Select(parameter => parameter.Type);
        _argumentTypes = [.. method.IsStatic ? types : types.Prepend(method.DeclaringType.IsValueType ? method.DeclaringType.ByRef : method.DeclaringType)];
    }

    public EvaluatedValue Run()
    {
        ReadOnlySpan<byte> code = _code.Span;
        while (_at < code.Length)
        {
            _start = _at;
            _evaluator.CountStep(_method, _start);
            int opcode = code[_at++];
            if (opcode == 0xfe) opcode = 0xfe00 | code[_at++];
            ILOpCode op = (ILOpCode)opcode;
            if (op == ILOpCode.Ret) return _method.ReturnType.IsVoid ? default : Pop();
            Step(op);
        }

        throw Fail("has no end");
    }

    private SourceLocation? Location => _method.LocationAt(_start);

    private void Step(ILOpCode op)
    {
        switch (op)
        {
            case ILOpCode.Nop: break;
            case ILOpCode.Dup: Push(_stack.Peek()); break;
            case ILOpCode.Pop: Pop(); break;
            case >= ILOpCode.Ldarg_0 and <= ILOpCode.Ldarg_3: LoadVariable(_arguments, op - ILOpCode.Ldarg_0, _argumentTypes[op - ILOpCode.Ldarg_0]); break;
            case ILOpCode.Ldarg_s: LoadArgument(ReadByte()); break;
            case ILOpCode.Ldarg: LoadArgument(ReadUInt16()); break;
            case ILOpCode.Ldarga_s: LoadAddress(_arguments, ReadByte()); break;
            case ILOpCode.Starg_s: Store(_arguments, ReadByte(), _argumentTypes); break;
            case >= ILOpCode.Ldloc_0 and <= ILOpCode.Ldloc_3: LoadLocal(op - ILOpCode.Ldloc_0); break;
            case ILOpCode.Ldloc_s: LoadLocal(ReadByte()); break;
            case ILOpCode.Ldloc: LoadLocal(ReadUInt16()); break;
            case ILOpCode.Ldloca_s: LoadAddress(_locals, ReadByte()); break;
            case ILOpCode.Ldloca: LoadAddress(_locals, ReadUInt16()); break;
            case >= ILOpCode.Stloc_0 and <= ILOpCode.Stloc_3: StoreLocal(op - ILOpCode.Stloc_0); break;
            case ILOpCode.Stloc_s: StoreLocal(ReadByte()); break;
            case ILOpCode.Stloc: StoreLocal(ReadUInt16()); break;
            case ILOpCode.Ldnull: Push(EvaluatedValue.Reference(null)); break;
            case >= ILOpCode.Ldc_i4_m1 and <= ILOpCode.Ldc_i4_8: Push(EvaluatedValue.Int32(op - ILOpCode.Ldc_i4_0)); break;
            case ILOpCode.Ldc_i4_s: Push(EvaluatedValue.Int32((sbyte)ReadByte())); break;
            case ILOpCode.Ldc_i4: Push(EvaluatedValue.Int32(ReadInt32())); break;
            case ILOpCode.Ldc_i8: Push(EvaluatedValue.Int64(ReadInt64())); break;
            case ILOpCode.Ldstr: Push(EvaluatedValue.Reference(_method.ResolveString(ReadInt32()))); break;
            case ILOpCode.Sizeof: Push(EvaluatedValue.Int32(_method.ResolveType(ReadInt32()).Size)); break;
            case ILOpCode.Newobj: NewObject(_method.ResolveMethod(ReadInt32(), mustExist: false)); break;
            case ILOpCode.Call or ILOpCode.Callvirt: Call(_method.ResolveMethod(ReadInt32(), mustExist: false)); break;
            case ILOpCode.Ldfld: LoadField(_method.ResolveField(ReadInt32())); break;
            case ILOpCode.Ldflda: LoadFieldAddress(_method.ResolveField(ReadInt32())); break;
            case ILOpCode.Stfld: StoreField(_method.ResolveField(ReadInt32())); break;
            case ILOpCode.Ldsfld: LoadStatic(_method.ResolveField(ReadInt32())); break;
            case ILOpCode.Ldsflda: LoadStaticAddress(_method.ResolveField(ReadInt32())); break;
            case ILOpCode.Stsfld: StoreStatic(_method.ResolveField(ReadInt32())); break;
            case ILOpCode.Initobj: StoreThrough(Pop(), _method.ResolveType(ReadInt32()), null); break;
            case ILOpCode.Stobj: StoreIndirect(_method.ResolveType(ReadInt32())); break;
            case ILOpCode.Ldobj: LoadIndirect(_method.ResolveType(ReadInt32())); break;
            case ILOpCode.Newarr:
                TypeModel element = _method.ResolveType(ReadInt32());
                Pop();
                Push(Unknown($"new {element.DisplayName}[…]"));
                break;
            case ILOpCode.Ldftn or ILOpCode.Ldtoken:
                ReadInt32();
                Push(Unknown("a delegate or type"));
                break;
            case >= ILOpCode.Stelem_i and <= ILOpCode.Stelem_ref:
                (Pop(), Pop(), Pop()).ToString(); // into an array, which is unknown as a whole
                break;
            case ILOpCode.Box or ILOpCode.Castclass or ILOpCode.Isinst:
                ReadInt32();
                break;
            default:
                if (TryIndirect(op) || TryJump(op) || TryArithmetic(op)) break;
                throw Fail($"does '{op.ToString().ToLowerInvariant()}', which is not done at compile time");
        }
    }

    private void Push(EvaluatedValue value) => _stack.Push(value);

    private EvaluatedValue Pop() => _stack.Count > 0 ? _stack.Pop() : throw new BadImageFormatException($"{_method}: the evaluation stack is empty at {_start:x}");

    private EvaluatedValue Unknown(string reason) => EvaluatedValue.Unknown(new UnknownValue(reason, Location));

    private EvaluationException Fail(string problem) => ConstructorEvaluator.Fail(_method, _start, $"'{_method}' {problem}",
        "help: in field initialisers and constructors of probes use constants, structs, maps and classes made of these; do the rest in a method");

    private byte ReadByte() => _code.Span[_at++];

    private ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(_code.Span[((_at += 2) - 2)..]);

    private int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(_code.Span[((_at += 4) - 4)..]);

    private long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(_code.Span[((_at += 8) - 8)..]);
}
