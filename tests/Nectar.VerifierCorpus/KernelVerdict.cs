// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;

namespace Nectar.VerifierCorpus;

/// <summary>What this kernel says about a program.</summary>
/// <param name="IsAccepted">True if it was loaded.</param>
/// <param name="Errno">0, or why not.</param>
/// <param name="Message">What the verifier wrote at statistics level, without the statistics.</param>
/// <param name="Log">The end of its log with the steps, for programs that it refuses.</param>
/// <param name="Instructions">Instructions that it looked at.</param>
/// <param name="States">Its <c>total_states</c>.</param>
/// <param name="Microseconds">Its <c>verification time</c>, the better of two.</param>
internal sealed record KernelVerdict(bool IsAccepted, int Errno, string Message, string Log, long Instructions, long States, long Microseconds)
{
    /// <summary>The line that says what is wrong: the last one that is not about numbers.</summary>
    internal string LastLine => Message.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";

    /// <summary>True if the load was refused before anybody looked at the code: the type of program is forbidden on this machine, or not configured.</summary>
    internal bool IsForbiddenHere => Errno != 0 && Message.Length == 0;

    internal static KernelVerdict Read(JsonElement line) => new(
        line.GetProperty("errno").GetInt32() == 0, line.GetProperty("errno").GetInt32(), WithoutStatistics(line.GetProperty("message").GetString()!),
        line.TryGetProperty("log", out JsonElement log) ? log.GetString()! : "", line.GetProperty("instructions").GetInt64(),
        line.GetProperty("states").GetInt64(), line.GetProperty("microseconds").GetInt64());

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("errno", Errno);
        json.WriteString("message", Message);
        if (Log.Length > 0) json.WriteString("log", Log);
        json.WriteNumber("instructions", Instructions);
        json.WriteNumber("states", States);
        json.WriteNumber("microseconds", Microseconds);
    }

    /// <summary>The lines of a log that are not statistics.</summary>
    internal static string WithoutStatistics(string log) => string.Join('\n', log.Replace("verification time ", "\nverification time ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l =>
        !l.StartsWith("verification time ", StringComparison.Ordinal) && !l.StartsWith("stack depth ", StringComparison.Ordinal) && !l.StartsWith("processed ", StringComparison.Ordinal)));

    /// <summary>A number of the statistics.</summary>
    internal static long Number(string log, string after)
    {
        int at = log.IndexOf(after, StringComparison.Ordinal);
        if (at < 0) return 0;
        ReadOnlySpan<char> rest = log.AsSpan(at + after.Length);
        int end = 0;
        while (end < rest.Length && char.IsAsciiDigit(rest[end])) end++;
        return long.TryParse(rest[..end], System.Globalization.CultureInfo.InvariantCulture, out long number) ? number : 0;
    }
}
