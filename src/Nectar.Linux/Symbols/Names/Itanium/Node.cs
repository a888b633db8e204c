// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Names.Itanium;

/// <summary>
/// A part of a demangled name. C declarators wrap around what they declare: <c>int (*)[3]</c> is a pointer between the two halves of an
/// array. So each part has a left half and a right one, and a pointer prints between the halves of what it points to.
/// </summary>
internal abstract class Node
{
    /// <summary>The part without template arguments and scopes: what constructors are called by.</summary>
    internal virtual string BaseName => "";

    /// <summary>True if it needs no brackets as an operand.</summary>
    internal virtual bool IsSimpleExpression => false;

    internal void Print(DemangleOutput o)
    {
        PrintLeft(o);
        PrintRight(o);
    }

    internal void PrintLeft(DemangleOutput o)
    {
        if (!o.Enter()) return;
        Left(o);
        o.Leave();
    }

    internal void PrintRight(DemangleOutput o)
    {
        if (!o.Enter()) return;
        Right(o);
        o.Leave();
    }

    internal virtual bool HasRight(DemangleOutput o) => false;

    internal virtual bool IsArray(DemangleOutput o) => false;

    internal virtual bool IsFunction(DemangleOutput o) => false;

    /// <summary>What it stands for when it is a template parameter whose meaning comes later, or an element of a pack.</summary>
    internal virtual Node Resolve(DemangleOutput o) => this;

    protected abstract void Left(DemangleOutput o);

    protected virtual void Right(DemangleOutput o)
    {
    }

    /// <summary>Prints with commas; parts that print nothing (empty packs) leave no comma.</summary>
    internal static void PrintList(IReadOnlyList<Node> nodes, DemangleOutput o)
    {
        bool first = true;
        foreach (Node node in nodes)
        {
            int before = o.Length;
            if (!first) o.Add(", ");
            int after = o.Length;
            node.Print(o);
            if (o.Length == after && !o.IsOver) o.Truncate(before);
            else first = false;
        }
    }
}

/// <summary>A name or builtin type.</summary>
internal sealed class TextNode(string text, string? baseName = null) : Node
{
    internal string Text => text;

    internal override string BaseName => baseName ?? text;

    internal override bool IsSimpleExpression => true;

    protected override void Left(DemangleOutput o) => o.Add(text);
}

/// <summary><c>A::B</c>.</summary>
internal sealed class NestedNode(Node scope, Node name) : Node
{
    internal override string BaseName => name.BaseName;

    internal override bool IsSimpleExpression => name is not TemplateNode;

    protected override void Left(DemangleOutput o)
    {
        scope.Print(o);
        o.Add("::");
        name.Print(o);
    }
}

/// <summary>A name with its ABI tag: <c>failure[abi:cxx11]</c>.</summary>
internal sealed class TaggedNode(Node name, string tag) : Node
{
    internal override string BaseName => name.BaseName;

    protected override void Left(DemangleOutput o)
    {
        name.Print(o);
        o.Add($"[abi:{tag}]");
    }
}

/// <summary><c>name&lt;args&gt;</c>.</summary>
internal sealed class TemplateNode(Node name, IReadOnlyList<Node> arguments) : Node
{
    internal override string BaseName => name.BaseName;

    internal Node Name => name;

    protected override void Left(DemangleOutput o)
    {
        name.Print(o);
        o.Add(o.Last == '<' ? " <" : "<");
        PrintList(arguments, o);
        o.Add(o.Last == '>' ? " >" : ">");
    }
}

/// <summary>A constructor or destructor.</summary>
internal sealed class StructorNode(Node scope, bool isDestructor) : Node
{
    protected override void Left(DemangleOutput o)
    {
        if (isDestructor) o.Add("~");
        o.Add(scope.BaseName);
    }
}

/// <summary>A part with text before and after it.</summary>
internal sealed class WrappedNode(string before, Node inner, string after = "") : Node
{
    internal override string BaseName => inner.BaseName;

    protected override void Left(DemangleOutput o)
    {
        o.Add(before);
        inner.Print(o);
        o.Add(after);
    }
}

/// <summary>Two parts with text between them.</summary>
internal sealed class PairNode(string before, Node first, string between, Node second, string after = "") : Node
{
    protected override void Left(DemangleOutput o)
    {
        o.Add(before);
        first.Print(o);
        o.Add(between);
        second.Print(o);
        o.Add(after);
    }
}

/// <summary>Parts with commas between text.</summary>
internal sealed class ListNode(string before, IReadOnlyList<Node> nodes, string after = "", bool isSimple = false) : Node
{
    /// <summary>True for the arguments that one template parameter pack takes.</summary>
    internal bool IsPack { get; init; }

    internal IReadOnlyList<Node> Nodes => nodes;

    internal override bool IsSimpleExpression => isSimple;

    protected override void Left(DemangleOutput o)
    {
        o.Add(before);
        PrintList(nodes, o);
        o.Add(after);
    }
}

/// <summary><c>{lambda(int)#1}</c>.</summary>
internal sealed class LambdaNode(IReadOnlyList<Node> parameters, int number) : Node
{
    protected override void Left(DemangleOutput o)
    {
        bool outer = o.IsInLambda;
        o.IsInLambda = true;
        o.Add("{lambda(");
        PrintList(parameters, o);
        o.Add($")#{number}}}");
        o.IsInLambda = outer;
    }
}

/// <summary>A function with its parameters: the name of a whole symbol.</summary>
internal sealed class FunctionNode(Node? result, Node name, IReadOnlyList<Node> parameters, string qualifiers, IReadOnlyList<Node> arguments) : Node
{
    internal Node Name => name;

    internal override string BaseName => name.BaseName;

    internal override bool HasRight(DemangleOutput o) => true;

    internal override bool IsFunction(DemangleOutput o) => true;

    protected override void Left(DemangleOutput o)
    {
        IReadOnlyList<Node>? outer = o.Arguments;
        o.Arguments = arguments;
        if (result is not null)
        {
            result.PrintLeft(o);
            if (!result.HasRight(o)) o.Add(" ");
        }

        name.Print(o);
        o.Arguments = outer;
    }

    protected override void Right(DemangleOutput o)
    {
        IReadOnlyList<Node>? outer = o.Arguments;
        o.Arguments = arguments;
        o.Add("(");
        PrintList(parameters, o);
        o.Add(")");
        result?.PrintRight(o);
        o.Add(qualifiers);
        o.Arguments = outer;
    }
}
