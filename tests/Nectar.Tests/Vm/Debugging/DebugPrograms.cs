// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm.Debugging;
using Nectar.Capture.Pcap;
using Nectar.Tests.Support;

namespace Nectar.Tests.Vm.Debugging;

/// <summary>What the debugger's tests debug.</summary>
internal static class DebugPrograms
{
    /// <summary>The compiled fixture.</summary>
    internal static BpfObject Fixture() => ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, "debug.bpf.c")), "debug");

    /// <summary>A session of the fixture over packets of some lengths.</summary>
    internal static DebugSession Start(params int[] lengths) => new(new DebugTarget(Fixture(), "first") { Inputs = [.. lengths.Select(l => new DebugInput(new byte[l]))] });

    /// <summary>The packets of a capture.</summary>
    internal static List<DebugInput> Packets(string capture, int most = int.MaxValue)
    {
        using CaptureReader reader = CaptureReader.Open(capture);
        List<DebugInput> inputs = [];
        while (inputs.Count < most && reader.TryRead(out CapturePacket packet)) inputs.Add(new DebugInput(packet.Data.ToArray()));
        return inputs;
    }

    /// <summary>Bare code as an object.</summary>
    internal static BpfObject FromCode(Instruction[] code)
    {
        FunctionDefinition function = new() { Name = "main", Section = "main", Instructions = code };
        BpfObject result = new() { Name = "main", License = "GPL" };
        result.Functions.Add(function);
        result.Programs.Add(new ProgramDefinition { Name = "main", Section = "main", Type = ProgramType.Unspec, Entry = function });
        return result;
    }

    /// <summary>Everything that a program can see, as text that can be compared.</summary>
    internal static string State(DebugSession session)
    {
        System.Text.StringBuilder text = new();
        if (session.IsAtInstruction)
        {
            foreach (DebugFrame frame in session.Frames) text.Append(frame.Function).Append('@').Append(frame.Slot).Append(':').AppendJoin(',', frame.Registers).Append(';');
            byte[] stack = new byte[512];
            foreach (DebugFrame frame in session.Frames) text.Append(Convert.ToHexString(stack.AsSpan(0, session.Read(frame.FramePointer - 512, stack))));
        }

        text.Append('|').Append(Convert.ToHexString(session.Packet));
        foreach (Bpf.Maps.BpfMap map in session.Maps)
        {
            if (map.Definition.Type is not (MapType.Array or MapType.Hash)) continue;
            foreach ((byte[] key, byte[] value) in map.Snapshot()) text.Append('|').Append(Convert.ToHexString(key)).Append('=').Append(Convert.ToHexString(value));
        }

        return text.ToString();
    }
}
