// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>A local variable.</summary>
/// <param name="Index">The number that IL uses.</param>
/// <param name="Name">As in C#, from the debug information; null for temporaries of the C# compiler.</param>
/// <param name="Type">The type.</param>
/// <param name="IsPinned">Declared by a <c>fixed</c> statement.</param>
internal sealed record LocalModel(int Index, string? Name, TypeModel Type, bool IsPinned);

/// <summary>The code of a method; tokens in it are resolved by <see cref="MethodModel"/>.</summary>
/// <param name="Code">IL bytes, in memory that lives as long as the context.</param>
/// <param name="MaxStack">Most values on the evaluation stack.</param>
/// <param name="InitializesLocals">Locals and <c>stackalloc</c> start as zero.</param>
/// <param name="Locals">Local variables by number.</param>
/// <param name="Regions">Exception regions, inner ones first.</param>
internal sealed record MethodBody(ReadOnlyMemory<byte> Code, int MaxStack, bool InitializesLocals, LocalModel[] Locals, ImmutableArray<ExceptionRegion> Regions);

/// <summary>Code, places in the source, and what tokens in the code mean.</summary>
internal sealed partial class MethodModel
{
    private MethodBody? _body;
    private SequencePointModel[]? _points;

    /// <summary>True if it has IL; abstract and extern methods have none.</summary>
    public bool HasBody => _definition.RelativeVirtualAddress != 0;

    /// <summary>The code.</summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    public MethodBody Body => _body ??= ReadBody();

    /// <summary>Sequence points in the order of IL offsets; empty without debug information.</summary>
    public SequencePointModel[] SequencePoints => _points ??= Assembly.Symbols?.SequencePoints(Handle) ?? [];

    /// <summary>The place in the source of the statement that an IL offset belongs to; null without debug information. In the library only the method is known.</summary>
    public SourceLocation? LocationAt(int offset, SourceLocation? inlinedAt = null)
    {
        if (Assembly.IsLibrary) return new SourceLocation(Assembly.Name, 0, 0, 0, 0, "", ToString(), inlinedAt, true);
        SequencePointModel[] points = SequencePoints;
        SequencePointModel? best = null;
        foreach (SequencePointModel point in points)
        {
            if (point.Offset > offset && best is not null) break;
            if (!point.IsHidden) best = point;
        }

        return best?.ToLocation(this, inlinedAt);
    }

    public TypeModel ResolveType(int token) => Assembly.ResolveType((EntityHandle)MetadataTokens.Handle(token), GenericContext);

    public FieldModel ResolveField(int token) => Assembly.ResolveField((EntityHandle)MetadataTokens.Handle(token), GenericContext);

    /// <summary>The method that a call's token names. <see cref="MethodReference.Method"/> is null for framework methods without substitute.</summary>
    /// <param name="token">The call's operand.</param>
    /// <param name="mustExist">False to get a reference without method also where an assembly is missing.</param>
    public MethodReference ResolveMethod(int token, bool mustExist = true) => Assembly.ResolveMethod((EntityHandle)MetadataTokens.Handle(token), GenericContext, mustExist);

    /// <summary>The text of <c>ldstr</c>.</summary>
    public string ResolveString(int token) => Assembly.Reader.GetUserString((UserStringHandle)MetadataTokens.Handle(token));

    private MethodBody ReadBody()
    {
        if (!HasBody) throw new InvalidOperationException($"{this} has no body");
        MethodBodyBlock block = Assembly.File.Body(_definition.RelativeVirtualAddress);
        LocalModel[] locals = [];
        if (!block.LocalSignature.IsNil)
        {
            ImmutableArray<TypeModel> types = Assembly.Reader.GetStandaloneSignature(block.LocalSignature).DecodeLocalSignature(Assembly.Signatures, GenericContext);
            string?[] names = Assembly.Symbols?.LocalNames(Handle, types.Length) ?? new string?[types.Length];
            locals = new LocalModel[types.Length];
            for (int i = 0; i < locals.Length; i++)
            {
                bool isPinned = types[i].IsPinnedMarker;
                locals[i] = new LocalModel(i, names[i], isPinned ? types[i].Element! : types[i], isPinned);
            }
        }

        return new MethodBody(block.GetILBytes(), block.MaxStack, block.LocalVariablesInitialized, locals, block.ExceptionRegions);
    }
}
