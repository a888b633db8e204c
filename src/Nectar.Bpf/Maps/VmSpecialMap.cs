// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>A map without the usual operations: each gives one error, unless a derived class has it.</summary>
internal abstract unsafe class VmSpecialMap : VmMap
{
    private readonly Errno _refusal;

    /// <param name="definition">What to make.</param>
    /// <param name="cpuCount">Processors.</param>
    /// <param name="options">What the definition does not say.</param>
    /// <param name="refusal">What operations give that this type does not have.</param>
    protected VmSpecialMap(MapDefinition definition, int cpuCount, VmMapOptions options, Errno refusal)
        : base(definition, cpuCount, options) => _refusal = refusal;

    internal override byte* LookupPointer(byte* key, uint cpu) => null;

    protected override long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu) => -(long)_refusal;

    protected override long ProgramDelete(byte* key) => -(long)_refusal;

    protected override Errno UserLookup(byte* key, byte* value, bool locked) => _refusal;

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags) => _refusal;

    protected override Errno UserDelete(byte* key) => _refusal;

    protected override Errno UserNextKey(byte* key, byte* next) => _refusal;

    protected override void FreeMemory()
    {
    }
}
