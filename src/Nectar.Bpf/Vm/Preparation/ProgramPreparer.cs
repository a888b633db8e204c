// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;

namespace Nectar.Bpf.Vm;

/// <summary>What a program is prepared against.</summary>
internal sealed unsafe class PrepareOptions
{
    /// <summary>The live maps, at the index that wide loads name (the index in the object).</summary>
    internal IReadOnlyList<VmMap?> Maps { get; init; } = [];

    /// <summary>The form of the context; null for the program type's own.</summary>
    internal ContextLayout? Context { get; init; }

    /// <summary>The address of an extern variable, or null if the host has none of that name.</summary>
    internal Func<string, ulong?>? FindExtern { get; init; }

    /// <summary>Verifies the program, or throws; null if it is not to be verified.</summary>
    internal Func<LinkedProgram, VerificationResult>? Verify { get; init; }

    /// <summary>True if the program tolerates the absence of an extern.</summary>
    internal Func<string, bool>? IsWeakExtern { get; init; }
}

/// <summary>Turns a linked program into what interpreter and JIT take.</summary>
internal static unsafe class ProgramPreparer
{
    private const int KfuncCall = 2; // BPF_PSEUDO_KFUNC_CALL

    /// <summary>Prepares a program.</summary>
    /// <exception cref="LoadException">The code is not well formed, or asks for something that this host does not have; every problem is listed.</exception>
    internal static PreparedProgram Prepare(LinkedProgram linked, PrepareOptions? options = null)
    {
        options ??= new PrepareOptions();
        DiagnosticBag bag = new();
        Instruction[] code = linked.Instructions;
        foreach (Relocation call in linked.Externs)
        {
            // Compilers write calls of kernel functions as calls of functions of the program that are not there.
            if (call.Kind == RelocationKind.ExternCall) code[call.Instruction] = code[call.Instruction].WithSource(KfuncCall);
        }

        if (!ProgramStructure.Check(code, bag)) throw new LoadException(bag.ToImmutable());

        int count = code.Length;
        OpcodeInfo?[] rows = new OpcodeInfo?[count];
        ulong[] constants = new ulong[count];
        bool[] leaders = new bool[count];
        List<int> starts = [];
        Resolver resolver = new(linked, options, bag);
        bool hasLongLoops = false;
        bool writesPacket = false, callsOthers = false; // a program reached by a tail call may do anything
        leaders[0] = true;
        for (int at = 0; at < count; at++)
        {
            ref readonly Instruction instruction = ref code[at];
            OpcodeInfo row = OpcodeTable.Find(instruction)!;
            rows[at] = row;
            switch (row.Form)
            {
                case OperandForm.Jump or OperandForm.DstImmJump or OperandForm.DstSrcJump:
                    hasLongLoops |= row.Operation == Operation.MayGoto;
                    leaders[at + 1 + instruction.Offset] = true;
                    break;
                case OperandForm.JumpLong:
                    leaders[at + 1 + instruction.Immediate] = true;
                    break;
                case OperandForm.Call:
                    if (row.Operation == Operation.CallLocal)
                    {
                        int callee = at + 1 + instruction.Immediate;
                        constants[at] = (ulong)callee;
                        leaders[callee] = true;
                        starts.Add(callee);
                    }
                    else
                    {
                        int id = resolver.ResolveCall(at, row.Operation);
                        constants[at] = (uint)id;
                        hasLongLoops |= HelperTable.IsIteration(id);
                        writesPacket |= HelperTable.Find(id)?.WritesPacket ?? false;
                        callsOthers |= id == HelperTable.TailCall;
                    }

                    break;
                case OperandForm.Register:
                    if (row.Operation == Operation.GotoRegister) resolver.Report(VmCodes.UnsupportedInstruction, at, "a jump through a register cannot run in this process");
                    callsOthers = true;
                    break;
                case OperandForm.Wide:
                    constants[at] = resolver.ResolveWide(at, starts);
                    if ((PseudoSource)instruction.Source == PseudoSource.Function) leaders[SlotOf(constants[at])] = true;
                    at++;
                    break;
            }
        }

        if (bag.HasErrors) throw new LoadException(bag.ToImmutable());
        foreach (LinkedFunction function in linked.Functions)
        {
            if (function.Start < count) starts.Add(function.Start);
        }

        int[] functions = [.. starts.Append(0).Distinct().Order()];
        foreach (int start in functions) leaders[start] = true;
        CheckFunctions(code, rows, functions, resolver);
        if (bag.HasErrors) throw new LoadException(bag.ToImmutable());
        ContextLayout layout = options.Context ?? ContextTable.For(linked.Definition.Type);
        VerificationResult? verified = layout.Shape == ContextShape.Memory ? null : options.Verify?.Invoke(linked);
        KnownAccesses known = verified is not null
            ? VerifiedAccesses.From(verified, code, rows, layout, options.Maps)
            : AccessAnalysis.Run(code, rows, constants, leaders, functions, layout, options.Maps);
        return new PreparedProgram
        {
            Linked = linked,
            Instructions = code,
            Rows = rows,
            Access = known.Kinds,
            AccessOffset = known.Offsets,
            IsVerified = verified is not null,
            EndsSoon = verified is { DecidedBy: VerifierMode.Paths } && !hasLongLoops,
            Constants = constants,
            CallMaps = known.CallMaps,
            FunctionStarts = functions,
            IsLeader = leaders,
            WritesPacket = writesPacket || callsOthers || known.MayWritePacket,
            UsesRegionSlots = known.HasUnknown || callsOthers,
            Context = layout,
        };
    }

    /// <summary>Functions are entered by calls only, as the kernel demands: no jump from one into another, no falling through.</summary>
    private static void CheckFunctions(Instruction[] code, OpcodeInfo?[] rows, int[] functions, Resolver resolver)
    {
        for (int f = 0; functions.Length > 1 && f < functions.Length; f++)
        {
            int start = functions[f], end = f + 1 < functions.Length ? functions[f + 1] : code.Length;
            OpcodeInfo? last = null;
            for (int at = start; at < end; at++)
            {
                last = rows[at] ?? last;
                if (rows[at] is not { IsJump: true } row) continue;
                int target = at + 1 + (row.Form == OperandForm.JumpLong ? code[at].Immediate : code[at].Offset);
                if (target < start || target >= end) resolver.Report(VmCodes.CrossesFunction, at, $"the jump leads from one function (instructions {start} to {end - 1}) to instruction {target} in another");
            }

            if (last?.Operation is not (Operation.Exit or Operation.Ja or Operation.JaLong or Operation.CallKfunc))
            {
                resolver.Report(VmCodes.CrossesFunction, end - 1, $"the function at instruction {start} runs on into the next one, expected 'exit' or a jump at its end");
            }
        }
    }

    private static int SlotOf(ulong handle) => Math.Max(0, VmSupport.SlotOfHandle(handle));

    /// <summary>Finds what calls and wide loads refer to.</summary>
    private sealed class Resolver
    {
        private readonly LinkedProgram _linked;
        private readonly PrepareOptions _options;
        private readonly DiagnosticBag _bag;
        private readonly Dictionary<int, Relocation> _externs = [];

        internal Resolver(LinkedProgram linked, PrepareOptions options, DiagnosticBag bag)
        {
            _linked = linked;
            _options = options;
            _bag = bag;
            foreach (Relocation relocation in linked.Externs) _externs[relocation.Instruction] = relocation;
        }

        internal int ResolveCall(int at, Operation operation)
        {
            Instruction instruction = _linked.Instructions[at];
            if (_externs.Count > 0 && _externs.TryGetValue(at, out Relocation relocation))
            {
                if (HelperTable.FindKfunc(relocation.Symbol) is { } kfunc) return kfunc.Id;
                if (_options.IsWeakExtern?.Invoke(relocation.Symbol) != true)
                {
                    Report(VmCodes.UnknownKfunc, at, $"call of kernel function '{relocation.Symbol}', which this host does not have");
                }

                return HelperTable.MissingKfunc;
            }

            if (operation == Operation.CallKfunc)
            {
                // A weak kernel function that the kernel lacks is called under a test of its address, so the call is never reached.
                Report(VmCodes.UnknownKfunc, at, $"call of kernel function with BTF id {instruction.Immediate}: the object does not say its name");
                return HelperTable.MissingKfunc;
            }

            if (HelperTable.Find(instruction.Immediate) is null)
            {
                string? name = HelperNames.NameOf(instruction.Immediate);
                Report(VmCodes.UnknownHelper, at, name is null
                    ? $"call of helper {instruction.Immediate}, which does not exist; the last is {HelperNames.Count - 1}"
                    : $"call of helper '{name}' ({instruction.Immediate}), which this host does not have");
            }

            return instruction.Immediate;
        }

        internal ulong ResolveWide(int at, List<int> starts)
        {
            Instruction first = _linked.Instructions[at], second = _linked.Instructions[at + 1];
            if (_externs.Count > 0 && _externs.TryGetValue(at, out Relocation relocation)) return ResolveExtern(at, relocation);
            switch ((PseudoSource)first.Source)
            {
                case PseudoSource.None:
                    return Instruction.WideImmediate(first, second);
                case PseudoSource.Function:
                    int slot = at + 1 + first.Immediate;
                    starts.Add(slot);
                    return VmSupport.FunctionHandle(slot);
                case PseudoSource.MapIndex or PseudoSource.MapFd:
                    return Map(at, first.Immediate) is { } map ? (ulong)map.Header : 0;
                case PseudoSource.MapIndexValue or PseudoSource.MapValue:
                    if (Map(at, first.Immediate) is not { } data) return 0;
                    ReadOnlySpan<MapRegion> regions = data.Regions;
                    if (regions.IsEmpty)
                    {
                        Report(VmCodes.BadMapReference, at, $"address in the value of map '{data.Name}', whose values have no fixed address");
                        return 0;
                    }

                    return regions[0].Start + regions[0].Offset + (uint)second.Immediate;
                default:
                    Report(VmCodes.UnknownExtern, at, $"address of kernel object {first.Immediate}, which this host does not have");
                    return 0;
            }
        }

        internal void Report(DiagnosticCode code, int at, string message)
        {
            LineInfo? line = _linked.FindLine(at);
            SourceSpan? span = line is { Line: > 0 } l ? new SourceSpan(l.File, l.Line, Math.Max(1, l.Column), l.Line, Math.Max(1, l.Column)) : null;
            _bag.Add(new Diagnostic(code, Severity.Error, $"program '{_linked.Definition.Name}': {message}", span, at, []) { SourceLine = span is null ? null : line?.Text });
        }

        private ulong ResolveExtern(int at, Relocation relocation)
        {
            if (relocation.Kind == RelocationKind.ExternCall || HelperTable.FindKfunc(relocation.Symbol) is not null)
            {
                return HelperTable.FindKfunc(relocation.Symbol) is { } kfunc ? (uint)kfunc.Id : 0;
            }

            if (_options.FindExtern?.Invoke(relocation.Symbol) is { } address) return address + (ulong)relocation.Addend;
            if (_options.IsWeakExtern?.Invoke(relocation.Symbol) != true)
            {
                Report(VmCodes.UnknownExtern, at, $"extern '{relocation.Symbol}' has no value here");
            }

            return 0;
        }

        private VmMap? Map(int at, int index)
        {
            VmMap? map = index >= 0 && index < _options.Maps.Count ? _options.Maps[index] : null;
            if (map is null) Report(VmCodes.BadMapReference, at, $"map {index} is not there; the object has {_options.Maps.Count} maps");
            return map;
        }
    }
}
