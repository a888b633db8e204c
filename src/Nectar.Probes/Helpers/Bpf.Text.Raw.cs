// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>Helper 105, kernel 5.2: reads a number; flags are the base (0 by prefix, 8, 10, 16).</summary>
    /// <returns>Characters, or a negative error number.</returns>
    [Helper(105)]
    public static long StrToL(byte* text, ulong length, ulong flags, long* value) => (long)Managed.Call(105, (ulong)text, length, flags, (ulong)value);

    /// <summary>Helper 106, kernel 5.2: reads a number without sign; flags are the base (0 by prefix, 8, 10, 16).</summary>
    /// <returns>Characters, or a negative error number.</returns>
    [Helper(106)]
    public static long StrToUl(byte* text, ulong length, ulong flags, ulong* value) => (long)Managed.Call(106, (ulong)text, length, flags, (ulong)value);

    /// <summary>Helper 182, kernel 5.17: compares strings: <c>right</c> is constant, <c>left</c> need not end in a zero byte.</summary>
    /// <returns>Negative, 0 or positive.</returns>
    [Helper(182)]
    public static int StrNCmp(byte* left, uint leftSize, byte* right) => (int)Managed.Call(182, (ulong)left, leftSize, (ulong)right);

    /// <summary>Helper 165, kernel 5.13: formats text: <c>format</c> is constant, <c>values</c> are 64 bits each.</summary>
    /// <returns>Bytes that the whole text has, with the zero byte; or a negative error number.</returns>
    [Helper(165)]
    public static long SnPrintf(byte* buffer, uint size, byte* format, ulong* values, uint valuesSize) => (long)Managed.Call(165, (ulong)buffer, size, (ulong)format, (ulong)values, valuesSize);

    /// <summary>Helper 6, kernel 4.1: writes a line to the trace pipe. See <see cref="Print(ref PrintHandler)"/>.</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Helper(6)]
    public static long TracePrintk(byte* format, uint size, ulong value1, ulong value2, ulong value3) => (long)Managed.Call(6, (ulong)format, size, value1, value2, value3);

    /// <summary>Helper 177, kernel 5.16: writes a line with up to 12 values to the trace pipe.</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Helper(177)]
    public static long TraceVPrintk(byte* format, uint size, ulong* values, uint valuesSize) => (long)Managed.Call(177, (ulong)format, size, (ulong)values, valuesSize);

    /// <summary>Helper 149, kernel 5.10: writes a kernel object out by its type.</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Helper(149)]
    public static long SnPrintfBtf(byte* buffer, uint size, btf_ptr* what, uint whatSize, ulong flags) => (long)Managed.Call(149, (ulong)buffer, size, (ulong)what, whatSize, flags);

    /// <summary>Helper 126, kernel 5.8: writes formatted text to the reader of an iterator.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(126)]
    public static long SeqPrintf(void* seq, byte* format, uint size, ulong* values, uint valuesSize) => (long)Managed.Call(126, (ulong)seq, (ulong)format, size, (ulong)values, valuesSize);

    /// <summary>Helper 127, kernel 5.8: writes bytes to the reader of an iterator.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(127)]
    public static long SeqWrite(void* seq, void* data, uint size) => (long)Managed.Call(127, (ulong)seq, (ulong)data, size);

    /// <summary>Helper 150, kernel 5.10: writes a kernel object out by its type to the reader of an iterator.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(150)]
    public static long SeqPrintfBtf(void* seq, btf_ptr* what, uint whatSize, ulong flags) => (long)Managed.Call(150, (ulong)seq, (ulong)what, whatSize, flags);
}
