// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering;

/// <summary>
/// What iterators give: pointers that are null when the kernel calls the program a last time, behind the end. The program leaves then, and
/// the verifier knows the pointers to be good everywhere else.
/// </summary>
internal sealed class IteratorLowering(ProbeLowering probe)
{
    private const string Meta = "meta"; // struct bpf_iter_meta is always there

    private readonly Dictionary<int, Value> _known = [];

    /// <summary>Whether a field of the context is such a pointer.</summary>
    /// <param name="path">The field behind the unions that it is in: the kernel pads pointers of 32 bits so.</param>
    public static bool IsObject(ReadOnlySpan<StructField> path) => path.Length > 0 && path[^1].Type.Kind == TypeKind.Pointer && path[^1].Name != Meta;

    /// <summary>Leaves behind the end, also where the body looks at nothing.</summary>
    public void SkipEnd()
    {
        if (probe.Probe.Targets[0].Arguments?.Invoke() is not { } context) return;
        foreach (StructField field in context.Fields)
        {
            StructField[] path = field.Type.Struct is { Fields: [var inner, ..] } ? [field, inner] : [field];
            if (!IsObject(path)) continue;
            Pointer(path);
            return;
        }
    }

    /// <summary>The value of a pointer of the context.</summary>
    public Value Pointer(ReadOnlySpan<StructField> path)
    {
        int offset = 0;
        foreach (StructField field in path) offset += field.Offset;
        if (_known.TryGetValue(offset, out Value? known)) return known;
        FunctionFrame frame = probe.Frame;
        Value context = probe.Hook.Pointer;
        IrBuilder front = new(frame.Function) { Block = frame.Front };
        Value value = front.Load(IrType.I64, context, 8, offset);
        Block after = frame.Function.NewBlock();
        front.Branch(front.Compare(Op.NotEqual, value, front.I64(0)), after, frame.Exit);
        frame.Front = after;
        return _known[offset] = value;
    }
}
