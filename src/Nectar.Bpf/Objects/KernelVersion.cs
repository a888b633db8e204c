// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Bpf.Objects;

/// <summary>A kernel by its upstream version, without patch level: rules and features come with these.</summary>
/// <param name="Major">The first number: 6 of 6.12.</param>
/// <param name="Minor">The second number: 12 of 6.12.</param>
public readonly record struct KernelVersion(byte Major, byte Minor) : IComparable<KernelVersion>
{
    /// <summary>The newest kernel whose rules are known here: 6.18.</summary>
    public static KernelVersion Newest => new(6, 18);

    /// <summary>The first kernel with eBPF: 3.19.</summary>
    public static KernelVersion Oldest => new(3, 19);

    /// <summary>Major * 256 + minor, as <see cref="Isa.OpcodeInfo.MinimumKernel"/>.</summary>
    public ushort Code => (ushort)((Major << 8) | Minor);

    /// <summary>The version of a code.</summary>
    /// <param name="code">Major * 256 + minor.</param>
    public static KernelVersion FromCode(ushort code) => new((byte)(code >> 8), (byte)code);

    /// <summary>Reads "6.1", and "6.1.55" or "6.1.0-13-amd64" as that too.</summary>
    /// <param name="text">What begins with two numbers and a point between.</param>
    /// <param name="version">The version, if true comes back.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out KernelVersion version)
    {
        version = default;
        int point = text.IndexOf('.'), end = point + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        if (point <= 0 || !byte.TryParse(text[..point], NumberStyles.None, CultureInfo.InvariantCulture, out byte major)
            || !byte.TryParse(text[(point + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture, out byte minor)) return false;
        version = new(major, minor);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(KernelVersion other) => Code.CompareTo(other.Code);

    /// <summary>As the base library writes versions.</summary>
    public Version ToVersion() => new(Major, Minor);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");

    /// <summary>True if one version is older than another.</summary>
    public static bool operator <(KernelVersion left, KernelVersion right) => left.Code < right.Code;

    /// <summary>True if one version is newer than another.</summary>
    public static bool operator >(KernelVersion left, KernelVersion right) => left.Code > right.Code;

    /// <summary>True if one version is not newer than another.</summary>
    public static bool operator <=(KernelVersion left, KernelVersion right) => left.Code <= right.Code;

    /// <summary>True if one version is not older than another.</summary>
    public static bool operator >=(KernelVersion left, KernelVersion right) => left.Code >= right.Code;
}
