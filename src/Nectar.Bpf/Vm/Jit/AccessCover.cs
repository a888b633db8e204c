// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Remembers, along code without labels, which bytes around a register's value were already tested, so that they are not
/// tested again. One range for reads and one for writes of each register; what may be written may be read.
/// </summary>
internal sealed class AccessCover
{
    private const int Registers = 11;

    private readonly int[] _low = new int[Registers * 2];
    private readonly int[] _high = new int[Registers * 2];

    /// <summary>Forgets everything: at labels, calls, and whatever else may change memory's owners.</summary>
    internal void Clear()
    {
        _low.AsSpan().Clear();
        _high.AsSpan().Clear();
    }

    internal void Forget(int register)
    {
        _high[register] = _low[register] = 0;
        _high[register + Registers] = _low[register + Registers] = 0;
    }

    internal bool Contains(int register, int offset, int size, bool write) =>
        Inside(register + Registers, offset, size) || (!write && Inside(register, offset, size));

    internal void Add(int register, int offset, int size, bool write)
    {
        int index = write ? register + Registers : register;
        _low[index] = offset;
        _high[index] = offset + size;
    }

    /// <summary>A register was copied.</summary>
    internal void Copy(int to, int from)
    {
        (_low[to], _high[to]) = (_low[from], _high[from]);
        (_low[to + Registers], _high[to + Registers]) = (_low[from + Registers], _high[from + Registers]);
    }

    /// <summary>A constant was added to a register.</summary>
    internal void Shift(int register, int amount)
    {
        // Far away offsets cannot be expressed in an access any more, and must not wrap around.
        if (amount is < -65536 or > 65536)
        {
            Forget(register);
            return;
        }

        foreach (int index in (ReadOnlySpan<int>)[register, register + Registers])
        {
            if (_low[index] == _high[index]) continue;
            _low[index] -= amount;
            _high[index] -= amount;
            if (_low[index] is < -(1 << 24) or > (1 << 24)) _low[index] = _high[index] = 0;
        }
    }

    private bool Inside(int index, int offset, int size) => offset >= _low[index] && offset + size <= _high[index];
}
