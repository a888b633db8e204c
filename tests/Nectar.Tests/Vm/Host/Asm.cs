// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Vm;
using Xunit;

namespace Nectar.Tests.Vm.Host;

/// <summary>Loads assembly text into this process, on either engine.</summary>
internal static class Asm
{
    /// <summary>Both engines, for theories.</summary>
    public static TheoryData<VmEngine> Engines => [VmEngine.Interpreter, VmEngine.Jit];

    /// <summary>For programs that the verifier refuses, and rightly.</summary>
    public static VmOptions Unverified { get; } = new() { Regime = VmRegime.Checked };

    public static VmObject Load(string text, VmEngine engine = VmEngine.Interpreter, VmOptions? options = null) =>
        VmObject.Load(Assembler.Assemble(text), (options ?? new VmOptions()) with { Engine = engine });

    /// <summary>Loads one program of a type, without maps.</summary>
    public static VmObject Program(string body, string type = "xdp", VmEngine engine = VmEngine.Interpreter, VmOptions? options = null) =>
        Load($".license \"GPL\"\n.program main type={type}\n{body}\n", engine, options);

    public static byte[] Packet(int length)
    {
        byte[] packet = new byte[length];
        for (int i = 0; i < length; i++) packet[i] = (byte)i;
        if (length >= 14) (packet[12], packet[13]) = (8, 0);
        if (length >= 34) (packet[14], packet[23]) = (0x45, 6);
        return packet;
    }
}
