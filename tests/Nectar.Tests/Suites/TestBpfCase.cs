// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Classic;
using Nectar.Bpf.Isa;

namespace Nectar.Tests.Suites;

/// <summary>A case of the kernel's lib/test_bpf.c, as tests/fixtures/test_bpf/dump.c prints it.</summary>
internal sealed class TestBpfCase
{
    private const uint Magic = 0x4246544e;
    private const int DataSize = 128;
    private const int Subtests = 3;

    private byte[] _code = [];

    /// <summary>What a case needs or expects (<c>FLAG_*</c> and the two kinds).</summary>
    [Flags]
    internal enum Flag : uint
    {
        NoData = 1,
        ExpectedFail = 2,
        Fragment = 4,
        VerifierZext = 8,
        LargeMemory = 16,
        Classic = 64,
        Extended = 128,
    }

    /// <summary>What a tail call case needs.</summary>
    [Flags]
    internal enum TailCallFlag : uint
    {
        NeedState = 1,
        ResultInState = 2,
    }

    internal required string Name { get; init; }

    /// <summary>True for the second table, where cases call each other.</summary>
    internal required bool IsTailCall { get; init; }

    internal required uint RawFlags { get; init; }

    internal Flag Flags => (Flag)RawFlags;

    internal TailCallFlag TailCallFlags => (TailCallFlag)RawFlags;

    /// <summary>The negative errno that a refused case expects.</summary>
    internal required int ExpectedError { get; init; }

    /// <summary>The packet: each subtest takes a part from its start.</summary>
    internal required byte[] Data { get; init; }

    /// <summary>What follows the packet in a second fragment.</summary>
    internal required byte[] FragmentData { get; init; }

    /// <summary>Size of the packet and the expected result.</summary>
    internal required (int Size, uint Result)[] Expected { get; init; }

    internal Instruction[] Extended => MemoryMarshal.Cast<byte, Instruction>(_code).ToArray();

    internal ClassicInstruction[] ClassicCode => MemoryMarshal.Cast<byte, ClassicInstruction>(_code).ToArray();

    /// <summary>Reads all cases from the dumper's output.</summary>
    internal static IEnumerable<TestBpfCase> Read(Stream stream)
    {
        using BinaryReader reader = new(stream);
        if (reader.ReadUInt32() != Magic) throw new InvalidDataException("not the output of dump.c");
        for (uint left = reader.ReadUInt32(); left > 0; left--) yield return ReadOne(reader);
    }

    private static TestBpfCase ReadOne(BinaryReader reader)
    {
        bool tailCall = reader.ReadUInt32() == 1;
        string name = Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadInt32()));
        uint flags = reader.ReadUInt32();
        int error = reader.ReadInt32();
        reader.ReadUInt64(); // stack depth, which here is always 512, and the number of runs
        byte[] data = reader.ReadBytes(DataSize);
        byte[] fragment = reader.ReadBytes(DataSize);
        List<(int, uint)> expected = [];
        for (int i = 0; i < Subtests; i++)
        {
            (int size, uint result) = (reader.ReadInt32(), reader.ReadUInt32());

            // The first always counts; then the first empty one ends the list.
            if (i == 0 || (expected.Count == i && (size != 0 || result != 0))) expected.Add((size, result));
        }

        int count = reader.ReadInt32();
        return new TestBpfCase
        {
            Name = name,
            IsTailCall = tailCall,
            RawFlags = flags,
            ExpectedError = error,
            Data = data,
            FragmentData = fragment,
            Expected = [.. expected],
            _code = reader.ReadBytes(count * 8),
        };
    }
}
