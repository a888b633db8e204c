// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Decoding;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>The instructions that are translated, each with what does it. What has no row is refused.</summary>
internal sealed partial class Translator
{
    private delegate void Handle(Translator t, in IlInstruction i);

    private static class Handlers
    {
        public static readonly Handle?[] Table = Make();

        public static int Index(ILOpCode code) => (int)code <= 0xFF ? (int)code : 0x100 | ((int)code & 0xFF);

        private static Handle?[] Make()
        {
            Handle?[] table = new Handle?[0x200];
            void Add(Handle handler, params ReadOnlySpan<ILOpCode> codes)
            {
                foreach (ILOpCode code in codes) table[Index(code)] = handler;
            }

            AddStack(Add);
            AddNumbers(Add);
            AddConversions(Add);
            AddFlow(Add);
            AddMemory(Add);
            AddMembers(Add);
            return table;
        }

        private delegate void Adder(Handle handler, params ReadOnlySpan<ILOpCode> codes);

        private static void AddStack(Adder add)
        {
            add(static (t, in i) => { }, ILOpCode.Nop, ILOpCode.Break, ILOpCode.Readonly, ILOpCode.Unaligned, ILOpCode.Tail);
            add(static (t, in i) => t.Pop(), ILOpCode.Pop);
            add(static (t, in i) => t.Duplicate(), ILOpCode.Dup);
            add(static (t, in i) => t.Push(t._builder.I32((int)i.Operand)), ILOpCode.Ldc_i4);
            add(static (t, in i) => t.Push(t._builder.I64(i.Operand)), ILOpCode.Ldc_i8);
            add(static (t, in i) => t.Push(NullObject.Instance), ILOpCode.Ldnull);
            add(static (t, in i) => t.Push(new TextObject(t._frame.Method.ResolveString((int)i.Operand))), ILOpCode.Ldstr);
            add(static (t, in i) => t.LoadLocal(i.Operand), ILOpCode.Ldloc);
            add(static (t, in i) => t.StoreLocal(i.Operand), ILOpCode.Stloc);
            add(static (t, in i) => t.LoadAddress(t._frame.Locals[i.Operand]), ILOpCode.Ldloca);
            add(static (t, in i) => t.LoadArgument(i.Operand), ILOpCode.Ldarg);
            add(static (t, in i) => t.StoreArgument(i.Operand), ILOpCode.Starg);
            add(static (t, in i) => t.LoadAddress(t.Argument(i.Operand)), ILOpCode.Ldarga);
        }

        private static void AddNumbers(Adder add)
        {
            add(static (t, in i) => t.Arithmetic(Op.Add), ILOpCode.Add);
            add(static (t, in i) => t.Arithmetic(Op.Subtract), ILOpCode.Sub);
            add(static (t, in i) => t.Arithmetic(Op.Multiply), ILOpCode.Mul);
            add(static (t, in i) => t.Arithmetic(Op.And), ILOpCode.And);
            add(static (t, in i) => t.Arithmetic(Op.Or), ILOpCode.Or);
            add(static (t, in i) => t.Arithmetic(Op.Xor), ILOpCode.Xor);
            add(static (t, in i) => t.Divide(Op.DivideSigned, true), ILOpCode.Div);
            add(static (t, in i) => t.Divide(Op.DivideUnsigned, false), ILOpCode.Div_un);
            add(static (t, in i) => t.Divide(Op.RemainderSigned, true), ILOpCode.Rem);
            add(static (t, in i) => t.Divide(Op.RemainderUnsigned, false), ILOpCode.Rem_un);
            add(static (t, in i) => t.Shift(Op.ShiftLeft), ILOpCode.Shl);
            add(static (t, in i) => t.Shift(Op.ShiftRightSigned), ILOpCode.Shr);
            add(static (t, in i) => t.Shift(Op.ShiftRight), ILOpCode.Shr_un);
            add(static (t, in i) => t.Unary(false), ILOpCode.Neg);
            add(static (t, in i) => t.Unary(true), ILOpCode.Not);
            add(static (t, in i) => t.Compare(OpOf(i.Code)), ILOpCode.Ceq, ILOpCode.Cgt, ILOpCode.Cgt_un, ILOpCode.Clt, ILOpCode.Clt_un);
            add(static (t, in i) => t.CheckedArithmetic(Op.Add, true), ILOpCode.Add_ovf);
            add(static (t, in i) => t.CheckedArithmetic(Op.Add, false), ILOpCode.Add_ovf_un);
            add(static (t, in i) => t.CheckedArithmetic(Op.Subtract, true), ILOpCode.Sub_ovf);
            add(static (t, in i) => t.CheckedArithmetic(Op.Subtract, false), ILOpCode.Sub_ovf_un);
            add(static (t, in i) => t.CheckedMultiply(true), ILOpCode.Mul_ovf);
            add(static (t, in i) => t.CheckedMultiply(false), ILOpCode.Mul_ovf_un);
        }

        private static void AddConversions(Adder add)
        {
            add(static (t, in i) => t.Convert(1, true, false), ILOpCode.Conv_i1);
            add(static (t, in i) => t.Convert(2, true, false), ILOpCode.Conv_i2);
            add(static (t, in i) => t.Convert(4, true, false), ILOpCode.Conv_i4);
            add(static (t, in i) => t.Convert(8, true, false), ILOpCode.Conv_i8, ILOpCode.Conv_i);
            add(static (t, in i) => t.Convert(1, false, true), ILOpCode.Conv_u1);
            add(static (t, in i) => t.Convert(2, false, true), ILOpCode.Conv_u2);
            add(static (t, in i) => t.Convert(4, false, true), ILOpCode.Conv_u4);
            add(static (t, in i) => t.Convert(8, false, true), ILOpCode.Conv_u8, ILOpCode.Conv_u);
            AddChecked(add, false, ILOpCode.Conv_ovf_i1, ILOpCode.Conv_ovf_i2, ILOpCode.Conv_ovf_i4, ILOpCode.Conv_ovf_i8, ILOpCode.Conv_ovf_i,
                ILOpCode.Conv_ovf_u1, ILOpCode.Conv_ovf_u2, ILOpCode.Conv_ovf_u4, ILOpCode.Conv_ovf_u8, ILOpCode.Conv_ovf_u);
            AddChecked(add, true, ILOpCode.Conv_ovf_i1_un, ILOpCode.Conv_ovf_i2_un, ILOpCode.Conv_ovf_i4_un, ILOpCode.Conv_ovf_i8_un, ILOpCode.Conv_ovf_i_un,
                ILOpCode.Conv_ovf_u1_un, ILOpCode.Conv_ovf_u2_un, ILOpCode.Conv_ovf_u4_un, ILOpCode.Conv_ovf_u8_un, ILOpCode.Conv_ovf_u_un);
        }

        /// <summary>To sbyte, short, int, long, nint, then to the unsigned ones.</summary>
        private static void AddChecked(Adder add, bool fromUnsigned, params ReadOnlySpan<ILOpCode> codes)
        {
            ReadOnlySpan<int> widths = [1, 2, 4, 8, 8];
            for (int i = 0; i < codes.Length; i++)
            {
                (int width, bool toSigned) = (widths[i % 5], i < 5);
                add((t, in _) => t.CheckedConvert(width, toSigned, fromUnsigned), codes[i]);
            }
        }

        private static void AddFlow(Adder add)
        {
            add(static (t, in i) => t.Jump(t.BlockAt(i.Operand)), ILOpCode.Br);
            add(static (t, in i) => t.BranchIf(i, true), ILOpCode.Brtrue);
            add(static (t, in i) => t.BranchIf(i, false), ILOpCode.Brfalse);
            add(static (t, in i) => t.BranchCompare(i, OpOf(i.Code)), ILOpCode.Beq, ILOpCode.Bne_un, ILOpCode.Bge, ILOpCode.Bgt, ILOpCode.Ble, ILOpCode.Blt,
                ILOpCode.Bge_un, ILOpCode.Bgt_un, ILOpCode.Ble_un, ILOpCode.Blt_un);
            add(static (t, in i) => t.Switch(i), ILOpCode.Switch);
            add(static (t, in i) => t.Return(), ILOpCode.Ret);
            add(static (t, in i) => t.Leave(i), ILOpCode.Leave);
            add(static (t, in i) => t.EndFinally(), ILOpCode.Endfinally);
            add(static (t, in i) => t.Abort(), ILOpCode.Throw);
        }

        private static void AddMemory(Adder add)
        {
            AddAccess(add, PrimitiveTypeCode.SByte, ILOpCode.Ldind_i1, ILOpCode.Stind_i1);
            AddAccess(add, PrimitiveTypeCode.Byte, ILOpCode.Ldind_u1, null);
            AddAccess(add, PrimitiveTypeCode.Int16, ILOpCode.Ldind_i2, ILOpCode.Stind_i2);
            AddAccess(add, PrimitiveTypeCode.UInt16, ILOpCode.Ldind_u2, null);
            AddAccess(add, PrimitiveTypeCode.Int32, ILOpCode.Ldind_i4, ILOpCode.Stind_i4);
            AddAccess(add, PrimitiveTypeCode.UInt32, ILOpCode.Ldind_u4, null);
            AddAccess(add, PrimitiveTypeCode.Int64, ILOpCode.Ldind_i8, ILOpCode.Stind_i8);
            add(static (t, in i) => t.LoadNative(), ILOpCode.Ldind_i);
            add(static (t, in i) => t.StoreNative(), ILOpCode.Stind_i);
            add(static (t, in i) => t.LoadIndirect(t._frame.Method.ResolveType((int)i.Operand)), ILOpCode.Ldobj);
            add(static (t, in i) => t.StoreIndirect(t._frame.Method.ResolveType((int)i.Operand)), ILOpCode.Stobj);
            add(static (t, in i) => t.CopyObject((int)i.Operand), ILOpCode.Cpobj);
            add(static (t, in i) => t.InitObject((int)i.Operand), ILOpCode.Initobj);
            add(static (t, in i) => t.CopyBlock(), ILOpCode.Cpblk);
            add(static (t, in i) => t.InitBlock(), ILOpCode.Initblk);
            add(static (t, in i) => t.LocalAllocate(), ILOpCode.Localloc);
            add(static (t, in i) => t.LoadReference(), ILOpCode.Ldind_ref);
            add(static (t, in i) => t.StoreReference(), ILOpCode.Stind_ref);
            add(static (t, in i) => t._isVolatile = true, ILOpCode.Volatile);
            AddElement(add, PrimitiveTypeCode.SByte, ILOpCode.Ldelem_i1);
            AddElement(add, PrimitiveTypeCode.Byte, ILOpCode.Ldelem_u1);
            AddElement(add, PrimitiveTypeCode.Int16, ILOpCode.Ldelem_i2);
            AddElement(add, PrimitiveTypeCode.UInt16, ILOpCode.Ldelem_u2);
            AddElement(add, PrimitiveTypeCode.Int32, ILOpCode.Ldelem_i4);
            AddElement(add, PrimitiveTypeCode.UInt32, ILOpCode.Ldelem_u4);
            AddElement(add, PrimitiveTypeCode.Int64, ILOpCode.Ldelem_i8);
            add(static (t, in i) => t.LoadElement(t._frame.Method.ResolveType((int)i.Operand)), ILOpCode.Ldelem);
            add(static (t, in i) => t.Push(t.ElementAddress()), ILOpCode.Ldelema);
            add(static (t, in i) => t.LoadLength(), ILOpCode.Ldlen);
        }

        private static void AddAccess(Adder add, PrimitiveTypeCode type, ILOpCode load, ILOpCode? store)
        {
            add((t, in _) => t.LoadIndirect(t._module.Context.Primitive(type)), load);
            if (store is { } code) add((t, in _) => t.StoreIndirect(t._module.Context.Primitive(type)), code);
        }

        private static void AddElement(Adder add, PrimitiveTypeCode type, ILOpCode load) => add((t, in _) => t.LoadElement(t._module.Context.Primitive(type)), load);

        private static void AddMembers(Adder add)
        {
            add(static (t, in i) => t.LoadField((int)i.Operand), ILOpCode.Ldfld);
            add(static (t, in i) => t.LoadFieldAddress((int)i.Operand), ILOpCode.Ldflda);
            add(static (t, in i) => t.StoreField((int)i.Operand), ILOpCode.Stfld);
            add(static (t, in i) => t.LoadStatic(t._frame.Method.ResolveField((int)i.Operand)), ILOpCode.Ldsfld);
            add(static (t, in i) => t.LoadStaticAddress(t._frame.Method.ResolveField((int)i.Operand)), ILOpCode.Ldsflda);
            add(static (t, in i) => t.StoreStatic((int)i.Operand), ILOpCode.Stsfld);
            add(static (t, in i) => t.Call((int)i.Operand, isVirtual: false), ILOpCode.Call);
            add(static (t, in i) => t.Call((int)i.Operand, isVirtual: true), ILOpCode.Callvirt);
            add(static (t, in i) => t._constrained = t._frame.Method.ResolveType((int)i.Operand), ILOpCode.Constrained);
            add(static (t, in i) => t.NewObject((int)i.Operand), ILOpCode.Newobj);
            add(static (t, in i) => t.Push(new MethodObject(t.Resolved(t._frame.Method.ResolveMethod((int)i.Operand)))), ILOpCode.Ldftn);
            add(static (t, in i) => t.LoadToken((int)i.Operand), ILOpCode.Ldtoken);
            add(static (t, in i) => t.Box((int)i.Operand), ILOpCode.Box);
            add(static (t, in i) => t.Push(t.SizeOf(t._frame.Method.ResolveType((int)i.Operand))), ILOpCode.Sizeof);
        }
    }
}
