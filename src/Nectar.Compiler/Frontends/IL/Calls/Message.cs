// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>An interpolated string on its way to <c>bpf_trace_printk</c>: the format and what it formats.</summary>
internal sealed class Message
{
    public const int MaxArguments = 12;

    private readonly StringBuilder _format = new();

    public List<Value> Arguments { get; } = [];

    public string Format => _format.ToString();

    public void Append(string literal) => _format.Append(literal.Replace("%", "%%", StringComparison.Ordinal));

    public void Append(string conversion, Value value)
    {
        _format.Append(conversion);
        Arguments.Add(value);
    }

    /// <summary>The C conversion for a C# format string: <c>x8</c> becomes <c>%08x</c>; null if there is none.</summary>
    public static string? Conversion(string? format, int size, bool isSigned, bool isPointer)
    {
        string length = size == 8 ? "ll" : "";
        if (string.IsNullOrEmpty(format)) return isPointer ? "0x%llx" : $"%{length}{(isSigned ? 'd' : 'u')}";
        char letter = format[0];
        if (letter is not ('x' or 'X' or 'd' or 'D')) return null;
        string digits = format[1..];
        if (digits.Length > 2 || digits.Any(c => !char.IsAsciiDigit(c))) return null;
        string width = digits.Length == 0 ? "" : "0" + digits;
        return $"%{width}{length}{(letter is 'd' or 'D' ? isSigned ? 'd' : 'u' : letter)}";
    }
}
