// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.GuestTests.Harness;

/// <summary>One test.</summary>
/// <param name="Name"><c>feature/what_is_shown</c>; unique.</param>
/// <param name="Body">Passes by returning, fails by throwing, skips by throwing <see cref="SkipException"/>.</param>
/// <param name="Needs">Each returns the reason to skip here, or null.</param>
internal sealed record GuestTest(string Name, Action Body, params Func<string?>[] Needs);

/// <summary>Thrown by a test that finds out late that it cannot run here.</summary>
internal sealed class SkipException(string reason) : Exception(reason);

/// <summary>Thrown by <see cref="Check"/>.</summary>
internal sealed class CheckException(string message) : Exception(message);
