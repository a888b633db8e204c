// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Trace.Values;

/// <summary>A string: bytes that are UTF-8 if the program that was traced wrote such.</summary>
public sealed class TextValue : TraceValue
{
    /// <param name="utf8">The bytes.</param>
    public TextValue(ReadOnlyMemory<byte> utf8) => Utf8 = utf8;

    /// <param name="text">The text.</param>
    public TextValue(string text) => Utf8 = Encoding.UTF8.GetBytes(text);

    /// <summary>The bytes as they were.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>The bytes as text; what is not UTF-8 becomes U+FFFD.</summary>
    public string Text => Encoding.UTF8.GetString(Utf8.Span);
}
