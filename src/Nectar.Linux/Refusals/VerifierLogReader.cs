// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Refusals;

/// <summary>
/// Reads a verifier's log line by line. The kernel explores paths depth first. At level 1 it removes what it wrote about a path when it goes back
/// to a branch, so that the log is the path to the error; at level 2, and in kernels of old, <c>from A to B:</c> says that it went back.
/// </summary>
internal sealed class VerifierLogReader(string text)
{
    // What the verifier writes about its own work; none of it is a complaint.
    private static readonly string[] s_noise =
    [
        "mark_precise:", "last_idx ", "regs=", "parent ", "func#", "Live regs", "Validating ", "Func#", "propagating", "old state:", "cur state:", "old:", "cur:", "frame", "force_precise",
        "falling back", "stack=", "caller:", "callee:", "returning from callee:", "to caller at ", "peak_states", "max_states", "insns_state", "REG INVARIANTS", "libbpf:", "-- BEGIN", "-- END",
        "subprog", "stack depth", "BPF-to-BPF", "Mapping", "visited",
    ];

    private readonly List<(int Instruction, int Start, int Length)> _steps = [];
    private readonly List<bool> _wentBack = [];
    private readonly List<string> _messages = [];
    private readonly List<Dictionary<string, string>> _frames = [new(StringComparer.Ordinal)];
    private int _frame;
    private string? _function, _source;
    private VerifierReport? _report;
    private long _processed;
    private TimeSpan? _duration;

    internal VerifierLog Read()
    {
        int at = 0;
        while (at < text.Length)
        {
            int end = text.IndexOf('\n', at);
            if (end < 0) end = text.Length;
            ReadOnlySpan<char> line = text.AsSpan(at, end - at).TrimEnd('\r');
            if (line.StartsWith("Verification failed:", StringComparison.Ordinal))
            {
                at = ReadReport(at);
                continue;
            }

            ReadLine(line, at);
            at = end + 1;
        }

        (int Instruction, int Start, int Length)? last = _steps.Count > 0 ? _steps[^1] : null;
        return new VerifierLog(text)
        {
            Path = [.. _steps.Select(step => step.Instruction)],
            Lines = [.. _steps.Select(step => (step.Start, step.Length))],
            Instruction = _report?.Instruction ?? (_messages.Count > 0 || _report is not null ? last?.Instruction : null),
            Code = last is { } step ? CodeOf(text.AsSpan(step.Start, step.Length)) : null,
            Registers = _frames[_frame],
            Frame = _frame,
            Branches = FindBranches(),
            Messages = _messages,
            Function = _function,
            SourceLine = _source,
            Report = _report,
            ProcessedInstructions = _processed,
            Duration = _duration,
            Hottest = FindHottest(),
        };
    }

    private void ReadLine(ReadOnlySpan<char> line, int offset)
    {
        int statistics = line.IndexOf("processed ");
        if (statistics > 0 && line.Contains(" insns (limit ", StringComparison.Ordinal))
        {
            // some complaints lack their line feed
            ReadLine(line[..statistics], offset);
            line = line[statistics..];
        }

        if (line.IsWhiteSpace() || line.StartsWith("      ", StringComparison.Ordinal)) return; // live registers before each instruction
        if (char.IsAsciiDigit(line[0]) && TryReadNumber(line, out int number, out int length) && line.Length > length && line[length] == ':')
        {
            ReadStep(line, offset, number, length + 1);
        }
        else if (line.StartsWith("from ", StringComparison.Ordinal) && TryReadReturn(line))
        {
        }
        else if (line.StartsWith("; ", StringComparison.Ordinal))
        {
            _source = line[2..].Trim().ToString();
        }
        else if (line.StartsWith("processed ", StringComparison.Ordinal))
        {
            _ = long.TryParse(Word(line, 1), NumberStyles.None, CultureInfo.InvariantCulture, out _processed);
        }
        else if (line.StartsWith("verification time ", StringComparison.Ordinal))
        {
            if (long.TryParse(Word(line, 2), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)) _duration = TimeSpan.FromMicroseconds(Math.Min(microseconds, long.MaxValue / 10));
        }
        else if (line.StartsWith("to caller at ", StringComparison.Ordinal))
        {
            _frame = Math.Max(0, _frame - 1);
        }
        else if (line.StartsWith("Validating ", StringComparison.Ordinal))
        {
            BeginFunction(line);
        }
        else if (line[0] != ' ' && !IsNoise(line))
        {
            if (_messages.Count < 32) _messages.Add(line.Trim().ToString());
        }
    }

    /// <summary>A global function is checked on its own: <c>Validating helper() func#1...</c>; what was before is done.</summary>
    private void BeginFunction(ReadOnlySpan<char> line)
    {
        int end = line.IndexOf('(');
        _function = end > 11 ? line[11..end].ToString() : null;
        _steps.Clear();
        _wentBack.Clear();
        _messages.Clear();
        _frame = 0;
        foreach (Dictionary<string, string> frame in _frames) frame.Clear();
    }

    private void ReadStep(ReadOnlySpan<char> line, int offset, int instruction, int at)
    {
        ReadOnlySpan<char> rest = line[at..];
        bool isCode = rest.Length >= 5 && rest[0] == ' ' && rest[1] == '(' && rest[4] == ')' && char.IsAsciiHexDigit(rest[2]);
        if (!isCode)
        {
            if (rest.StartsWith(" safe", StringComparison.Ordinal)) _messages.Clear();
            else if (VerifierStateText.LooksLikeState(rest)) MergeState(rest, isComplete: false);
            else if (_messages.Count < 32) _messages.Add(line.Trim().ToString());
            return;
        }

        _messages.Clear();
        int length = line.Length;
        int state = FindState(line);
        if (state > 0)
        {
            MergeState(line[(state + 1)..], isComplete: false);
            length = line[state] == ':' ? line[..state].LastIndexOf(' ') : state;
        }

        _steps.Add((instruction, offset, length));
        _wentBack.Add(false);
    }

    /// <summary>Where the state that newer kernels write behind an instruction begins; -1 if there is none.</summary>
    private static int FindState(ReadOnlySpan<char> line)
    {
        int semicolon = line.LastIndexOf(" ; ", StringComparison.Ordinal);
        // values in the state contain semicolons too: (0x0; 0xff)
        while (semicolon > 0 && !VerifierStateText.LooksLikeState(line[(semicolon + 2)..])) semicolon = line[..semicolon].LastIndexOf(" ; ", StringComparison.Ordinal);
        if (semicolon > 0) return semicolon + 1;
        // where the kernel took back what it wrote, the line feed is lost: 2: (2d) if r2 > r3 goto pc+1 4: R1=ctx()
        for (int colon = line.LastIndexOf(": "); colon > 8; colon = line[..colon].LastIndexOf(": "))
        {
            int start = colon;
            while (start > 0 && char.IsAsciiDigit(line[start - 1])) start--;
            if (start < colon && line[start - 1] == ' ' && VerifierStateText.LooksLikeState(line[(colon + 1)..])) return colon;
        }

        return -1;
    }

    /// <summary>Reads <c>from 4 to 7: R0=…</c>: the verifier goes back to the branch at 4 and takes the other way.</summary>
    private bool TryReadReturn(ReadOnlySpan<char> line)
    {
        if (!TryReadNumber(line[5..], out int branch, out int length) || !line[(5 + length)..].StartsWith(" to ", StringComparison.Ordinal)) return false;
        int colon = line.IndexOf(':');
        if (colon < 0) return false;
        _messages.Clear();
        if (line[(colon + 1)..].StartsWith(" safe", StringComparison.Ordinal)) return true;
        for (int i = _steps.Count - 1; i >= 0; i--)
        {
            if (_steps[i].Instruction != branch || _wentBack[i]) continue;
            _wentBack[i] = true;
            _steps.RemoveRange(i + 1, _steps.Count - i - 1);
            _wentBack.RemoveRange(i + 1, _wentBack.Count - i - 1);
            break;
        }

        MergeState(line[(colon + 1)..], isComplete: true);
        return true;
    }

    private void MergeState(ReadOnlySpan<char> state, bool isComplete)
    {
        state = state.TrimStart();
        int frame = 0;
        if (state.StartsWith("frame", StringComparison.Ordinal) && TryReadNumber(state[5..], out frame, out int length) && state.Length > 5 + length && state[5 + length] == ':') state = state[(6 + length)..];
        if (frame > 16) return;
        while (_frames.Count <= frame) _frames.Add(new(StringComparer.Ordinal));
        for (int deeper = frame + 1; deeper < _frames.Count; deeper++) _frames[deeper].Clear();
        _frame = frame;
        if (isComplete) _frames[frame].Clear();
        VerifierStateText.Read(state, _frames[frame]);
    }

    /// <summary>Reads the newer dialect: headings with a colon, indented text behind them, up to the statistics.</summary>
    private int ReadReport(int at)
    {
        Dictionary<string, string> sections = new(StringComparer.Ordinal);
        string heading = "";
        string title = "";
        while (at < text.Length)
        {
            int end = text.IndexOf('\n', at);
            if (end < 0) end = text.Length;
            ReadOnlySpan<char> line = text.AsSpan(at, end - at).TrimEnd();
            if (line.StartsWith("processed ", StringComparison.Ordinal) || line.StartsWith("verification time ", StringComparison.Ordinal)) break;
            at = end + 1;
            if (line.StartsWith("Verification failed:", StringComparison.Ordinal)) title = line[20..].Trim().ToString();
            else if (line.Length > 0 && line[0] != ' ' && line[^1] == ':') heading = line[..^1].ToString();
            else if (line.Length > 0) sections[heading] = sections.TryGetValue(heading, out string? before) ? before + " " + line.Trim().ToString() : line.Trim().ToString();
        }

        string place = sections.GetValueOrDefault("At", "");
        int? instruction = place.StartsWith("insn ", StringComparison.Ordinal) && TryReadNumber(place.AsSpan(5), out int number, out _) ? number : null;
        _report = new VerifierReport(title, sections.GetValueOrDefault("Reason", ""), sections.GetValueOrDefault("Suggestion", ""), instruction);
        return at;
    }

    private List<VerifierBranch> FindBranches()
    {
        List<VerifierBranch> branches = [];
        for (int i = Math.Max(0, _steps.Count - 4096); i + 1 < _steps.Count; i++)
        {
            ReadOnlySpan<char> code = text.AsSpan(_steps[i].Start, _steps[i].Length);
            int jump = code.IndexOf(" goto pc", StringComparison.Ordinal);
            if (jump < 0 || code.IndexOf(" if ", StringComparison.Ordinal) < 0) continue;
            bool isBack = code[(jump + 8)..].StartsWith("-", StringComparison.Ordinal);
            if (code.Length <= jump + 9 || !TryReadNumber(code[(jump + 9)..], out int distance, out _)) continue;
            int target = _steps[i].Instruction + 1 + (isBack ? -distance : distance);
            branches.Add(new VerifierBranch(_steps[i].Instruction, _steps[i + 1].Instruction == target && distance != 0, CodeOf(code)));
        }

        return branches;
    }

    private (int, int) FindHottest()
    {
        if (_steps.Count == 0) return (0, 0);
        Dictionary<int, int> visits = [];
        foreach ((int instruction, _, _) in _steps) visits[instruction] = visits.GetValueOrDefault(instruction) + 1;
        KeyValuePair<int, int> most = visits.MaxBy(pair => pair.Value);
        return (most.Key, most.Value);
    }

    /// <summary>The instruction without index, opcode and state: <c>r0 = *(u8 *)(r2 +20)</c>.</summary>
    internal static string CodeOf(ReadOnlySpan<char> line)
    {
        int close = line.IndexOf(") ", StringComparison.Ordinal);
        return (close < 0 ? line : line[(close + 2)..]).TrimEnd().TrimEnd(';').TrimEnd().ToString();
    }

    private static bool IsNoise(ReadOnlySpan<char> line)
    {
        foreach (string start in s_noise)
        {
            // "frame pointer is read only" and "frame1 bpf_loop iteration limit reached" are complaints
            if (line.StartsWith(start, StringComparison.Ordinal)) return start != "frame" || line.Contains(':');
        }

        return false;
    }

    private static bool TryReadNumber(ReadOnlySpan<char> line, out int number, out int length)
    {
        length = 0;
        while (length < line.Length && length < 9 && char.IsAsciiDigit(line[length])) length++;
        return int.TryParse(line[..length], NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static ReadOnlySpan<char> Word(ReadOnlySpan<char> line, int index)
    {
        for (; index > 0; index--)
        {
            int space = line.IndexOf(' ');
            if (space < 0) return default;
            line = line[(space + 1)..];
        }

        int end = line.IndexOf(' ');
        return end < 0 ? line : line[..end];
    }
}
