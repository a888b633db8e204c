// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Build.Sources;

/// <summary>
/// Assemblies by the hash of all that they are made of, under <c>$XDG_CACHE_HOME/nectar/csharp</c> (<c>~/.cache</c>): a source that did not change is
/// compiled once. An entry is a folder, made elsewhere and moved into place whole, so that two commands at once do no harm.
/// </summary>
internal sealed class SourceCache
{
    private const int MostEntries = 128;
    private readonly string _root;

    internal SourceCache(string? root = null)
    {
        string? home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(home)) home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        _root = root ?? Path.Combine(home, "nectar", "csharp");
        try
        {
            Directory.CreateDirectory(_root);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            _root = Directory.CreateTempSubdirectory("nectar-csharp").FullName; // a home that cannot be written to costs the time of the compiler, no more
        }
    }

    /// <summary>The folder of an entry; null if there is none.</summary>
    internal string? Find(string key)
    {
        string folder = Path.Combine(_root, key);
        if (!Directory.Exists(folder)) return null;
        try
        {
            Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow); // what is used is kept
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // a cache that is read-only still serves
        }

        return folder;
    }

    /// <summary>A new folder to make an entry in.</summary>
    internal string Begin()
    {
        string folder = Path.Combine(_root, $".new-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Makes a folder the entry of its key.</summary>
    internal string Commit(string folder, string key)
    {
        string target = Path.Combine(_root, key);
        try
        {
            Directory.Move(folder, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            Directory.Delete(folder, recursive: true); // another command was first, with the same bytes
        }

        Prune();
        return target;
    }

    private void Prune()
    {
        try
        {
            foreach (DirectoryInfo old in new DirectoryInfo(_root).GetDirectories().OrderByDescending(entry => entry.LastWriteTimeUtc).Skip(MostEntries)) old.Delete(recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // another command prunes
        }
    }
}
