// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Names.Itanium;

/// <summary>A type with <c>const</c>, <c>volatile</c> or a vendor's word behind it.</summary>
internal sealed class QualifiedNode(Node type, string qualifiers) : Node
{
    internal override bool HasRight(DemangleOutput o) => type.HasRight(o);

    internal override bool IsArray(DemangleOutput o) => type.IsArray(o);

    internal override bool IsFunction(DemangleOutput o) => type.IsFunction(o);

    protected override void Left(DemangleOutput o)
    {
        type.PrintLeft(o);
        // a parameter may stand for what is const already
        if (!(type.Resolve(o) is QualifiedNode inner && inner.Qualifiers == qualifiers)) o.Add(qualifiers);
    }

    protected override void Right(DemangleOutput o) => type.PrintRight(o);

    private string Qualifiers => qualifiers;
}

/// <summary>A pointer or a reference.</summary>
internal sealed class PointerNode(Node target, string sign) : Node
{
    internal override bool HasRight(DemangleOutput o) => Target(o, out _).HasRight(o);

    protected override void Left(DemangleOutput o)
    {
        Node inner = Target(o, out string shown);
        inner.PrintLeft(o);
        bool isArray = inner.IsArray(o);
        if (isArray) o.Add(" ");
        if (isArray || inner.IsFunction(o)) o.Add("(");
        o.Add(shown);
    }

    protected override void Right(DemangleOutput o)
    {
        Node inner = Target(o, out _);
        if (inner.IsArray(o) || inner.IsFunction(o)) o.Add(")");
        inner.PrintRight(o);
    }

    /// <summary>A reference to a reference, through a template parameter, is one reference: <c>&amp;&amp;</c> only if both are.</summary>
    private Node Target(DemangleOutput o, out string shown)
    {
        Node inner = target.Resolve(o);
        shown = sign;
        for (int i = 0; sign[0] == '&' && i < 64 && inner is PointerNode next && next.Sign[0] == '&'; i++)
        {
            if (next.Sign == "&") shown = "&";
            inner = next.Inner.Resolve(o);
        }

        return inner;
    }

    private string Sign => sign;

    private Node Inner => target;
}

/// <summary>A pointer to a member: <c>int A::*</c>, <c>void (A::*)(int)</c>.</summary>
internal sealed class MemberPointerNode(Node scope, Node member) : Node
{
    internal override bool HasRight(DemangleOutput o) => member.HasRight(o);

    protected override void Left(DemangleOutput o)
    {
        member.PrintLeft(o);
        o.Add(member.IsArray(o) || member.IsFunction(o) ? "(" : " ");
        scope.Print(o);
        o.Add("::*");
    }

    protected override void Right(DemangleOutput o)
    {
        if (member.IsArray(o) || member.IsFunction(o)) o.Add(")");
        member.PrintRight(o);
    }
}

/// <summary>The type of a function.</summary>
internal sealed class FunctionTypeNode(Node result, IReadOnlyList<Node> parameters, string qualifiers) : Node
{
    internal override bool HasRight(DemangleOutput o) => true;

    internal override bool IsFunction(DemangleOutput o) => true;

    protected override void Left(DemangleOutput o)
    {
        result.PrintLeft(o);
        if (!result.HasRight(o)) o.Add(" ");
    }

    protected override void Right(DemangleOutput o)
    {
        o.Add("(");
        PrintList(parameters, o);
        o.Add(")");
        result.PrintRight(o);
        o.Add(qualifiers);
    }
}

/// <summary>An array.</summary>
internal sealed class ArrayNode(Node element, Node? size) : Node
{
    internal override bool HasRight(DemangleOutput o) => true;

    internal override bool IsArray(DemangleOutput o) => true;

    protected override void Left(DemangleOutput o) => element.PrintLeft(o);

    protected override void Right(DemangleOutput o)
    {
        o.Add(o.Last == ']' ? "[" : " [");
        size?.Print(o);
        o.Add("]");
        element.PrintRight(o);
    }
}

/// <summary>The arguments that a template parameter pack stands for; within an expansion, one of them.</summary>
internal sealed class ParameterPackNode(IReadOnlyList<Node> elements) : Node
{
    internal int Count => elements.Count;

    internal override bool HasRight(DemangleOutput o) => Element(o)?.HasRight(o) ?? false;

    internal override bool IsArray(DemangleOutput o) => Element(o)?.IsArray(o) ?? false;

    internal override bool IsFunction(DemangleOutput o) => Element(o)?.IsFunction(o) ?? false;

    internal override Node Resolve(DemangleOutput o) => Element(o)?.Resolve(o) ?? this;

    protected override void Left(DemangleOutput o)
    {
        if (!o.IsInExpansion) PrintList(elements, o);
        else Element(o)?.PrintLeft(o);
    }

    protected override void Right(DemangleOutput o)
    {
        if (o.IsInExpansion) Element(o)?.PrintRight(o);
    }

    private Node? Element(DemangleOutput o)
    {
        if (!o.IsInExpansion) return null;
        if (o.PackSize < 0) (o.PackSize, o.PackIndex) = (elements.Count, 0);
        return o.PackIndex < elements.Count ? elements[o.PackIndex] : null;
    }
}

/// <summary>A pattern, printed for each argument of the pack in it.</summary>
internal sealed class ExpansionNode(Node pattern) : Node
{
    protected override void Left(DemangleOutput o)
    {
        (int index, int size, bool inside) = (o.PackIndex, o.PackSize, o.IsInExpansion);
        (o.PackIndex, o.PackSize, o.IsInExpansion) = (0, -1, true);
        int start = o.Length;
        pattern.Print(o);
        if (o.PackSize < 0)
        {
            o.Add("...");
        }
        else if (o.PackSize == 0)
        {
            o.Truncate(start);
        }
        else
        {
            int count = o.PackSize;
            for (int i = 1; i < count && !o.IsOver; i++)
            {
                o.Add(", ");
                o.PackIndex = i;
                pattern.Print(o);
            }
        }

        (o.PackIndex, o.PackSize, o.IsInExpansion) = (index, size, inside);
    }
}

/// <summary>
/// A template parameter. What it stands for is known when it is printed: <c>S1_</c> may refer to a parameter that was read within another
/// function's name, and then means the argument of the function that it stands in.
/// </summary>
internal sealed class ParameterNode(int index, Node bound) : Node
{
    internal override bool HasRight(DemangleOutput o) => Target(o).HasRight(o);

    internal override bool IsArray(DemangleOutput o) => Target(o).IsArray(o);

    internal override bool IsFunction(DemangleOutput o) => Target(o).IsFunction(o);

    internal override Node Resolve(DemangleOutput o)
    {
        if (!o.Enter()) return bound;
        Node resolved = Target(o).Resolve(o);
        o.Leave();
        return resolved;
    }

    /// <summary>Among a lambda's parameters it is one of the lambda's own, which its author wrote as <c>auto</c>.</summary>
    internal Node Target(DemangleOutput o) => o.IsInLambda ? new TextNode($"auto:{index + 1}") : o.Arguments is { } arguments && index < arguments.Count && !ReferenceEquals(arguments[index], this) ? arguments[index] : bound;

    protected override void Left(DemangleOutput o) => Target(o).PrintLeft(o);

    protected override void Right(DemangleOutput o) => Target(o).PrintRight(o);
}

/// <summary>A template parameter that is named before its argument: in conversion operators.</summary>
internal sealed class ForwardNode(int index) : Node
{
    private bool _busy;

    internal int Index => index;

    internal Node? Target { get; set; }

    internal override bool HasRight(DemangleOutput o) => Guarded(target => target.HasRight(o));

    internal override bool IsArray(DemangleOutput o) => Guarded(target => target.IsArray(o));

    internal override bool IsFunction(DemangleOutput o) => Guarded(target => target.IsFunction(o));

    internal override Node Resolve(DemangleOutput o)
    {
        if (_busy || Target is null) return this;
        _busy = true;
        Node resolved = Target.Resolve(o);
        _busy = false;
        return resolved;
    }

    protected override void Left(DemangleOutput o) => Guarded(target => { target.PrintLeft(o); return true; });

    protected override void Right(DemangleOutput o) => Guarded(target => { target.PrintRight(o); return true; });

    /// <summary>A damaged name may let a parameter stand for itself.</summary>
    private bool Guarded(Func<Node, bool> use)
    {
        if (_busy || Target is null) return false;
        _busy = true;
        bool result = use(Target);
        _busy = false;
        return result;
    }
}
