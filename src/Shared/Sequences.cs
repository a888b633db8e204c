// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// Compiled into every assembly of src that is part of the command, and visible in that assembly alone, hence the attribute.
namespace Nectar
{
    /// <summary>
    /// <c>Select</c> and <c>Where</c> for the code of these assemblies: a namespace around the caller comes before <c>System.Linq</c>. The
    /// library's own iterators combine with each selector by a generic virtual method: compiled natively, every iterator meets every type of
    /// result, which was more than half of the whole command.
    /// </summary>
    [Microsoft.CodeAnalysis.Embedded]
    internal static class Sequences
    {
        internal static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, TResult> selector)
        {
            foreach (TSource item in source) yield return selector(item);
        }

        internal static IEnumerable<TSource> Where<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)
        {
            foreach (TSource item in source)
            {
                if (predicate(item)) yield return item;
            }
        }
    }
}

namespace Microsoft.CodeAnalysis
{
    /// <summary>The compiler hides types that have it from other assemblies, whatever these may see else.</summary>
    [Embedded]
    internal sealed class EmbeddedAttribute : Attribute;
}
