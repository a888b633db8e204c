// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Trace.Printing;

namespace Nectar.Trace.Values;

/// <summary>A value that a script printed or kept in a map. <see cref="ToString"/> gives it as the text output writes it.</summary>
public abstract class TraceValue
{
    private protected TraceValue()
    {
    }

    /// <summary>The value as the text output writes it.</summary>
    public override string ToString()
    {
        Utf8Buffer buffer = new();
        TextFormat.Write(buffer, this);
        return Encoding.UTF8.GetString(buffer.Written);
    }
}
