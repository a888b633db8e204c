// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Debugging;
using Nectar.Debugging.Terminal;

namespace Nectar.Debugging.Dap;

/// <summary>What an editor looks at.</summary>
internal sealed partial class DapSession
{
    private const int MostInstructions = 4096;
    private const int MostMemory = 1 << 20;

    // of what a terminal knows, that which moves nothing
    private static readonly string[] s_consoleCommands = ["info", "x", "print", "p", "list", "l", "disassemble", "disas", "backtrace", "bt", "help", "set"];

    private void StackTrace(Request request)
    {
        IReadOnlyList<DebugFrame> frames = _session.Frames;
        int first = request.Arguments.Number("startFrame"), levels = request.Arguments.Number("levels");
        List<DapFrame> shown = [];
        foreach (DebugFrame frame in frames.Skip(first).Take(levels > 0 ? levels : int.MaxValue))
        {
            string arguments = string.Join(", ", frame.Arguments.Select(a => $"{a.Name}={a.Value}"));
            string name = $"{frame.Function} ({arguments}){(frame.Helper is { } helper ? $" in {helper}" : "")}";
            shown.Add(new DapFrame(frame.Index + 1, name, frame.Line is { } line ? SourceOf(line.File) : null, frame.Line?.Line ?? 0, Math.Max(1, frame.Line?.Column ?? 0),
                CodeAddress.Format(_session, frame.Program, frame.Slot), frame.Line is null ? "subtle" : null));
        }

        _server.Respond(request, new DapStackTrace(shown, frames.Count), DapJson.Default.DapStackTrace);
    }

    private void Scopes(Request request)
    {
        int frame = FrameOf(request);
        _server.Respond(request, new DapScopes(_variables.Scopes(frame)), DapJson.Default.DapScopes);
    }

    private void Variables(Request request)
    {
        IReadOnlyList<DebugVariable> all = Open(request);
        int start = request.Arguments.Number("start"), count = request.Arguments.Number("count");
        IEnumerable<DebugVariable> shown = all.Skip(start);
        if (count > 0) shown = shown.Take(count);
        _server.Respond(request, new DapVariables([.. shown.Select(_variables.Describe)]), DapJson.Default.DapVariables);
    }

    private void SetVariable(Request request)
    {
        string name = request.Arguments.Text("name") ?? "";
        DebugVariable variable = Open(request).FirstOrDefault(v => v.Name == name) ?? throw new DapProblem(DapProblem.Stale, $"there is no variable '{name}'");
        if (variable.Expression is not { } expression) throw new DapProblem(DapProblem.Stale, $"'{name}' cannot be changed");
        _session.SelectFrame(0);
        DebugVariable now = _session.Assign(expression, request.Arguments.Text("value") ?? "");
        _server.Respond(request, new DapSetVariable(now.Value, now.Type, _variables.Reference(now)), DapJson.Default.DapSetVariable);
    }

    private void SetExpression(Request request)
    {
        _session.SelectFrame(FrameOf(request, 0));
        DebugVariable now = _session.Assign(request.Arguments.Text("expression") ?? "", request.Arguments.Text("value") ?? "");
        _server.Respond(request, new DapSetVariable(now.Value, now.Type, _variables.Reference(now)), DapJson.Default.DapSetVariable);
    }

    private void Evaluate(Request request)
    {
        string expression = (request.Arguments.Text("expression") ?? "").Trim();
        if (_session.IsAtInstruction) _session.SelectFrame(FrameOf(request, 0));
        if (request.Arguments.Text("context") == "repl" && s_consoleCommands.Contains(expression.Split(' ', '/')[0]))
        {
            StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
            DebugTerminal terminal = new(_session, text, _launch.Sources);
            _session.Trace = line => Output("stdout", line);
            terminal.Execute(expression);
            _server.Respond(request, new DapEvaluation(text.ToString().TrimEnd(), null, 0), DapJson.Default.DapEvaluation);
            return;
        }

        DebugVariable value = _session.Evaluate(expression);
        _server.Respond(request, new DapEvaluation(value.Value, value.Type, _variables.Reference(value), VariableTable.MemoryReference(value)), DapJson.Default.DapEvaluation);
    }

    private void Source(Request request)
    {
        int reference = request.Arguments.Object("source").Number("sourceReference", request.Arguments.Number("sourceReference"));
        if (reference < 1 || reference > _files.Count) throw new DapProblem(DapProblem.Stale, $"there is no source {reference}");
        _server.Respond(request, new DapContent(string.Join('\n', _sources.Lines(_files[reference - 1])), "text/x-c"), DapJson.Default.DapContent);
    }

    private void Disassemble(Request request)
    {
        DapArguments a = request.Arguments;
        ulong? address = CodeAddress.Parse(a.Text("memoryReference"));
        if (address is null || CodeAddress.Find(_session, address.Value + (ulong)(long)a.Number("offset")) is not var (program, slot)) throw new DapProblem(DapProblem.Stale, "there is no code at that address");
        int count = Math.Clamp(a.Number("instructionCount"), 0, MostInstructions);
        List<int> slots = [];
        for (int at = 0; at < program.Linked.Instructions.Length; at++)
        {
            if (program.IsInstruction(at)) slots.Add(at);
        }

        int here = slots.BinarySearch(slot);
        int first = (here >= 0 ? here : ~here) + a.Number("instructionOffset");
        List<DapInstruction> instructions = [];
        LineInfo? last = null;
        for (int i = first; i < first + count; i++)
        {
            if (i < 0 || i >= slots.Count)
            {
                // the editor wants so many, also where there are none
                long beyond = i < 0 ? i : slots[^1] + 1 + (i - slots.Count);
                instructions.Add(new DapInstruction(CodeAddress.Text(CodeAddress.Parse(CodeAddress.Format(_session, program, 0))!.Value + (ulong)(beyond * 8)), "", PresentationHint: "invalid"));
                continue;
            }

            LineInfo? line = program.LineAt(slots[i]);
            bool isNew = line is not null && (last?.Line != line.Value.Line || last?.File != line.Value.File);
            last = line ?? last;
            LinkedFunction function = program.FunctionAt(slots[i]);
            instructions.Add(new DapInstruction(CodeAddress.Format(_session, program, slots[i]), _session.Disassemble(program, slots[i]), Bytes(program, slots[i]),
                function.Start == slots[i] ? function.Name : null, isNew ? SourceOf(line!.Value.File) : null, isNew ? line!.Value.Line : null));
        }

        _server.Respond(request, new DapDisassembly(instructions), DapJson.Default.DapDisassembly);
    }

    private void ReadMemory(Request request)
    {
        (ulong address, int count) = (Address(request), Math.Clamp(request.Arguments.Number("count"), 0, MostMemory));
        byte[] bytes = new byte[count];
        int read = _session.Read(address, bytes);
        _server.Respond(request, new DapMemory(CodeAddress.Text(address), count - read, read > 0 ? Convert.ToBase64String(bytes, 0, read) : null), DapJson.Default.DapMemory);
    }

    private void WriteMemory(Request request)
    {
        byte[] bytes = new byte[MostMemory];
        if (!Convert.TryFromBase64String(request.Arguments.Text("data") ?? "", bytes, out int length)) throw new DapProblem(DapProblem.Protocol, "the data is no base64");
        _session.Write(Address(request), bytes.AsSpan(0, length));
        _server.Respond(request, new DapWritten(length), DapJson.Default.DapWritten);
    }

    private void ExceptionInfo(Request request)
    {
        if (_session.Stop.Fault is not { } fault) throw new DapProblem(DapProblem.Stale, "the program does not stand at a fault");
        string id = $"{fault.Diagnostic.Code} {fault.Kind}";
        _server.Respond(request, new DapException(id, fault.Message, "always", new DapExceptionDetails(fault.ToString(), id)), DapJson.Default.DapException);
    }

    private void DataInfo(Request request)
    {
        string name = request.Arguments.Text("name") ?? "";
        string? expression = name;
        if (request.Arguments.Number("variablesReference") > 0) expression = Open(request).FirstOrDefault(v => v.Name == name)?.Expression;
        DapDataInfo info = expression is null ? new(null, $"'{name}' cannot be watched") : new(expression, expression, ["write"], false);
        _server.Respond(request, info, DapJson.Default.DapDataInfo);
    }

    private void BreakpointLocations(Request request)
    {
        string path = request.Arguments.Object("source").Text("path") ?? "";
        int first = request.Arguments.Number("line"), last = request.Arguments.Number("endLine", first);
        List<DapLocation> lines = [];
        for (int line = first; line <= last && line - first < 10_000; line++)
        {
            (IReadOnlyList<CodePlace> places, int found) = _session.FindLine(path, line);
            if (places.Count == 0 || found > last) break;
            lines.Add(new DapLocation(found));
            line = found;
        }

        _server.Respond(request, new DapLocations(lines), DapJson.Default.DapLocations);
    }

    private static string Bytes(DebugProgram program, int slot)
    {
        Instruction[] code = program.Linked.Instructions;
        StringBuilder text = new();
        for (int i = 0; i < (code[slot].IsWide ? 2 : 1); i++)
        {
            ulong bits = code[slot + i].ToUInt64();
            for (int b = 0; b < 8; b++) text.Append(text.Length > 0 ? " " : "").Append(((bits >> (8 * b)) & 0xff).ToString("x2", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    private ulong Address(Request request) => CodeAddress.Parse(request.Arguments.Text("memoryReference")) is { } address
        ? address + (ulong)(long)request.Arguments.Number("offset")
        : throw new DapProblem(DapProblem.Protocol, $"'{request.Arguments.Text("memoryReference")}' is no address");

    private int FrameOf(Request request, int? otherwise = null)
    {
        int frame = request.Arguments.Number("frameId") - 1;
        if (frame >= 0 && frame < _session.Frames.Count) return frame;
        return frame == -1 && otherwise is { } other ? other : throw new DapProblem(DapProblem.Stale, $"there is no frame {frame + 1}");
    }

    private IReadOnlyList<DebugVariable> Open(Request request) => _variables.Find(request.Arguments.Number("variablesReference")) ?? throw new DapProblem(DapProblem.Stale, "that value was of another stop");
}
