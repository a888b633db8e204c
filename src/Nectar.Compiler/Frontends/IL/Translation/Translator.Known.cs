// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>
/// What slots of the frame hold, within one block: so that lengths of constant spans are known when they are needed, and that passes get less to
/// do. Everything that may write elsewhere than is known forgets all of it.
/// </summary>
internal sealed partial class Translator
{
    private readonly Dictionary<(Value Slot, long Offset), Value> _held = [];
    private Block? _heldIn;

    /// <summary>Something wrote to memory that is not known.</summary>
    internal void Forget() => _held.Clear();

    private Value? Held(Value slot, long offset, IrType type, int width)
    {
        if (slot.Op != Op.StackSlot || _heldIn != _builder.Block || width < 4) return null;
        return _held.TryGetValue((slot, offset), out Value? value) && value.Type == type ? value : null;
    }

    private void Hold(Value pointer, long offset, Value value, int width)
    {
        if (!Overwrite(pointer, offset, width) || width != Bytes(value.Type)) return;
        _held[(pointer, offset)] = value;
    }

    private void HoldCopy(Value to, Value from, int size)
    {
        (Value source, long sourceOffset) = Split(from, 0);
        (Value target, long targetOffset) = Split(to, 0);
        List<(long Offset, Value Value)>? moved = null;
        if (source.Op == Op.StackSlot && source != target && _heldIn == _builder.Block)
        {
            foreach (((Value slot, long at), Value value) in _held)
            {
                if (slot == source && at >= sourceOffset && at + Bytes(value.Type) <= sourceOffset + size) (moved ??= []).Add((at - sourceOffset + targetOffset, value));
            }
        }

        if (!Overwrite(target, targetOffset, size) || moved is null) return;
        foreach ((long offset, Value value) in moved) _held[(target, offset)] = value;
    }

    /// <summary>Forgets what bytes held; false if it is not known which bytes they are.</summary>
    private bool Overwrite(Value pointer, long offset, long size)
    {
        if (_heldIn != _builder.Block)
        {
            _held.Clear();
            _heldIn = _builder.Block;
        }

        if (pointer.Op != Op.StackSlot)
        {
            _held.Clear();
            return false;
        }

        foreach (((Value slot, long at) key, Value value) in _held)
        {
            if (key.slot == pointer && key.at < offset + size && key.at + Bytes(value.Type) > offset) _held.Remove(key); // removing while enumerating is allowed
        }

        return true;
    }

    private static int Bytes(IrType type) => type == IrType.I32 ? 4 : 8;
}
