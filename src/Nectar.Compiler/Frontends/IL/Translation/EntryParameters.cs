// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>
/// What the parameters of a program's method are: the kernel passes one pointer, the context. Typed parameters are read from the array behind
/// it, or from the registers that it points to.
/// </summary>
internal static class EntryParameters
{
    private const int ResultRegister = 80; // ax in pt_regs of x86-64

    /// <summary>Offsets of the registers in <c>pt_regs</c> of x86-64 that arguments are passed in: di, si, dx, cx, r8, r9.</summary>
    private static ReadOnlySpan<byte> Registers => [112, 104, 96, 88, 72, 64];

    /// <summary>True if addresses that the program gets are those of a process.</summary>
    public static bool IsUser(ProgramModel program) => program.Section.TrimStart('?') is { } section
        && (section.StartsWith('u') && (section.StartsWith("uprobe", StringComparison.Ordinal) || section.StartsWith("uretprobe", StringComparison.Ordinal) || section.StartsWith("usdt", StringComparison.Ordinal)));

    public static Operand[] Bind(Translator t, ProgramModel program)
    {
        MethodModel method = program.Method;
        Value context = t.Builder.Parameter(IrType.Pointer, PointerOrigin.Context);
        List<Operand> arguments = [];
        if (!method.IsStatic) arguments.Add(Operand.Of(new ProbePart(t.Module.Probe.This)));
        ParameterModel[] parameters = method.Parameters;
        if (program.ContextPointer is not null)
        {
            TypeModel type = parameters[0].Type;
            Value slot = t.Builder.StackSlot(type.Size, type.Alignment, parameters[0].Name);
            t.Builder.Store(slot, context, 8);
            arguments.Add(Operand.Own(slot, type));
        }
        else if (program.Parameters == ProgramParameters.Context)
        {
            if (parameters is not [{ Type.Shape: TypeShape.Pointer }]) throw RefuseParameters(t, program);
            arguments.Add(Operand.Of(context));
        }
        else
        {
            for (int i = 0; i < parameters.Length; i++) arguments.Add(Typed(t, program, parameters[i].Type, Offset(t, program, i), context));
        }

        return [.. arguments];
    }

    private static int Offset(Translator t, ProgramModel program, int index)
    {
        switch (program.Parameters)
        {
            case ProgramParameters.Array:
                return index * 8;
            case ProgramParameters.Registers when index < Registers.Length:
                return Registers[index];
            case ProgramParameters.Result when index == 0:
                return ResultRegister;
            default:
                throw RefuseParameters(t, program);
        }
    }

    private static Operand Typed(Translator t, ProgramModel program, TypeModel type, int offset, Value context)
    {
        switch (StackKinds.Of(type))
        {
            case StackKind.Pointer:
                Value pointer = t.Builder.Load(IrType.Pointer, context, 8, offset);
                bool isTrusted = program.Parameters == ProgramParameters.Array && program.Kind.Type is not ProgramType.RawTracepoint && type.Element is { Shape: TypeShape.Struct };
                pointer.Origin = isTrusted ? PointerOrigin.Trusted : IsUser(program) ? PointerOrigin.User : PointerOrigin.Kernel;
                return Operand.Of(pointer);
            case StackKind.I32 or StackKind.I64:
                return t.Narrowed(t.Builder.Load(IrType.I64, context, 8, offset), type);
            default:
                throw RefuseParameters(t, program);
        }
    }

    private static Refusal RefuseParameters(Translator t, ProgramModel program) => t.Refuse(IlCodes.BadSignature, $"the parameters of '{program.Method.Name}' are not those of a program in '{program.Section}'", program.Parameters switch
    {
        ProgramParameters.Context => "help: it takes one parameter: a context struct of the library, or a pointer to the kernel's struct",
        ProgramParameters.Array => "help: it takes a context struct of the library, or integers and pointers as the kernel's function has them",
        ProgramParameters.Registers => "help: it takes a context struct of the library, or up to six integers and pointers",
        ProgramParameters.Result => "help: it takes a context struct of the library, or the result as an integer or a pointer",
        _ => "help: it takes a context struct of the library",
    });
}
