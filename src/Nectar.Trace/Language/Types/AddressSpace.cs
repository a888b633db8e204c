// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

/// <summary>Which memory a pointer is of: decides how it is read.</summary>
internal enum AddressSpace : byte
{
    None,
    Kernel,
    User,
}
