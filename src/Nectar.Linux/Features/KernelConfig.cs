// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Nectar.Linux.Features;

/// <summary>
/// The options a kernel was compiled with. Reading is one search in the text, without an index: a loader asks for a handful of
/// 4,000 options.
/// </summary>
public sealed class KernelConfig
{
    private static readonly Lazy<KernelConfig?> s_running = new(FindRunning);
    private readonly string _text; // begins with a line feed, so that every line is found behind one

    private KernelConfig(string text, string source)
    {
        _text = "\n" + text;
        Source = source;
    }

    /// <summary>The options of the running kernel; null if they are nowhere to be read (<c>/proc/config.gz</c> needs <c>CONFIG_IKCONFIG_PROC</c>).</summary>
    public static KernelConfig? Running => s_running.Value;

    /// <summary>The file that the options came from.</summary>
    public string Source { get; }

    /// <summary>Takes the text of a configuration (<c>.config</c>).</summary>
    /// <param name="text">Lines such as <c>CONFIG_BPF=y</c> and <c># CONFIG_NETKIT is not set</c>.</param>
    /// <param name="source">Where it came from, for messages.</param>
    public static KernelConfig Parse(string text, string source = "-")
    {
        ArgumentNullException.ThrowIfNull(text);
        return new KernelConfig(text.Replace("\r", "", StringComparison.Ordinal), source);
    }

    /// <summary>Reads a configuration, packed with gzip or plain.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It claims to be packed and is not.</exception>
    public static KernelConfig Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        const int MaxText = 16 << 20; // real ones have 100 to 300 KB
        using FileStream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using MemoryStream text = new(256 << 10);
        byte[] buffer = new byte[64 << 10];
        for (int count; text.Length < MaxText && (count = stream.Read(buffer)) > 0;) text.Write(buffer, 0, count);
        return Parse(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length), path);
    }

    /// <summary>
    /// The value of an option as it stands in the file: <c>y</c>, <c>m</c>, a number, or a text in quotes; <c>n</c> for an option
    /// that is known and off; null for one that this kernel does not have.
    /// </summary>
    /// <param name="option">The name with its prefix: <c>CONFIG_NETKIT</c>.</param>
    public string? Find(string option)
    {
        ArgumentException.ThrowIfNullOrEmpty(option);
        int at = _text.IndexOf("\n" + option + "=", StringComparison.Ordinal);
        if (at < 0) return _text.Contains("\n# " + option + " is not set", StringComparison.Ordinal) ? "n" : null;
        int start = at + option.Length + 2, end = _text.IndexOf('\n', start);
        return (end < 0 ? _text[start..] : _text[start..end]).TrimEnd();
    }

    /// <summary>True if an option is built in or a module.</summary>
    public bool IsOn(string option) => Find(option) is "y" or "m";

    /// <summary>An option of three states: y is 1, m is 2, off is 0 (as <c>enum libbpf_tristate</c>: no, yes, module); null if it is none or unknown.</summary>
    public int? FindTristate(string option) => Find(option) switch { "y" => 1, "m" => 2, "n" => 0, _ => null };

    /// <summary>A number, decimal or hexadecimal; null if it is none or unknown.</summary>
    public long? FindNumber(string option)
    {
        string? text = Find(option);
        if (text is null) return null;
        bool negative = text.StartsWith('-');
        ReadOnlySpan<char> digits = text.AsSpan(negative ? 1 : 0);
        bool parsed = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        return parsed ? (negative ? -(long)value : (long)value) : null; // above 2^63 the bits stay the same
    }

    /// <summary>A text without its quotes; null if it is none or unknown.</summary>
    public string? FindText(string option) => Find(option) is ['"', .., '"'] text ? text[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal) : null;

    private static KernelConfig? FindRunning()
    {
        string release = KernelRelease.Running.Release;
        string[] places =
        [
            "/proc/config.gz", $"/boot/config-{release}", $"/lib/modules/{release}/config", $"/lib/modules/{release}/build/.config",
            $"/usr/src/linux-headers-{release}/.config", $"/lib/kernel/config-{release}", $"/usr/lib/ostree-boot/config-{release}", $"/usr/lib/ostree/config-{release}",
        ];
        foreach (string place in places)
        {
            try
            {
                if (File.Exists(place)) return Read(place);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                // the next place may be readable
            }
        }

        return null;
    }
}
