// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;

namespace Nectar.Trace.Lowering;

/// <summary>A function while it is made: a program's entry, or what a helper calls back.</summary>
internal sealed class FunctionFrame(IrFunction function, FunctionFrame? outer)
{
    private Block? _exit;

    public IrFunction Function { get; } = function;

    /// <summary>The function whose helper call comes back here; null for the entry.</summary>
    public FunctionFrame? Outer { get; } = outer;

    public IrBuilder Builder { get; } = new(function);

    /// <summary>A block that everything lowered now comes behind, still open: what is needed everywhere is put at its end.</summary>
    public Block Front { get; set; } = function.Entry;

    /// <summary>r1 of the program; of callbacks the pointer to <see cref="Captures"/>.</summary>
    public Value? Context { get; set; }

    /// <summary>Start of this program's scratch bytes; null while nobody asked.</summary>
    public Value? ScratchBase { get; set; }

    /// <summary>Where this function finds the memory of variables.</summary>
    public Dictionary<object, Value> Addresses { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Callbacks: what of the outer function they use, in the order of the pointers in their context.</summary>
    public List<object> Captures { get; } = [];

    /// <summary>The block that ends the function at once, with the result that stops a helper's loop.</summary>
    public Block Exit
    {
        get
        {
            if (_exit is not null) return _exit;
            _exit = Function.NewBlock();
            IrBuilder builder = new(Function) { Block = _exit };
            builder.Return(builder.Constant(Function.Result, Outer is null ? 0 : 1));
            return _exit;
        }
    }
}
