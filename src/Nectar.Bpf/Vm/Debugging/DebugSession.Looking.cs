// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>What there is to see where the program stands, and what can be changed.</summary>
public sealed partial class DebugSession
{
    private DebugFrame? _frame;

    /// <summary>What a verifier knows about registers, shown beside the values that they have: <see cref="VerifierKnowledge.Find"/>, or null.</summary>
    public RegisterKnowledge? Knowledge { get; set; }

    /// <summary>The functions that the program is in, the innermost first; empty when the run is over.</summary>
    public IReadOnlyList<DebugFrame> Frames
    {
        get
        {
            if (!IsAtInstruction) return [];
            List<DebugFrame> frames = [];
            foreach (RawFrame raw in _debuggee.Stepper.Frames()) frames.Add(Describe(raw, frames.Count));
            return frames;
        }
    }

    /// <summary>The function whose registers are meant in expressions; the innermost until <see cref="SelectFrame"/> says otherwise.</summary>
    /// <exception cref="DebugException">The run is over (NEC5107).</exception>
    public DebugFrame Frame => _frame ??= IsAtInstruction ? Describe(_debuggee.Stepper.Frames()[0], 0) : throw new DebugException(DebugCodes.NotStopped, "no function is running: the run has ended", "help: continue, start, or go back with reverse-step");

    /// <summary>Chooses the function whose registers are meant.</summary>
    /// <exception cref="DebugException">There is none with that number (NEC5106).</exception>
    public DebugFrame SelectFrame(int index)
    {
        List<RawFrame> frames = IsAtInstruction ? _debuggee.Stepper.Frames() : [];
        if (index < 0 || index >= frames.Count) throw new DebugException(DebugCodes.NoNumber, $"there is no frame {index}", $"note: the program is in {frames.Count} functions");
        _scope.Frame = index == 0 ? null : frames[index];
        return _frame = Describe(frames[index], index);
    }

    /// <summary>The value of an expression.</summary>
    /// <exception cref="DebugException">It cannot be read, or has no value here.</exception>
    public DebugVariable Evaluate(string expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return Describe(expression.Trim(), Expression.Parse(expression, Target.Source.Types).Evaluate(_scope), expression.Trim());
    }

    /// <summary>An expression as 64 bits, for formats of the caller's own.</summary>
    public ulong EvaluateWord(string expression) => Expression.Parse(expression, Target.Source.Types).Evaluate(_scope).Bits;

    /// <summary>The text of 64 bits: what they point to (<c>packet+14</c>, <c>r10-8</c>), or a number.</summary>
    public string NameOf(ulong value) => _scope.FormatWord(value);

    /// <summary>True if 64 bits are an address of the program.</summary>
    public bool IsAddress(ulong value) => _names.Find(value) is not null;

    /// <summary>Reads as many of the bytes as belong to the program; says how many.</summary>
    public int Read(ulong address, Span<byte> bytes) => _memory.Read(address, bytes);

    /// <summary>Changes memory of the program. Going back and forth over this place changes it again; what was changed further on is forgotten.</summary>
    /// <exception cref="DebugException">The memory is not the program's or is read-only (NEC5104), or the run is over (NEC5107).</exception>
    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        Change(() => _memory.Write(address, copy));
    }

    /// <summary>Changes a register of the innermost function, r0 to r9; as <see cref="Write"/> does with memory.</summary>
    public unsafe void SetRegister(int register, ulong value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(register);
        if (register > 9) throw new DebugException(DebugCodes.WrongType, "r10 cannot be changed");
        Change(() => _debuggee.Stepper.Registers[register] = value);
    }

    /// <summary>Changes what an expression means: a register, a variable, a member, an element.</summary>
    public DebugVariable Assign(string expression, string value)
    {
        Expression left = Expression.Parse(expression, Target.Source.Types);
        DebugValue target = left.Evaluate(_scope);
        ulong bits = Expression.Parse(value, Target.Source.Types).Evaluate(_scope).Bits;
        if (target.Register is { } register) SetRegister(register, target.Type.Size == 4 ? (uint)bits : bits);
        else if (target.Address is { } address && target.Bytes.Length is > 0 and <= 8) Write(address, BitConverter.GetBytes(bits).AsSpan(0, target.Bytes.Length));
        else throw new DebugException(DebugCodes.WrongType, $"'{expression}' cannot be changed", "help: registers of the innermost frame, and numbers that lie in memory");
        return Describe(expression, left.Evaluate(_scope), expression);
    }

    /// <summary>The fields of the context.</summary>
    public IReadOnlyList<DebugVariable> Context => _debuggee.Session is null ? [] :
        [.. _debuggee.Session.Layout.Fields.Select(f => Describe(f.Name, _scope.ContextField(f.Name), "ctx->" + f.Name))];

    /// <summary>The context's name in the kernel.</summary>
    public string ContextName => _debuggee.Session?.Layout.Name ?? "";

    /// <summary>The packet, or the memory that the program works on.</summary>
    public unsafe ReadOnlySpan<byte> Packet => _debuggee.Session is { } session ? new ReadOnlySpan<byte>((void*)session.State->PacketStart, (int)(session.State->PacketEnd - session.State->PacketStart)) : default;

    /// <summary>Where the packet lies.</summary>
    public unsafe ulong PacketAddress => _debuggee.Session is { } session ? session.State->PacketStart : 0;

    /// <summary>The maps of the object.</summary>
    public IReadOnlyList<BpfMap> Maps => _debuggee.Object is { } loaded ? [.. loaded.Maps] : [];

    /// <summary>The global variables.</summary>
    public IReadOnlyList<DebugVariable> Globals => [.. Target.Source.Globals.Where(g => Maps.Any(m => m.Name == g.Map.Name)).Select(g => Describe(g.Name, _scope.Global(g), g.Name))];

    /// <summary>The text of one instruction, with the names of maps and functions.</summary>
    public string Disassemble(DebugProgram program, int slot)
    {
        ArgumentNullException.ThrowIfNull(program);
        Instruction[] code = program.Linked.Instructions;
        string text = Disassembler.Format(code, slot);
        Instruction instruction = code[slot];
        if (CalledHelper(program, slot) is { } helper) return text.Contains(helper, StringComparison.Ordinal) ? text : $"{text}  ; {helper}";
        if (OpcodeTable.Find(instruction) is not { } row) return text;
        if (row.Operation == Operation.CallLocal) return $"call {program.FunctionAt(slot + 1 + instruction.Immediate).Name}";
        if (row is { IsJump: true }) return $"{text}  ; to {slot + 1 + (row.Form == OperandForm.JumpLong ? instruction.Immediate : instruction.Offset)}";
        if (row.Form != OperandForm.Wide) return text;
        int index = instruction.Immediate;
        return (PseudoSource)instruction.Source switch
        {
            PseudoSource.MapIndex when index < Target.Source.Maps.Count => $"r{instruction.Destination} = {Target.Source.Maps[index].Name} ll",
            PseudoSource.MapIndexValue when index < Target.Source.Maps.Count => $"r{instruction.Destination} = {DataName(index, code[slot + 1].Immediate)} ll",
            PseudoSource.Function => $"r{instruction.Destination} = {program.FunctionAt(slot + 1 + index).Name} ll",
            _ => text,
        };
    }

    private string DataName(int map, int offset)
    {
        string name = Target.Source.Maps[map].Name;
        GlobalVariable? variable = Target.Source.Globals.FirstOrDefault(g => g.Map.Name == name && offset >= g.Offset && offset < g.Offset + g.Size);
        (string start, int rest) = variable is null ? (name, offset) : (variable.Name, offset - variable.Offset);
        return rest == 0 ? start : string.Create(CultureInfo.InvariantCulture, $"{start}+{rest}");
    }

    private DebugFrame Describe(RawFrame raw, int index)
    {
        LinkedFunction function = raw.Program.FunctionAt(raw.Slot);
        List<(string Name, uint TypeId)> parameters = DebugScope.Parameters(Target.Source.Types, function);
        bool isEntry = raw.Depth == 0;
        int count = parameters.Count > 0 ? parameters.Count : isEntry ? 1 : 0;
        return new DebugFrame(index, raw.Program, raw.Slot)
        {
            Function = function.Name,
            Line = raw.Program.LineAt(raw.Slot),
            Registers = raw.Registers,
            Helper = raw.Link == FrameLink.Helper ? CalledHelper(raw.Program, raw.Slot) ?? "a helper" : null,
            Arguments = [.. Enumerable.Range(0, count).Select(i => (
                i < parameters.Count ? parameters[i].Name : "ctx",
                i < parameters.Count && DebugType.FromBtf(Target.Source.Types!, parameters[i].TypeId) is { Kind: DebugTypeKind.Integer, Size: <= 8 } type ? _scope.Format(DebugValue.Of(raw.Arguments[i], type)) : _scope.FormatWord(raw.Arguments[i])))],
        };
    }

    private DebugVariable Describe(string name, DebugValue value, string? expression) => new(name, _scope.Format(value), value.Type.Name)
    {
        Address = value.Address,
        Size = value.Bytes.Length,
        Expression = expression,
        Children = HasParts(value) ? () => Parts(value, expression) : null,
    };

    private static bool HasParts(DebugValue value) => value.Type.Kind switch
    {
        DebugTypeKind.Composite or DebugTypeKind.Context => true,
        DebugTypeKind.Array => value.Type.Count is > 0 and <= 4096 && value.Type.Target is not null,
        _ => false,
    };

    private List<DebugVariable> Parts(DebugValue value, string? expression)
    {
        if (value.Type.Kind == DebugTypeKind.Context) return [.. Context];
        List<DebugVariable> parts = [];
        if (value.Type.Kind == DebugTypeKind.Array)
        {
            DebugType element = value.Type.Target!;
            for (int i = 0; i < value.Type.Count && (i + 1) * element.Size <= value.Bytes.Length; i++)
            {
                DebugValue part = new(element, value.Bytes.AsSpan(i * element.Size, element.Size).ToArray()) { Address = value.Address + (uint)(i * element.Size) };
                parts.Add(Describe(string.Create(CultureInfo.InvariantCulture, $"[{i}]"), part, expression is null ? null : string.Create(CultureInfo.InvariantCulture, $"({expression})[{i}]")));
            }

            return parts;
        }

        BtfTypes types = value.Type.Types!;
        BtfType type = types[value.Type.Id];
        for (int i = 0; i < type.Count; i++)
        {
            BtfMember member = type.Member(i);
            if (member.Name.Length > 0)
            {
                Expression part = new Expression.Member(new Constant(value), member.Name);
                parts.Add(Describe(member.Name, part.Evaluate(_scope), expression is null ? null : $"({expression}).{member.Name}"));
            }
            else if (types[types.Resolve(member.TypeId)] is { IsComposite: true } && member.BitOffset / 8 <= (uint)value.Bytes.Length)
            {
                DebugType inner = DebugType.FromBtf(types, member.TypeId);
                int offset = (int)(member.BitOffset / 8);
                if (offset + inner.Size <= value.Bytes.Length) parts.AddRange(Parts(new DebugValue(inner, value.Bytes.AsSpan(offset, inner.Size).ToArray()) { Address = value.Address + (uint)offset }, expression));
            }
        }

        return parts;
    }

    private void Change(Action change)
    {
        if (!IsAtInstruction) throw new DebugException(DebugCodes.NotStopped, "the run is over: what is changed now would be changed nowhere", "help: start or continue, and change it before an instruction");
        change();
        _debuggee.Journal.Add(_stop.Run, _stop.Step, change);
        _debuggee.ForgetFuture(_stop.Run, _stop.Step);
        _debuggee.Breakpoints.Rebase();
        if (_scope.Frame is null) _frame = null;
    }

    private sealed record Constant(DebugValue Value) : Expression
    {
        internal override DebugValue Evaluate(DebugScope scope) => Value;
    }
}
