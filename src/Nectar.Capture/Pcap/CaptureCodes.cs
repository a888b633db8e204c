// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Capture.Pcap;

/// <summary>The diagnostics of capture files; <c>docs/diagnostics/captures.md</c> explains each.</summary>
public static class CaptureCodes
{
    /// <summary>The file is no capture.</summary>
    public static readonly DiagnosticCode UnknownFormat = new(1201);

    /// <summary>The file ends inside a record.</summary>
    public static readonly DiagnosticCode Truncated = new(1202);

    /// <summary>A length that cannot be right.</summary>
    public static readonly DiagnosticCode Length = new(1203);

    /// <summary>A version that is not known.</summary>
    public static readonly DiagnosticCode Version = new(1204);

    /// <summary>A packet of an interface that was not described.</summary>
    public static readonly DiagnosticCode Interface = new(1205);

    /// <summary>A time stamp resolution that cannot be counted.</summary>
    public static readonly DiagnosticCode Resolution = new(1206);

    /// <summary>A variant of the format of which something is skipped.</summary>
    public static readonly DiagnosticCode Variant = new(1207);
}
