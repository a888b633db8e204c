// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Frontends.IL.Decoding;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>What cannot be compiled, said at the author's line, with what to do instead.</summary>
internal sealed partial class Translator
{
    internal Refusal Refuse(DiagnosticCode code, string message, params ReadOnlySpan<string> notes)
    {
        List<string> all = [.. notes];
        AddInlined(all);
        return new Refusal(ProbeDiagnostics.At(_builder.Location, code, message, [.. all]));
    }

    /// <summary>Where the code is that was inlined, if the author did not write it.</summary>
    private void AddInlined(List<string> notes)
    {
        if (_frame is null) return;
        if (_frame.Method.Assembly.IsLibrary) notes.Add($"note: in '{_frame.Method}', which is called here");
    }

    private Refusal RefuseIn(Frame frame, IlRegion region, DiagnosticCode code, string message, params ReadOnlySpan<string> notes)
    {
        IlBlock block = frame.Body.Blocks[region.HandlerFirst];
        SourceLocation? location = frame.Method.LocationAt(frame.Body.Instructions[block.First].Offset, frame.CalledFrom);
        return new Refusal(ProbeDiagnostics.At(location ?? _builder.Location, code, message, notes));
    }

    private Refusal RefuseRecursion(MethodModel method)
    {
        List<string> chain = [];
        for (Frame? frame = _frame; frame is not null; frame = frame.Caller)
        {
            chain.Add(frame.Method.ToString());
            if (frame.Method == method) break;
        }

        chain.Reverse();
        return Refuse(IlCodes.Recursion, $"'{method}' calls itself: {string.Join(" -> ", chain)} -> {method}", "help: every call is inlined, and the kernel bounds the depth of calls; use a loop with a bound ('foreach (int i in Bpf.Range(n))')");
    }

    private Refusal RefuseInstruction(ILOpCode code)
    {
        string name = code.ToString().ToLowerInvariant().Replace('_', '.');
        return code switch
        {
            ILOpCode.Newarr => Refuse(IlCodes.Allocation, "an array needs the heap, which a program does not have", "help: use 'stackalloc', an [InlineArray] struct, a collection expression of constants as ReadOnlySpan, or a map"),
            ILOpCode.Box => Refuse(IlCodes.Allocation, "boxing needs the heap, which a program does not have", "help: keep the value's own type: make the method generic instead of taking an interface or 'object'"),
            ILOpCode.Isinst or ILOpCode.Castclass or ILOpCode.Unbox or ILOpCode.Unbox_any => Refuse(IlCodes.TypeTest, "types of objects cannot be tested in a program: there are no objects", "help: use a field that tells kinds apart, or generic methods"),
            ILOpCode.Calli => Refuse(IlCodes.IndirectCall, "a function pointer cannot be called: the kernel allows no indirect calls", "help: call the method, use 'switch', or give the function to a helper that calls back"),
            ILOpCode.Ldvirtftn => Refuse(IlCodes.VirtualCall, "a delegate of a virtual method cannot be made", "help: use a static lambda"),
            ILOpCode.Ldc_r4 or ILOpCode.Ldc_r8 or ILOpCode.Conv_r4 or ILOpCode.Conv_r8 or ILOpCode.Conv_r_un or ILOpCode.Ldind_r4 or ILOpCode.Ldind_r8 or ILOpCode.Stind_r4 or ILOpCode.Stind_r8
                or ILOpCode.Ckfinite => RefuseFloat(),
            ILOpCode.Rethrow or ILOpCode.Endfilter => Refuse(IlCodes.Catch, "exceptions cannot be caught in a program: there are none"),
            ILOpCode.Mkrefany or ILOpCode.Refanytype or ILOpCode.Refanyval or ILOpCode.Arglist => Refuse(IlCodes.Unsupported, $"'{name}' cannot be compiled", "help: use 'ref' parameters and locals"),
            _ => Refuse(IlCodes.Unsupported, $"the IL instruction '{name}' cannot be compiled", "help: write it in another way; docs/compiler.md lists what C# can be used"),
        };
    }

    private Refusal RefuseFloat() => Refuse(IlCodes.Float, "floating-point numbers cannot be used in a program: the kernel has none", "help: count in integers, for example in thousandths");

    private Refusal RefuseOperand(in Operand operand)
    {
        if (operand.Object is { } known) return Refuse(IlCodes.UnknownObject, $"{known.Display} is used as if it were a number", "help: objects exist only while compiling: call their methods, or pass them on");
        return Refuse(IlCodes.Unsupported, operand.Struct is { } type ? $"a value of '{type.DisplayName}' is used where a number is expected" : "a number is used where a struct is expected");
    }

    private Refusal RefuseJoin(KnownObject? one, KnownObject? other) => Refuse(IlCodes.UnknownObject,
        $"it depends on the way whether this is {one?.Display ?? "a number"} or {other?.Display ?? "a number"}", "help: which object is meant has to be known when compiling: call the method in both branches");

    private Refusal RefuseField(KnownObject known, FieldModel field) => Refuse(IlCodes.UnknownObject, $"'{field}' of {known.Display} is not known in a program", "help: a program can use maps, integers, structs and library objects that the probe's fields hold");

    private Refusal RefuseForeign(FieldModel field) => Refuse(ProbeCodes.BadField, $"'{field}' of type '{field.Type.DisplayName}' exists on the CLR only",
        "help: use a map, a field of an [InlineArray] struct, or a 'static readonly' array of integers");

    private Refusal RefuseStatic(FieldModel field) => Refuse(IlCodes.StaticField, $"the static field '{field}' of type '{field.Type.DisplayName}' cannot be used in a program", "help: static fields may be integers, structs without references, and read-only arrays of integers");
}
