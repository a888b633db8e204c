// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Programs for tail calls. A slot holds an opaque handle that the machine chose; users see program numbers. The host sets
/// slots with <see cref="SetProgram"/>, or gives <see cref="HandleOfProgram"/> so that users can by number.
/// </summary>
internal sealed class VmProgArray : VmSlotMap
{
    private readonly uint[] _numbers;

    internal VmProgArray(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options) => _numbers = new uint[definition.MaxEntries];

    /// <summary>Turns a program number into a handle, 0 if there is no such program; without it every number is <c>EBADF</c>.</summary>
    internal Func<uint, nint>? HandleOfProgram { get; set; }

    /// <summary>Sets a slot; a handle of 0 empties it.</summary>
    /// <param name="index">Which slot.</param>
    /// <param name="handle">What running code finds.</param>
    /// <param name="number">What users see.</param>
    internal void SetProgram(uint index, nint handle, uint number)
    {
        ExchangeSlot(index, 0); // never a new number with an old program
        _numbers[index] = number;
        ExchangeSlot(index, (ulong)handle);
    }

    /// <summary>The handle in a slot; 0 if it is empty or beyond the end.</summary>
    internal nint GetProgram(uint index) => (nint)GetSlot(index);

    private protected override uint NumberOf(uint index, ulong slot) => _numbers[index];

    private protected override Errno SetNumber(uint index, uint number)
    {
        nint handle = HandleOfProgram?.Invoke(number) ?? 0;
        if (handle == 0) return Errno.EBADF;
        SetProgram(index, handle, number);
        return Errno.None;
    }
}
