// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Probes.Parsing;

/// <summary>The forms of attach points in programs and libraries.</summary>
internal static class UserPointParser
{
    /// <summary>Languages whose readable names can be patterns.</summary>
    public static bool IsLanguage(string text) => text is "cpp" or "rust" or "go";

    /// <summary><c>file:function</c>, <c>file:function+offset</c>, <c>file:address</c>, <c>file:cpp:function</c>, <c>file@source:line:column</c>; with a process without the file.</summary>
    public static ParsedPoint? Function(AttachPointParser parser)
    {
        List<string> parts = parser.Parts;
        if (parser.Options.ProcessId != 0 && (parts.Count == 2 || (parts.Count == 3 && IsLanguage(parts[1])))) parts.Insert(1, UserFiles.ProgramOf(parser.Options.ProcessId));
        bool isSource = parts.Count > 2 && parts[2] == "@";
        if (!isSource && parts.Count is not (3 or 4)) return parser.WrongCount(2, 3);
        string target = UserFiles.LibraryPath(parts[1], parser.Options.ProcessId) ?? parts[1];
        if (isSource) return Source(parser, target);
        string language = parts.Count == 4 ? parts[2] : "";
        if (language.Length > 0 && !IsLanguage(language)) return parser.Fail($"unsupported language type: {language}", "help: cpp, rust and go have readable names");
        ParsedPoint point = new(parser.Kind) { Target = target, Language = language };
        if (!parts[^1].Contains('+', StringComparison.Ordinal) && ProbeNumber.TryParse(parts[^1], out ulong address, out _))
            return Wildcard.Is(target) ? parser.Fail("Cannot use wildcards with absolute address") : point with { Address = address };

        // In readable names a plus is part of the name: operator+.
        if (language.Length > 0) return point with { Function = parts[^1] };
        return parser.TrySplitOffset(parts[^1], !parser.IsReturn, out string function, out ulong offset) ? point with { Function = function, Offset = offset } : null;
    }

    /// <summary><c>file:name</c>, <c>file:provider:name</c>; with a process without the file.</summary>
    public static ParsedPoint? Usdt(AttachPointParser parser)
    {
        List<string> parts = parser.Parts;
        if (parser.Options.ProcessId != 0 && parts.Count == 2) parts.Insert(1, "");
        return parts.Count switch
        {
            3 => new ParsedPoint(parser.Kind) { Target = parts[1], Function = parts[2] },
            4 => new ParsedPoint(parser.Kind) { Target = parts[1], Namespace = parts[2], Function = parts[3] },
            _ => parser.WrongCount(2, 3),
        };
    }

    private static ParsedPoint? Source(AttachPointParser parser, string target)
    {
        List<string> parts = parser.Parts;
        if (parser.IsReturn) return parser.Fail("Source code location not allowed");
        if (Wildcard.Is(target)) return parser.Fail("Cannot use wildcards with source code location");
        if (parts.Count is not (5 or 6) || parts[3].Length == 0 || parts[4].Length == 0) return parser.Fail("Invalid uprobe arguments, expected format: uprobe:TARGET@FILE:LINE[:COL]");
        if (!ProbeNumber.TryParse(parts[4], out ulong line, out string problem) || line > int.MaxValue) return parser.Fail($"Invalid line number: {problem}");
        ulong column = 0;
        if (parts.Count == 6 && (!ProbeNumber.TryParse(parts[5], out column, out problem) || column > int.MaxValue)) return parser.Fail($"Invalid column number: {problem}");
        if (target.Length == 0) return parser.Fail("Unspecified target binary, cannot attach by source code location.");
        return new ParsedPoint(parser.Kind) { Target = target, SourceFile = parts[3], Line = (int)line, Column = (int)column };
    }
}
