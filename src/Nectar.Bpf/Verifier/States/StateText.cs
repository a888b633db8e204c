// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Bpf.Verifier.States;

/// <summary>Registers in words, for messages and for people who look at states.</summary>
internal static class StateText
{
    private static readonly string[] s_kinds =
    [
        "nothing", "a number", "the context", "a map", "a map's value", "a map's key", "the stack", "packet metadata", "the packet", "the packet's end",
        "flow keys", "a socket", "a socket's common part", "a TCP socket", "an XDP socket", "a tracepoint's buffer", "a kernel object", "memory", "a buffer",
        "the arena", "a function", "a dynptr",
    ];

    /// <summary>The kind in words: "a map's value or null".</summary>
    internal static string Kind(in RegisterState register)
    {
        string text = s_kinds[(int)register.Kind];
        if (register.Kind == RegisterKind.BtfObject && (register.Flags & PointerFlags.Allocated) != 0) text = "an object of this program";
        if (register.Kind == RegisterKind.Memory && (register.Flags & PointerFlags.RingBuffer) != 0) text = "a ring buffer's record";
        if ((register.Flags & PointerFlags.User) != 0) text += " in user space";
        if ((register.Flags & PointerFlags.Untrusted) != 0) text += " (untrusted)";
        return register.MaybeNull ? text + " or null" : text;
    }

    /// <summary>All that matters: "a number 0..63", "the packet + 14 + 0..60, 34 bytes known".</summary>
    internal static string Of(in RegisterState register)
    {
        if (register.Kind == RegisterKind.NotInit) return "nothing";
        if (register.Kind == RegisterKind.Scalar)
        {
            return register.IsConstant ? Number((long)register.Range.Bits.Value) : register.Range.Format() is var range && range.StartsWith("any value", StringComparison.Ordinal) ? "any number" + range[9..] : "a number " + range;
        }

        StringBuilder text = new(Kind(register));
        if (register.Offset != 0) text.Append(register.Offset < 0 ? " - " : " + ").Append(Math.Abs((long)register.Offset).ToString(CultureInfo.InvariantCulture));
        if (!register.HasConstantRange) text.Append(" + ").Append(register.Range.Format());
        if (register.IsPacket) text.Append(CultureInfo.InvariantCulture, $", {Math.Max(0, register.Extent)} bytes known");
        if (register.Kind == RegisterKind.Memory) text.Append(CultureInfo.InvariantCulture, $", {register.Extent} bytes");
        return text.ToString();
    }

    /// <summary>The offset of an access in words: "14", "14 + 0..60".</summary>
    internal static string Distance(in RegisterState register, int offset)
    {
        string constant = Number((long)register.Offset + offset);
        return register.HasConstantRange && register.Range.Bits.Value == 0 ? constant : $"{constant} + {register.Range.Format()}";
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
