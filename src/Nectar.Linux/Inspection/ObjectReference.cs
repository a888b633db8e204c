// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Inspection;

/// <summary>How an object of the kernel is named.</summary>
public enum ReferenceKind
{
    /// <summary>By number.</summary>
    Id,

    /// <summary>By name; several objects may have it.</summary>
    Name,

    /// <summary>Programs: by the hash of the code.</summary>
    Tag,

    /// <summary>By a path in a bpf filesystem.</summary>
    Pinned,
}

/// <summary>The name of an object of the kernel, as a user gives it.</summary>
/// <param name="Kind">How it is named.</param>
/// <param name="Text">The number, name, tag or path.</param>
public readonly record struct ObjectReference(ReferenceKind Kind, string Text)
{
    /// <summary>What one word means: a number is an id, a path a pin, anything else a name.</summary>
    public static ObjectReference Parse(string word)
    {
        ArgumentException.ThrowIfNullOrEmpty(word);
        return word[0] == '/' ? new ObjectReference(ReferenceKind.Pinned, word)
            : uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? new ObjectReference(ReferenceKind.Id, word)
            : new ObjectReference(ReferenceKind.Name, word);
    }

    internal uint Number => uint.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? id : 0;

    /// <inheritdoc/>
    public override string ToString() => Kind switch { ReferenceKind.Id => $"id {Text}", ReferenceKind.Tag => $"tag {Text}", ReferenceKind.Pinned => $"pinned '{Text}'", _ => $"name '{Text}'" };
}
