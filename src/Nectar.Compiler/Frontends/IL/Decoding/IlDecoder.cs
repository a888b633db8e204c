// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Decoding;

/// <summary>Bytes of IL to instructions and blocks.</summary>
/// <exception cref="BadImageFormatException">The bytes are no IL.</exception>
internal ref struct IlDecoder
{
    private readonly ReadOnlySpan<byte> _code;
    private readonly List<IlInstruction> _instructions;
    private readonly List<int[]> _switches;
    private readonly int[] _indexAt; // instruction + 1 by offset
    private readonly bool[] _starts; // by offset: a block begins here

    private IlDecoder(ReadOnlySpan<byte> code)
    {
        _code = code;
        _instructions = new List<IlInstruction>(code.Length / 2);
        _switches = [];
        _indexAt = new int[code.Length + 1];
        _starts = new bool[code.Length + 1];
    }

    /// <summary>Decodes a method.</summary>
    /// <param name="code">Its bytes.</param>
    /// <param name="regions">Its exception regions, inner ones first.</param>
    /// <param name="arguments">How many arguments it has, <c>this</c> included.</param>
    /// <param name="locals">How many locals it has.</param>
    public static IlBody Decode(ReadOnlySpan<byte> code, ImmutableArray<ExceptionRegion> regions, int arguments, int locals)
    {
        IlDecoder decoder = new(code);
        decoder.ReadInstructions();
        decoder.MarkRegions(regions);
        int[] blockAt = decoder.MakeBlocks(out IlBlock[] blocks);
        IlInstruction[] instructions = decoder.Link(blockAt);
        IlBody body = new()
        {
            Instructions = instructions,
            Blocks = blocks,
            Switches = [.. decoder._switches],
            Regions = [.. regions.Select(region => Region(region, blockAt))],
            Arguments = new VariableUse[arguments],
            Locals = new VariableUse[locals],
            ReturnCount = instructions.Count(instruction => instruction.Code == ILOpCode.Ret),
        };
        IlFlow.Analyze(body);
        return body;
    }

    private readonly void ReadInstructions()
    {
        _starts[0] = true;
        for (int at = 0; at < _code.Length;)
        {
            int offset = at;
            ILOpCode raw = (ILOpCode)_code[at++];
            if ((int)raw == 0xFE && at < _code.Length) raw = (ILOpCode)(0xFE00 | _code[at++]);
            int size = IlOperands.Size(raw);
            if (size == -2 || at + Math.Max(size, 0) > _code.Length) throw Bad(offset);
            (ILOpCode code, long? implied) = IlOperands.Normalize(raw);
            long operand = implied ?? ReadOperand(raw, size, ref at, offset);
            if (IlOperands.IsBranch(code))
            {
                operand += at;
                MarkTarget(operand, offset);
            }

            _indexAt[offset] = _instructions.Count + 1;
            _instructions.Add(new IlInstruction(offset, code, operand));
            if (IlOperands.EndsBlock(code)) _starts[at] = true;
        }

        if (_instructions.Count == 0 || IlOperands.FallsThrough(_instructions[^1].Code)) throw Bad(_code.Length);
    }

    private readonly long ReadOperand(ILOpCode code, int size, ref int at, int offset)
    {
        ReadOnlySpan<byte> bytes = _code[at..];
        if (size == -1) return ReadSwitch(bytes, ref at, offset);
        at += size;
        return size switch
        {
            0 => 0,
            1 => code is ILOpCode.Ldc_i4_s or (>= ILOpCode.Br_s and <= ILOpCode.Blt_un_s) or ILOpCode.Leave_s ? (sbyte)bytes[0] : bytes[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        };
    }

    private readonly long ReadSwitch(ReadOnlySpan<byte> bytes, ref int at, int offset)
    {
        if (bytes.Length < 4) throw Bad(offset);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (count > (bytes.Length - 4) / 4) throw Bad(offset);
        int[] targets = new int[count];
        int next = at + 4 + ((int)count * 4);
        for (int i = 0; i < targets.Length; i++)
        {
            long target = (long)next + BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 + (i * 4))..]);
            MarkTarget(target, offset);
            targets[i] = (int)target;
        }

        at = next;
        _switches.Add(targets);
        return _switches.Count - 1;
    }

    private readonly void MarkTarget(long target, int offset)
    {
        if (target < 0 || target >= _code.Length) throw Bad(offset);
        _starts[target] = true;
    }

    private readonly void MarkRegions(ImmutableArray<ExceptionRegion> regions)
    {
        foreach (ExceptionRegion region in regions)
        {
            ReadOnlySpan<int> edges = [region.TryOffset, region.TryOffset + region.TryLength, region.HandlerOffset, region.HandlerOffset + region.HandlerLength];
            foreach (int edge in edges)
            {
                if (edge < 0 || edge > _code.Length) throw Bad(region.TryOffset);
                _starts[edge] = true;
            }
        }
    }

    private readonly int[] MakeBlocks(out IlBlock[] blocks)
    {
        int[] blockAt = new int[_code.Length + 1];
        List<IlBlock> made = [];
        int first = 0;
        for (int offset = 0; offset <= _code.Length; offset++)
        {
            if (!_starts[offset] && offset != _code.Length) continue;
            if (offset < _code.Length && _indexAt[offset] == 0) throw Bad(offset); // into the middle of an instruction
            int index = offset == _code.Length ? _instructions.Count : _indexAt[offset] - 1;
            if (index > first) made.Add(new IlBlock { Index = made.Count, First = first, End = index });
            blockAt[offset] = made.Count;
            first = index;
        }

        blocks = [.. made];
        return blockAt;
    }

    private readonly IlInstruction[] Link(int[] blockAt)
    {
        IlInstruction[] linked = [.. _instructions];
        foreach (ref IlInstruction instruction in linked.AsSpan())
        {
            if (IlOperands.IsBranch(instruction.Code)) instruction = instruction with { Operand = blockAt[instruction.Operand] };
        }

        foreach (int[] targets in _switches)
        {
            foreach (ref int target in targets.AsSpan()) target = blockAt[target];
        }

        return linked;
    }

    private static IlRegion Region(ExceptionRegion region, int[] blockAt)
    {
        IlRegionKind kind = region.Kind switch
        {
            ExceptionRegionKind.Finally => IlRegionKind.Finally,
            ExceptionRegionKind.Fault => IlRegionKind.Fault,
            _ => IlRegionKind.Catch,
        };
        return new IlRegion(kind, blockAt[region.TryOffset], blockAt[region.TryOffset + region.TryLength], blockAt[region.HandlerOffset], blockAt[region.HandlerOffset + region.HandlerLength]);
    }

    private static BadImageFormatException Bad(int offset) => new($"the IL is damaged at offset {offset}");
}
