// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>
    /// Writes a line to the trace pipe: <c>Bpf.Print($"pid {pid} opened {count:x}")</c>. One constant format; up to three values from kernel
    /// 4.1 on, up to twelve from 5.16 on. For debugging: it is slow.
    /// </summary>
    [Intrinsic("print")]
    public static void Print(ref PrintHandler message) => Managed.Trace(message.ToText());

    /// <summary>Writes a constant line to the trace pipe.</summary>
    [Intrinsic("print.text")]
    public static void Print(string message) => Managed.Trace(message);
}

/// <summary>Makes a constant format and values of an interpolated string. Formats: none or <c>d</c> decimal, <c>x</c> hexadecimal.</summary>
[InterpolatedStringHandler]
public unsafe ref struct PrintHandler
{
    private int _message;

    /// <summary>Begins a message.</summary>
    [Intrinsic("print.begin")]
    public PrintHandler(int literalLength, int formattedCount) => _message = PrintedText.Begin();

    /// <summary>Constant text.</summary>
    [Intrinsic("print.literal")]
    public void AppendLiteral(string value) => PrintedText.AppendLiteral(value);

    /// <summary>A value.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(ulong value) => PrintedText.AppendFormatted(value);

    /// <summary>A value in a format.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(ulong value, string format) => PrintedText.AppendFormatted(value, format);

    /// <summary>A value.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(long value) => PrintedText.AppendFormatted(value);

    /// <summary>A value in a format.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(long value, string format) => PrintedText.AppendFormatted(value, format);

    /// <summary>A value.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(uint value) => PrintedText.AppendFormatted(value);

    /// <summary>A value in a format.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(uint value, string format) => PrintedText.AppendFormatted(value, format);

    /// <summary>A value.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(int value) => PrintedText.AppendFormatted(value);

    /// <summary>A value in a format.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(int value, string format) => PrintedText.AppendFormatted(value, format);

    /// <summary>A value.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(bool value) => PrintedText.AppendFormatted(value ? 1 : 0);

    /// <summary>A value in a format.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(bool value, string format) => PrintedText.AppendFormatted(value ? 1 : 0, format);

    /// <summary>A value.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(void* value) => PrintedText.AppendFormatted((ulong)value);

    /// <summary>A value in a format.</summary>
    [Intrinsic("print.value")]
    public void AppendFormatted(void* value, string format) => PrintedText.AppendFormatted((ulong)value, format);

    /// <summary>Text up to its zero byte, in a map, on the stack or in a ring record.</summary>
    [Intrinsic("print.string")]
    public void AppendFormatted(ReadOnlySpan<byte> value) => PrintedText.AppendFormatted(Text.Of(value));

    internal readonly string ToText() => PrintedText.End(_message);
}

/// <summary>The line that is being made on this thread: the handler itself has to be a plain struct.</summary>
internal static class PrintedText
{
    [ThreadStatic]
    private static StringBuilder? t_text;

    internal static int Begin()
    {
        t_text ??= new StringBuilder();
        return t_text.Length;
    }

    internal static void AppendLiteral(string text) => t_text!.Append(text);

    internal static void AppendFormatted(string text) => t_text!.Append(text);

    internal static void AppendFormatted<T>(T value, string? format = null)
        where T : IFormattable => t_text!.Append(value.ToString(format, CultureInfo.InvariantCulture));

    internal static string End(int start)
    {
        string text = t_text!.ToString(start, t_text.Length - start);
        t_text.Length = start;
        return text;
    }
}
