// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Text;

namespace Nectar.Probes;

/// <summary>4 bytes in a struct, convertible to spans.</summary>
[InlineArray(4)]
public struct Bytes4
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>6 bytes in a struct, convertible to spans.</summary>
[InlineArray(6)]
public struct Bytes6
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>8 bytes in a struct, convertible to spans.</summary>
[InlineArray(8)]
public struct Bytes8
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>16 bytes in a struct, convertible to spans.</summary>
[InlineArray(16)]
public struct Bytes16
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>32 bytes in a struct, convertible to spans.</summary>
[InlineArray(32)]
public struct Bytes32
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>64 bytes in a struct, convertible to spans.</summary>
[InlineArray(64)]
public struct Bytes64
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>128 bytes in a struct, convertible to spans.</summary>
[InlineArray(128)]
public struct Bytes128
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>256 bytes in a struct, convertible to spans.</summary>
[InlineArray(256)]
public struct Bytes256
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>512 bytes in a struct, convertible to spans.</summary>
[InlineArray(512)]
public struct Bytes512
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>1024 bytes in a struct, convertible to spans.</summary>
[InlineArray(1024)]
public struct Bytes1024
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>The name of a thread, with a zero byte at its end (<c>TASK_COMM_LEN</c>).</summary>
[InlineArray(16)]
public struct Comm
{
    private byte _first;

    /// <summary>The text up to the first zero byte (UTF-8).</summary>
    public readonly override string ToString() => Text.Of(this);
}

/// <summary>Text in bytes of fixed length.</summary>
internal static class Text
{
    internal static string Of(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
