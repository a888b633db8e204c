// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;

namespace Nectar.KernelTests.Support;

/// <summary>A bpf filesystem of one test's own, gone with everything in it at the end.</summary>
internal sealed class PrivateBpffs : IDisposable
{
    public PrivateBpffs()
    {
        Scratch = Directory.CreateTempSubdirectory("nectar-bpffs-").FullName;
        Path = System.IO.Path.Combine(Scratch, "bpffs");
        Directory.CreateDirectory(Path);
        (int code, _, string errors) = TestEnvironment.Run("mount", "-t", "bpf", "bpf", Path);
        if (code != 0) throw new InvalidOperationException($"mount -t bpf: {errors}");
    }

    /// <summary>A directory for ordinary files.</summary>
    public string Scratch { get; }

    /// <summary>Where the filesystem is mounted.</summary>
    public string Path { get; }

    public void Dispose()
    {
        TestEnvironment.Run("umount", Path);
        Directory.Delete(Scratch, true);
    }
}
