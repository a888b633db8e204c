// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;

namespace Nectar.Probes;

/// <summary>
/// Base of every probe: a sealed class whose fields are maps and global variables and whose attributed methods are programs. The same
/// object is run on the CLR (tests, breakpoints), loaded into this process or into the kernel, and read from.
/// </summary>
/// <remarks>In a program <c>this</c> does not exist: its fields do.</remarks>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields | DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods)]
public abstract partial class Probe;
