// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.GuestTests.Harness;

/// <summary>The objects that clang made from tests/guest/fixtures.</summary>
internal static class Fixtures
{
    /// <summary>Where one is; null if it was not compiled.</summary>
    internal static string? Find(string name)
    {
        string folder = Guest.IsGuest ? "/fixtures" : Environment.GetEnvironmentVariable("NECTAR_GUEST_FIXTURES") ?? Path.Combine(AppContext.BaseDirectory, "fixtures");
        string path = Path.Combine(folder, name + ".bpf.o");
        return File.Exists(path) ? path : null;
    }

    internal static string Get(string name) => Find(name) ?? throw new SkipException($"{name}.bpf.o was not compiled");
}
