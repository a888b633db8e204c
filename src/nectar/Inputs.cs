// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Classic;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Build.Sources;

namespace Nectar.Cli;

/// <summary>Turns what a user names on the command line into what the libraries take.</summary>
internal static class Inputs
{
    private static readonly DiagnosticCode s_noProgram = new(3);
    private static readonly DiagnosticCode s_badValue = new(4);

    /// <summary>Reads a file, or standard input for <c>-</c>.</summary>
    internal static byte[] ReadBytes(string path)
    {
        if (path != "-") return File.ReadAllBytes(path);
        using MemoryStream bytes = new();
        using Stream input = Console.OpenStandardInput();
        input.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>An object from an ELF file, from assembly text, from C#, or from a listing of a classic filter as tcpdump prints it.</summary>
    /// <param name="path">The file; <c>-</c> for standard input.</param>
    /// <param name="program">The program that is meant, by which one of several probes is chosen.</param>
    internal static BpfObject ReadObject(string path, string? program = null)
    {
        if (ProbeSource.IsProbeSource(path)) return ProbeInputs.Read(path, program);
        byte[] bytes = ReadBytes(path);
        if (bytes is [0x7f, (byte)'E', (byte)'L', (byte)'F', ..])
        {
            DiagnosticBag diagnostics = new();
            bool read = ObjectReader.TryRead(bytes, NameOf(path), diagnostics, out BpfObject? result);
            foreach (Diagnostic warning in diagnostics.Items.Where(d => d.Severity != Severity.Error)) Output.Problem(warning);
            return read ? result! : throw new ObjectFormatException([.. diagnostics.Items.Where(d => d.Severity == Severity.Error)]);
        }

        string text = Encoding.UTF8.GetString(bytes);
        if (text.StartsWith("(000)", StringComparison.Ordinal) || text.StartsWith('{'))
        {
            return FromCode(ClassicConverter.ToExtended(ClassicText.Parse(text, path)), "filter", "socket", ProgramType.SocketFilter);
        }

        BpfObject assembled = Assembler.Assemble(text, path);
        if (assembled.Name.Length == 0) assembled.Name = NameOf(path);
        return assembled;
    }

    /// <summary>Eight-byte instruction slots without a file format around them, as bytes or as hexadecimal text.</summary>
    internal static BpfObject ReadRaw(string path)
    {
        byte[] bytes = ReadBytes(path);
        string text = Encoding.UTF8.GetString(bytes);
        if (text.All(c => char.IsAsciiHexDigit(c) || char.IsWhiteSpace(c))) bytes = Hex(text);
        if (bytes.Length == 0 || bytes.Length % 8 != 0)
            throw new ObjectFormatException(Diagnostic.Error(s_badValue, $"'{path}' has {bytes.Length} bytes; instructions have 8 bytes each"));
        return FromCode(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, Instruction>(bytes).ToArray(), "main", "main", ProgramType.Unspec);
    }

    /// <summary>The program that was named, or the only one there is.</summary>
    internal static ProgramDefinition FindProgram(BpfObject source, string? name)
    {
        if (name is not null && source.Programs.TryGet(name, out ProgramDefinition? program)) return program;
        if (name is not null && name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && source.Programs.TryGet(name[(dot + 1)..], out program)) return program; // Class.Program
        ProgramDefinition[] loaded = [.. source.Programs.Where(p => p.AutoLoad)];
        if (name is null && loaded.Length == 1) return loaded[0];
        string names = source.Programs.Count == 0 ? "none" : string.Join(", ", source.Programs.Select(p => p.Name));
        throw new LoadException(Diagnostic.Error(s_noProgram,
            name is null ? $"'{source.Name}' has {source.Programs.Count} programs; say which one to run" : $"'{source.Name}' has no program '{name}'",
            $"note: programs: {names}"));
    }

    /// <summary>Bytes from a file, or from hexadecimal text if there is no file of that name.</summary>
    internal static byte[] ReadMemory(string text) => text == "-" || File.Exists(text) ? ReadBytes(text) : Hex(text);

    /// <summary>Applies <c>NAME=VALUE</c> to global variables; what is no variable is returned, as a kernel configuration value.</summary>
    internal static Dictionary<string, string> ApplySettings(BpfObject source, IEnumerable<string> settings)
    {
        Dictionary<string, string> others = [];
        foreach (string setting in settings)
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new LoadException(Diagnostic.Error(s_badValue, $"'--set {setting}': expected NAME=VALUE"));
            string name = setting[..equals], value = setting[(equals + 1)..];
            if (source.Globals.TryGet(name, out GlobalVariable? variable)) SetGlobal(variable, value);
            else if (source.Externs.TryGet(name, out _)) others[name] = value;
            else
            {
                throw new LoadException(Diagnostic.Error(s_badValue, $"'--set {setting}': '{source.Name}' has no variable '{name}'",
                    $"note: variables: {string.Join(", ", source.Globals.Select(g => g.Name).Concat(source.Externs.Where(e => e.Kind == ExternKind.Kconfig).Select(e => e.Name)).DefaultIfEmpty("none"))}"));
            }
        }

        return others;
    }

    private static void SetGlobal(GlobalVariable variable, string value)
    {
        Span<byte> bytes = variable.Bytes;
        if (value.StartsWith("hex:", StringComparison.Ordinal) && Hex(value[4..]) is { } raw && raw.Length <= bytes.Length)
        {
            bytes.Clear();
            raw.CopyTo(bytes);
            return;
        }

        bool negative = value.StartsWith('-');
        ReadOnlySpan<char> digits = negative ? value.AsSpan(1) : value;
        bool parsed = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong number)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        if (!parsed && value is "true" or "false") (parsed, number) = (true, value == "true" ? 1UL : 0);
        if (parsed && bytes.Length <= 8)
        {
            ulong bits = negative ? 0 - number : number;
            int unused = 64 - (bytes.Length * 8);
            bool fits = negative ? (long)(bits << unused) >> unused == (long)bits : bits << unused >> unused == bits;
            if (!fits) throw new LoadException(Diagnostic.Error(s_badValue, $"{value} does not fit into the {bytes.Length} bytes of '{variable.Name}'"));
            for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(bits >> (8 * i));
            return;
        }

        byte[] text = Encoding.UTF8.GetBytes(value.Trim('"'));
        if (parsed || text.Length >= bytes.Length || bytes.Length <= 8)
            throw new LoadException(Diagnostic.Error(s_badValue, $"'{value}' is no value for '{variable.Name}', which has {bytes.Length} bytes", "help: a number (1, -1, 0x1f), true, false, text for arrays of characters, or hex:00ff…"));
        bytes.Clear();
        text.CopyTo(bytes);
    }

    internal static byte[] Hex(string text)
    {
        string digits = string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c is not (':' or ',')));
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) digits = digits[2..];
        if (digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit))
            throw new LoadException(Diagnostic.Error(s_badValue, $"'{(text.Length > 40 ? text[..40] + "…" : text)}' is neither a file nor hexadecimal digits in pairs"));
        return Convert.FromHexString(digits);
    }

    private static BpfObject FromCode(Instruction[] code, string name, string section, ProgramType type)
    {
        FunctionDefinition function = new() { Name = name, Section = section, Instructions = code };
        BpfObject result = new() { Name = name, License = "GPL" };
        result.Functions.Add(function);
        result.Programs.Add(new ProgramDefinition { Name = name, Section = section, Type = type, Entry = function });
        return result;
    }

    private static string NameOf(string path) => path == "-" ? "stdin" : Path.GetFileName(path).Split('.')[0];
}
