// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Cli.Tracing;

/// <summary>What <c>nectar build x.bt</c> is told that is the script's alone.</summary>
/// <param name="IsUnsafe">Functions that change the system are allowed.</param>
/// <param name="IsStrict">Numbers are as in C#.</param>
/// <param name="IsQuiet">Nothing but problems is printed.</param>
internal sealed record ScriptBuildOptions(bool IsUnsafe, bool IsStrict, bool IsQuiet);
