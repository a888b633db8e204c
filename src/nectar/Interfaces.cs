// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Cli;

/// <summary>Network interfaces by number and name.</summary>
internal static class Interfaces
{
    /// <summary>The name of an interface of this network namespace; its number if there is none.</summary>
    internal static string NameOf(uint index)
    {
        foreach ((string name, uint number) in All())
        {
            if (number == index) return name;
        }

        return string.Create(CultureInfo.InvariantCulture, $"ifindex {index}");
    }

    private static IEnumerable<(string Name, uint Index)> All()
    {
        foreach (string directory in Directory.Exists("/sys/class/net") ? Directory.GetDirectories("/sys/class/net") : [])
        {
            if (uint.TryParse(File.ReadAllText(directory + "/ifindex"), CultureInfo.InvariantCulture, out uint index)) yield return (Path.GetFileName(directory), index);
        }
    }
}
