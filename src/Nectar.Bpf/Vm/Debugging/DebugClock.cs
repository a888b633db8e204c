// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>Time that is the same whenever a run is repeated.</summary>
internal sealed class DebugClock
{
    private const ulong RunNs = 1_000_000, ReadNs = 1_000;
    private ulong _start, _now;

    internal void Reset() => _start = _now = 0;

    internal void Begin(DebugInput input) => _now = _start = input.TimeNs ?? _start + RunNs;

    internal ulong Now() => _now += ReadNs;
}
