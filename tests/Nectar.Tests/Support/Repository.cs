// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Tests.Support;

/// <summary>Where this checkout is, found from the test assembly upwards.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Nectar.slnx.</summary>
    internal static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Nectar.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException($"no Nectar.slnx above {AppContext.BaseDirectory}");
    }
}
