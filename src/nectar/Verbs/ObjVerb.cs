// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nectar.Bpf.Objects;
using Spectre.Console;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar obj show</c>: what is in an object.</summary>
internal static class ObjVerb
{
    internal static Command Create()
    {
        Argument<string> file = new("object") { Description = "An object or assembly text; - for standard input" };
        Option<bool> json = new("--json") { Description = "Print as JSON" };
        Option<bool> relocations = new("--relocations") { Description = "List every reference of every function" };
        Command show = new("show", "Programs, maps, functions, variables, externs and types of an object") { file, json, relocations };
        show.SetAction(result =>
        {
            BpfObject source = Inputs.ReadObject(result.GetValue(file)!);
            if (result.GetValue(json)) WriteJson(source);
            else WriteText(source, result.GetValue(relocations));
        });
        show.WithExamples(("nectar obj show prog.bpf.o", "a table of everything that is in it"));
        return new Command("obj", "Look at objects") { show };
    }

    private static void WriteText(BpfObject source, bool relocations)
    {
        IAnsiConsole console = AnsiConsole.Console;
        console.Profile.Width = Math.Max(console.Profile.Width, 160);
        string types = source.Types is { } btf ? string.Create(CultureInfo.InvariantCulture, $"{btf.Count - 1} BTF types") : "no BTF";
        console.WriteLine($"{source.Name}: licence {(source.License.Length > 0 ? source.License : "(none)")}, {(source.IsBigEndian ? "big" : "little")}-endian, {types}");
        Print(console, "program", ["program", "section", "type", "attach", "slots", "with subprograms", "load"], source.Programs.Select(p => new[]
        {
            p.Name, p.Section, p.Type.ToString(), p.ExpectedAttachType?.ToString() ?? "", Number(p.Entry.Instructions.Length), LinkedSize(source, p), p.AutoLoad ? "yes" : "no",
        }));
        Print(console, "function", ["function", "section", "linkage", "slots", "references", "lines", "CO-RE"], source.Functions.Select(f => new[]
        {
            f.Name, f.Section, f.Linkage.ToString().ToLowerInvariant(), Number(f.Instructions.Length), Number(f.Relocations.Count), Number(f.Lines.Count), Number(f.CoreRelocations.Count),
        }));
        Print(console, "map", ["map", "type", "key", "value", "entries", "flags", "more"], source.Maps.Select(m => new[]
        {
            m.Name, m.Type.ToString(), Number(m.KeySize), Number(m.ValueSize), Number(m.MaxEntries), m.Flags == 0 ? "" : m.Flags.ToString(), More(m),
        }));
        Print(console, "variable", ["variable", "section", "offset", "bytes"], source.Globals.Select(g => new[] { g.Name, g.Map.Name, Number(g.Offset), Number(g.Size) }));
        Print(console, "extern", ["extern", "kind", "binding", "bytes"], source.Externs.Select(e => new[] { e.Name, e.Kind.ToString(), e.IsWeak ? "weak" : "strong", Number(e.Size) }));
        if (relocations)
        {
            Print(console, "reference", ["function", "slot", "kind", "symbol", "offset"], source.Functions.SelectMany(f => f.Relocations.Select(r => new[]
            {
                f.Name, Number(r.Instruction), r.Kind.ToString(), r.Symbol, r.Addend == 0 ? "" : Number(r.Addend),
            })));
        }
    }

    private static string More(MapDefinition map)
    {
        List<string> more = [];
        if (map.Pinning != PinningType.None) more.Add("pinned by name");
        if (map.Inner is { } inner) more.Add($"inner {inner.Type}, key {inner.KeySize}, value {inner.ValueSize}, {inner.MaxEntries} entries");
        if (map.InitialSlots.Count > 0) more.Add(string.Join(", ", map.InitialSlots.Select(s => $"[{s.Index}] = {s.Symbol}")));
        if (map.MapExtra != 0) more.Add($"extra {map.MapExtra}");
        return string.Join("; ", more);
    }

    private static string LinkedSize(BpfObject source, ProgramDefinition program)
    {
        try
        {
            return Number(ProgramLinker.Link(source, program).Instructions.Length);
        }
        catch (Bpf.Diagnostics.ObjectFormatException)
        {
            return "unresolved";
        }
    }

    private static void Print(IAnsiConsole console, string what, string[] columns, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        if (all.Length == 0) return;
        console.WriteLine();
        Table table = new() { Border = TableBorder.Simple };
        foreach (string column in columns) table.AddColumn(new TableColumn(new Text(column)) { NoWrap = true });
        foreach (string[] row in all) table.AddRow(row.Select(cell => new Text(cell)));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{all.Length} {what}{(all.Length == 1 ? "" : "s")}"));
        console.Write(table);
    }

    private static void WriteJson(BpfObject source)
    {
        using Stream output = Console.OpenStandardOutput();
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("name", source.Name);
        json.WriteString("license", source.License);
        json.WriteBoolean("big_endian", source.IsBigEndian);
        json.WriteNumber("btf_types", Math.Max(0, (source.Types?.Count ?? 1) - 1));
        List(json, "programs", source.Programs, p =>
        {
            json.WriteString("name", p.Name);
            json.WriteString("section", p.Section);
            json.WriteString("type", p.Type.ToString());
            json.WriteString("attach_type", p.ExpectedAttachType?.ToString());
            json.WriteNumber("instructions", p.Entry.Instructions.Length);
            json.WriteBoolean("autoload", p.AutoLoad);
        });
        List(json, "functions", source.Functions, f =>
        {
            json.WriteString("name", f.Name);
            json.WriteString("section", f.Section);
            json.WriteNumber("instructions", f.Instructions.Length);
            List(json, "relocations", f.Relocations, r =>
            {
                json.WriteNumber("instruction", r.Instruction);
                json.WriteString("kind", r.Kind.ToString());
                json.WriteString("symbol", r.Symbol);
                json.WriteNumber("addend", r.Addend);
            });
        });
        List(json, "maps", source.Maps, m =>
        {
            json.WriteString("name", m.Name);
            json.WriteString("type", m.Type.ToString());
            json.WriteNumber("key_size", m.KeySize);
            json.WriteNumber("value_size", m.ValueSize);
            json.WriteNumber("max_entries", m.MaxEntries);
            json.WriteNumber("flags", (uint)m.Flags);
        });
        List(json, "variables", source.Globals, g =>
        {
            json.WriteString("name", g.Name);
            json.WriteString("section", g.Map.Name);
            json.WriteNumber("offset", g.Offset);
            json.WriteNumber("size", g.Size);
        });
        List(json, "externs", source.Externs, e =>
        {
            json.WriteString("name", e.Name);
            json.WriteString("kind", e.Kind.ToString());
            json.WriteBoolean("weak", e.IsWeak);
        });
        json.WriteEndObject();
        json.Flush();
        output.WriteByte((byte)'\n');
    }

    private static void List<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
