// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>
/// Stacks: their frames are kept once for each hash of them, in a map of their own; values hold the hash. 64 bits do not collide in the
/// lifetime of a trace, unlike the buckets of the kernel's own stack maps.
/// </summary>
internal static class Stacks
{
    private const int UserStack = 1 << 8, UserBuildId = 1 << 11;
    private const int OwnFrames = 2; // bpf_prog_*, bpf_trace_run*: left out where a function's stack is meant
    private const int StacksKept = 1 << 16;

    /// <summary>Hashes that are known to be kept: a power of two of them.</summary>
    private const int HashesSeen = 512, SeenShift = 64 - 9;

    /// <summary>Words that are hashed in a turn, each by a chain of its own, so that multiplications overlap.</summary>
    private const int Turn = 2 * sizeof(ulong);

    /// <summary>struct bpf_stack_build_id: status, 20 bytes of id, offset.</summary>
    private const int BuildIdSize = 32;

    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Bytes("kstack", (probe, site, destination, padded) => Write(probe, site, destination, isUser: false)),
        FunctionEntry.Bytes("ustack", (probe, site, destination, padded) => Write(probe, site, destination, isUser: true)),
        FunctionEntry.Of("stack_len", (probe, site) => probe.Scalar(site, Depth(probe, site[0]))),
    ];

    /// <summary>Frames of a recorded stack.</summary>
    public static Value Depth(ProbeLowering probe, Language.Syntax.Expression stack) => probe.Builder.Load(IrType.I64, probe.LowerToMemory(stack, stack.Type), 4, 8);

    private static void Write(ProbeLowering probe, CallSite site, Value destination, bool isUser)
    {
        // Each frame costs a quarter of a microsecond: as a raw tracepoint the event's stack would begin with three of the kernel's own machinery.
        if (!isUser && probe.Form.ChecksSyscall) throw new RecordNeededException();
        if (!isUser) probe.ReadsArguments = true;
        IrBuilder code = probe.Builder;
        StackOptions options = site.Type.Stack ?? new StackOptions(probe.Config.StackMode, 127);
        bool hasIds = isUser && options.Mode == StackMode.BuildId;
        int frameSize = hasIds ? BuildIdSize : sizeof(ulong), size = options.Limit * frameSize, whole = (size + Turn - 1) & -Turn;
        int mark = probe.Memory.Mark();
        Value frames = probe.Memory.Scratch(whole);
        if (whole > size) code.Store(frames, probe.Number(0), 8, size);
        code.Store(destination, probe.Number(0), 8);
        code.Store(destination, probe.Number(0), 8, 8);
        code.Store(destination, probe.Number(0), 8, 16);
        int flags = isUser ? UserStack | (hasIds ? UserBuildId : 0) : probe.Kind == ProbeKind.RawTracepoint && probe.Probe.Targets[0].Replaces is not null ? OwnFrames : 0;
        Value bytes = probe.Call("bpf_get_stack", probe.Variables.ProgramContext(), frames, probe.Number(size), probe.Number(flags));
        probe.When(code.Compare(Op.GreaterSigned, bytes, probe.Number(0)),
            () => Keep(probe, site.Type, destination, frames, bytes, options.Limit, frameSize, isUser, hasIds),
            () => probe.WhenFailed(bytes, () =>
            {
                probe.CountLoss(LossCause.StackLost);
                probe.Send(new RuntimeErrorAction(isUser ? "Error reading ustack." : "Error reading kstack.") { Where = site.Node.Span.ToSourceSpan() });
            }));
        probe.Memory.Release(mark);
    }

    private static void Keep(ProbeLowering probe, TraceType type, Value destination, Value frames, Value bytes, int limit, int frameSize, bool isUser, bool hasIds)
    {
        IrBuilder code = probe.Builder;
        Value count = code.Binary(Op.ShiftRight, bytes, probe.Number(hasIds ? 5 : 3));
        Value start = bytes;
        if (isUser)
        {
            Value process = Processes.ProcessId(probe);
            // Processes with the same addresses have names of their own, and each is told of while it lives.
            if (!hasIds) start = code.Binary(Op.Xor, bytes, code.Binary(Op.ShiftLeft, process, probe.Number(32)));
            code.Store(destination, process, 4, 12);
            code.Store(destination, Hooks.NameIndex(probe), 4, 20);
        }

        Value hash = Hash(probe, frames, bytes, start, (limit * frameSize + Turn - 1) & -Turn);
        code.Store(destination, hash, 8);
        code.Store(destination, count, 4, 8);

        // The same stack comes again and again: mostly its hash is where it was put the last time, or it is looked up, which writes nothing
        // that processors share. Stacks are never taken out of their map.
        MapSymbol map = Map(probe, hasIds ? 'b' : isUser ? 'u' : 'k', limit, frameSize);
        Value place = code.PointerAdd(code.Global(probe.Script.Variable(map.Name + "_seen", HashesSeen * sizeof(ulong))), code.Binary(Op.ShiftLeft, code.Binary(Op.ShiftRight, hash, probe.Number(SeenShift)), probe.Number(3)));
        probe.When(code.Compare(Op.NotEqual, code.Load(IrType.I64, place, 8), hash), () =>
        {
            Value key = code.StackSlot(8, 8, "(stack)");
            code.Store(key, hash, 8);
            Value known = probe.Call(Helper.MapLookup, code.Map(map), key);
            probe.When(code.Compare(Op.Equal, known, code.Null()), () =>
            {
                Value result = probe.Call(Helper.MapUpdate, code.Map(map), key, frames, probe.Number(0));
                probe.When(code.Compare(Op.Equal, result, probe.Number(0)), () => code.Store(place, hash, 8), () => probe.CountLoss(LossCause.StackLost));
                if (!isUser || hasIds) return;

                // the process may be gone before anybody asks for the names
                Record record = probe.Reserve(new SymbolsSeenAction(new RecordField(type, Records.HeaderSize)), Records.HeaderSize + type.Size);
                code.MemoryCopy(code.Offset(record.Pointer, Records.HeaderSize), destination, type.Size);
                probe.Submit(record);
            }, () => code.Store(place, hash, 8));
        });
    }

    /// <summary>Two words a turn: xor, multiply; at the end the high half is folded down. Behind the last frame are zeroes. Never 0, which means that there is no stack.</summary>
    private static Value Hash(ProbeLowering probe, Value frames, Value bytes, Value start, int most)
    {
        IrBuilder code = probe.Builder;
        Value first = probe.Variable(start, "(hash)"), second = probe.Variable(probe.Number(0), "(hash)");
        Value at = probe.Variable(probe.Number(0), "(at)");
        Block head = probe.NewBlock(), check = probe.NewBlock(), turn = probe.NewBlock(), after = probe.NewBlock();
        code.Jump(head);
        code.Block = head;
        Value offset = probe.Get(at);
        code.Branch(code.Compare(Op.LessUnsigned, offset, bytes), check, after);
        code.Block = check;
        code.Branch(code.Compare(Op.LessOrEqualUnsigned, offset, probe.Number(most - Turn)), turn, after);
        code.Block = turn;
        Value words = code.PointerAdd(frames, offset), factor = probe.Number(unchecked((long)0x9E37_79B9_7F4A_7C15));
        probe.Set(first, code.Binary(Op.Multiply, code.Binary(Op.Xor, probe.Get(first), code.Load(IrType.I64, words, 8)), factor));
        probe.Set(second, code.Binary(Op.Multiply, code.Binary(Op.Xor, probe.Get(second), code.Load(IrType.I64, words, 8, sizeof(ulong))), factor));
        probe.Set(at, code.Binary(Op.Add, offset, probe.Number(Turn)));
        code.Jump(head);
        code.Block = after;
        Value mixed = code.Binary(Op.Add, code.Binary(Op.Multiply, probe.Get(first), probe.Number(unchecked((long)0x9E37_79B9_7F4A_7C15))), probe.Get(second));
        return code.Binary(Op.Or, code.Binary(Op.Xor, mixed, code.Binary(Op.ShiftRight, mixed, probe.Number(32))), probe.Number(1));
    }

    private static MapSymbol Map(ProbeLowering probe, char kind, int limit, int frameSize) =>
        probe.Script.Map(string.Create(CultureInfo.InvariantCulture, $"{TracePlan.StacksPrefix}{kind}{limit}"), name => new MapDefinition
        {
            Name = name,
            Type = MapType.Hash,
            KeySize = sizeof(ulong),
            ValueSize = (uint)(limit * frameSize),
            MaxEntries = StacksKept,
            Flags = MapFlags.NoPrealloc,
        });
}
