// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Btf;

/// <summary>
/// Compile once, run everywhere: changes the field offsets, sizes, type numbers and enumerators that a program was compiled with
/// into those of the kernel, or other world, that it runs against. The rules are those of libbpf.
/// </summary>
public sealed class CoreRelocator
{
    private readonly BtfTypes _local;
    private readonly IReadOnlyList<BtfTypes> _targets;
    private readonly int[] _pointerSizes;
    private readonly CoreSpec _localSpec = new();
    private readonly CoreSpec _candidateSpec = new();
    private readonly CoreSpec _targetSpec = new();
    private readonly Dictionary<uint, List<(int Target, uint Id)>> _candidates = [];
    private readonly BtfNameScan _names = new();
    private readonly List<uint>[]?[] _found; // by target, then by number of name; null where the target was not asked yet

    private CoreRelocator(BtfTypes local, IReadOnlyList<BtfTypes> targets, IReadOnlyList<LinkedProgram> programs)
    {
        _local = local;
        _targets = targets;
        _pointerSizes = [.. targets.Select(PointerSize)];
        _found = new List<uint>[]?[targets.Count];
        foreach (LinkedProgram program in programs)
        {
            foreach (CoreRelocation relocation in program.CoreRelocations)
            {
                if (relocation.TypeId < (uint)local.Count) _names.Add(BtfNameScan.EssentialName(local[relocation.TypeId].NameUtf8));
            }
        }
    }

    /// <summary>Applies all CO-RE relocations of a program to its instructions. Never throws on bad relocations: results tell.</summary>
    /// <param name="program">The program, whose instructions are changed.</param>
    /// <param name="local">The types of the object it comes from.</param>
    /// <param name="targets">
    /// What to relocate against: a kernel's types, and split sets of its modules, which count only where the kernel has no candidate.
    /// <paramref name="local"/> alone keeps the program as compiled.
    /// </param>
    public static CoreRelocationResult[] Apply(LinkedProgram program, BtfTypes local, IReadOnlyList<BtfTypes> targets)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(local);
        ArgumentNullException.ThrowIfNull(targets);
        return Apply([program], local, targets)[0];
    }

    /// <summary>As <see cref="Apply(LinkedProgram, BtfTypes, IReadOnlyList{BtfTypes})"/> for all programs of an object, which costs little more than one.</summary>
    /// <returns>The results of each program.</returns>
    public static CoreRelocationResult[][] Apply(IReadOnlyList<LinkedProgram> programs, BtfTypes local, IReadOnlyList<BtfTypes> targets)
    {
        ArgumentNullException.ThrowIfNull(programs);
        ArgumentNullException.ThrowIfNull(local);
        ArgumentNullException.ThrowIfNull(targets);
        CoreRelocationResult[][] results = new CoreRelocationResult[programs.Count][];
        CoreRelocator? relocator = null;
        for (int i = 0; i < results.Length; i++)
        {
            LinkedProgram program = programs[i];
            results[i] = new CoreRelocationResult[program.CoreRelocations.Length];
            if (results[i].Length > 0) relocator ??= new CoreRelocator(local, targets, programs);
            for (int n = 0; n < results[i].Length; n++) results[i][n] = relocator!.Apply(program, program.CoreRelocations[n]);
        }

        return results;
    }

    private CoreRelocationResult Apply(LinkedProgram program, CoreRelocation relocation)
    {
        CoreRelocationKind kind = (CoreRelocationKind)relocation.Kind;
        int at = relocation.Instruction;
        if ((uint)at >= (uint)program.Instructions.Length || (uint)relocation.Kind > (uint)CoreRelocationKind.TypeMatches || relocation.TypeId >= (uint)_local.Count)
        {
            string what = $"CO-RE relocation of kind {relocation.Kind} for type {relocation.TypeId} at instruction {at}: no such kind, type or instruction";
            if ((uint)at < (uint)program.Instructions.Length) CorePatcher.Poison(program.Instructions, at);
            return new CoreRelocationResult(at, kind, relocation.Access, 0, 0, true, null, 0, Diagnostic.Error(BtfCodes.CoreRecord, what));
        }

        _localSpec.Begin(_local, relocation.TypeId, kind, pointerSize: 8);
        string? problem = _localSpec.Parse(relocation.Access);
        if (problem is not null) return Fail(program, at, kind, $"{_local[relocation.TypeId].Name} + {relocation.Access}", BtfCodes.CoreRecord, problem);
        string access = _localSpec.ToString();

        problem = CoreValue.Compute(_localSpec, out CoreValue old);
        if (problem is not null) return Fail(program, at, kind, access, BtfCodes.CoreRecord, problem);
        CoreValue value = old;
        bool found = kind == CoreRelocationKind.TypeIdLocal;
        if (found) _targetSpec.CopyFrom(_localSpec);
        else
        {
            if (_local[relocation.TypeId].NameUtf8.IsEmpty) return Fail(program, at, kind, access, BtfCodes.CoreRecord, "an anonymous type cannot be looked up");
            (DiagnosticCode Code, string Text)? trouble = Find(relocation.TypeId, out found, out value);
            if (trouble is { } t) return Fail(program, at, kind, access, t.Code, t.Text, t.Code == BtfCodes.CoreAmbiguous ? Severity.Error : null);
        }

        bool isPoisoned = !found && kind is not (CoreRelocationKind.FieldExists or CoreRelocationKind.EnumValueExists
            or CoreRelocationKind.TypeExists or CoreRelocationKind.TypeMatches or CoreRelocationKind.TypeSize or CoreRelocationKind.TypeIdTarget);
        if (isPoisoned) return Fail(program, at, kind, access, BtfCodes.CoreNotFound, "the target has nothing like it", Severity.Warning, old.Value);
        if (CorePatcher.Patch(program.Instructions, at, old, value, CanResize(old, value)) is { } refused)
            return Fail(program, at, kind, access, refused.Code, refused.Text, refused.Code == BtfCodes.CoreAccessSize ? Severity.Warning : null, old.Value);
        return new CoreRelocationResult(at, kind, access, old.Value, value.Value, false, found ? _targetSpec.ToString() : null, found ? _targetSpec.RootId : 0, null);
    }

    /// <summary>Asks all candidates; they must agree. Those that do not fit are forgotten, as long as one does.</summary>
    private (DiagnosticCode Code, string Text)? Find(uint typeId, out bool found, out CoreValue value)
    {
        List<(int Target, uint Id)> candidates = Candidates(typeId);
        found = false;
        value = default;
        int kept = 0;
        foreach ((int target, uint id) in candidates.ToArray().AsSpan())
        {
            _candidateSpec.Begin(_targets[target], id, _localSpec.Kind, _pointerSizes[target]);
            CoreMatch match = CoreMatcher.Match(_localSpec, _candidateSpec);
            if (match == CoreMatch.TooDeep) return (BtfCodes.CoreRecord, $"candidate {id} of the target is nested too deep");
            if (match == CoreMatch.No) continue;
            if (CoreValue.Compute(_candidateSpec, out CoreValue own) is { } problem) return (BtfCodes.CoreRecord, $"{_candidateSpec} of the target: {problem}");
            if (!found)
            {
                (found, value) = (true, own);
                _targetSpec.CopyFrom(_candidateSpec);
            }
            else if (_candidateSpec.BitOffset != _targetSpec.BitOffset || own.Value != value.Value)
            {
                return (BtfCodes.CoreAmbiguous, $"the target has {_targetSpec}, type {_targetSpec.RootId}, and {_candidateSpec}, type {id}, which give {(long)value.Value} and {(long)own.Value}");
            }

            candidates[kept++] = (target, id);
        }

        if (kept > 0) candidates.RemoveRange(kept, candidates.Count - kept);
        return null;
    }

    private List<(int Target, uint Id)> Candidates(uint typeId)
    {
        if (_candidates.TryGetValue(typeId, out List<(int Target, uint Id)>? list)) return list;
        list = [];
        _candidates.Add(typeId, list);
        BtfType local = _local[typeId];
        if (_targets.Count == 1 && ReferenceEquals(_targets[0], _local))
        {
            list.Add((0, typeId)); // the object's own world: each flavour is itself, though others share its name
            return list;
        }

        foreach (bool split in (ReadOnlySpan<bool>)[false, true]) // modules repeat types of the kernel: they count only for what is theirs alone
        {
            for (int target = 0; target < _targets.Count; target++)
            {
                if (_targets[target].Base is not null == split) AddCandidates(list, local, target);
            }

            if (list.Count > 0) break;
        }

        return list;
    }

    private void AddCandidates(List<(int Target, uint Id)> list, BtfType local, int target)
    {
        BtfTypes types = _targets[target];
        List<uint>[] found = _found[target] ??= _names.Find(types, BtfNameScan.DataKinds);
        foreach (uint id in found[_names.Add(BtfNameScan.EssentialName(local.NameUtf8))])
        {
            if (CoreMatcher.KindsAgree(types[id], local)) list.Add((target, id));
        }
    }

    /// <summary>
    /// A load may take another size only where that cannot change the value: pointers of 32-bit kernels and unsigned
    /// integers, which loads extend with zeros.
    /// </summary>
    private bool CanResize(in CoreValue old, in CoreValue value)
    {
        if (old.FieldSize == value.FieldSize) return true;
        BtfType before = _local[old.FieldTypeId], after = _targetSpec.Types[value.FieldTypeId];
        return (before.Kind == BtfKind.Pointer && after.Kind == BtfKind.Pointer)
            || (before.Kind == BtfKind.Int && after.Kind == BtfKind.Int && before.IntEncoding != BtfIntEncoding.Signed && after.IntEncoding != BtfIntEncoding.Signed);
    }

    private static CoreRelocationResult Fail(LinkedProgram program, int at, CoreRelocationKind kind, string access, DiagnosticCode code, string text,
        Severity? severity = null, ulong old = 0)
    {
        CorePatcher.Poison(program.Instructions, at); // also where it is an error: nothing half patched may run
        Diagnostic problem = new(code, severity ?? Severity.Error, $"CO-RE {kind} of {access}: {text}", null, at, []);
        return new CoreRelocationResult(at, kind, access, old, 0, true, null, 0, problem);
    }

    /// <summary>Bytes of a pointer in the target's world: those of its <c>long</c>.</summary>
    private static int PointerSize(BtfTypes types)
    {
        BtfTypes root = types.Base ?? types;
        for (uint id = 1; id < (uint)root.Count; id++)
        {
            BtfType type = root[id]; // a kernel's is among the first
            if (type.Kind != BtfKind.Int || type.Size is not (4 or 8)) continue;
            ReadOnlySpan<byte> name = type.NameUtf8;
            if (name.SequenceEqual("long"u8) || name.SequenceEqual("long int"u8) || name.SequenceEqual("unsigned long"u8) || name.SequenceEqual("long unsigned int"u8)) return (int)type.Size;
        }

        return 8;
    }
}
