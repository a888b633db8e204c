// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <summary>
/// Removes types that occur more than once: what one gets by appending the types of several objects to each other. Structs are the same if
/// everything that they lead to is the same; a forward declaration becomes the definition of its name if there is only one.
/// </summary>
public static class BtfDeduplicator
{
    /// <summary>Makes a set in which each type and each string occurs once, in the order in which they first occur.</summary>
    /// <param name="types">A set; of a split set only its own types are changed, and those that its base has are left out.</param>
    public static BtfTypes Deduplicate(BtfTypes types) => Deduplicate(types, out _);

    /// <summary>Makes a set in which each type and each string occurs once.</summary>
    /// <param name="types">A set, or a split set.</param>
    /// <param name="newIds">The number in the new set of each type of the old one, for what refers to them from outside.</param>
    public static BtfTypes Deduplicate(BtfTypes types, out uint[] newIds)
    {
        ArgumentNullException.ThrowIfNull(types);
        uint[] lowest = new BtfTypeClasses(types).Find();
        uint[] ids = new uint[lowest.Length];
        uint first = Math.Max(1, types.FirstId), next = first;
        for (uint id = 0; id < first; id++) ids[id] = id;
        for (uint id = first; id < ids.Length; id++)
        {
            if (lowest[id] == id) ids[id] = next++;
        }

        for (uint id = first; id < ids.Length; id++) ids[id] = ids[lowest[id]];

        BtfBuilder builder = new(types.Base);
        for (uint id = first; id < ids.Length; id++)
        {
            if (lowest[id] == id) builder.AddCopy(types[id], old => ids[old]);
        }

        newIds = ids;
        return builder.Build();
    }
}
