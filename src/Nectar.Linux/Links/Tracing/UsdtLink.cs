// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Tracing;

/// <summary>The places of a USDT probe, and the slots that their argument specs take.</summary>
public sealed class UsdtLink : BpfLink
{
    private readonly BpfLink _places;
    private readonly UsdtSpecTable? _table;
    private readonly int[] _slots;
    private readonly long[] _addresses;
    private bool _isPinned;

    internal UsdtLink(BpfLink places, UsdtSpecTable? table, int[] slots, long[] addresses, ImmutableArray<string> notes)
        : base(places.Target)
    {
        _places = places;
        _table = table;
        _slots = slots;
        _addresses = addresses;
        Notes = notes;
    }

    /// <summary>Arguments that the program will not be able to read, in words; mostly none.</summary>
    public ImmutableArray<string> Notes { get; }

    /// <inheritdoc/>
    public override void Update(KernelProgram program, KernelProgram? expected = null) => _places.Update(program, expected);

    /// <inheritdoc/>
    public override void Pin(string path)
    {
        _places.Pin(path);
        _isPinned = true;
    }

    /// <inheritdoc/>
    protected override void Detach()
    {
        _places.Dispose();
        if (_table is null) return;
        // A pinned probe goes on reading its specs, so their slots stay taken.
        if (!_isPinned)
        {
            foreach (long address in _addresses) _table.RemoveAddress(address);
            _table.Free(_slots);
        }

        _table.Release();
    }
}
