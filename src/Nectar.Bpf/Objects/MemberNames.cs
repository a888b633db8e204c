// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Objects;

/// <summary>
/// How members of a C# class are named in an object: the compiler names maps and variables by it, the loaded class finds them by it.
/// </summary>
public static class MemberNames
{
    private const int MaxLength = 127;

    /// <summary>
    /// The name of a field: without the marks of private and static fields (<c>_running</c> becomes <c>running</c>, <c>s_total</c>
    /// <c>total</c>), an automatic property's field has the property's name.
    /// </summary>
    /// <param name="field">The field's name in metadata.</param>
    public static string OfField(string field)
    {
        ArgumentNullException.ThrowIfNull(field);
        string name = field;
        if (name.StartsWith('<') && name.IndexOf('>', StringComparison.Ordinal) is > 1 and int end) name = name[1..end];
        if (name.Length > 2 && name[1] == '_' && name[0] is 's' or 'm' or 't') name = name[2..];
        string plain = name.TrimStart('_');
        if (plain.Length == 0 || char.IsAsciiDigit(plain[0])) plain = name;
        return Identifier(plain);
    }

    /// <summary>The name of a field of an object that is itself a field: <c>Microseconds</c> and <c>_slots</c> give <c>Microseconds_slots</c>.</summary>
    /// <param name="outer">The name of the outer field in the object; empty for a field of the probe itself.</param>
    /// <param name="field">The inner field's name in metadata.</param>
    public static string OfNested(string outer, string field)
    {
        ArgumentNullException.ThrowIfNull(outer);
        return outer.Length == 0 ? OfField(field) : $"{outer}_{OfField(field)}";
    }

    /// <summary>
    /// Any name as a C identifier, which is all that BTF and the kernel take: other characters become an underscore. Names that older
    /// kernels refuse for their length (<c>KSYM_NAME_LEN</c>, 128 with the final zero) end in a hash of the rest.
    /// </summary>
    public static string Identifier(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string plain = Plain(name);
        if (plain.Length <= MaxLength) return plain;
        uint hash = 2166136261; // FNV-1a: the same in every process
        foreach (char c in name) hash = (hash ^ c) * 16777619;
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{plain.AsSpan(0, MaxLength - 9)}_{hash:x8}");
    }

    private static string Plain(string name)
    {
        bool isPlain = name.Length > 0 && !char.IsAsciiDigit(name[0]);
        foreach (char c in name) isPlain &= char.IsAsciiLetterOrDigit(c) || c == '_';
        if (isPlain) return name;
        System.Text.StringBuilder text = new(name.Length + 1);
        foreach (char c in name)
        {
            if (text.Length == 0 && char.IsAsciiDigit(c)) text.Append('_');
            if (char.IsAsciiLetterOrDigit(c) || c == '_') text.Append(c);
            else if (text.Length > 0 && text[^1] != '_') text.Append('_');
        }

        if (text.Length > 1 && text[^1] == '_' && name[^1] != '_') text.Length--;
        return text.Length == 0 ? "_" : text.ToString();
    }
}
