// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>Diagnostics of maps of the machine in this process.</summary>
public static class MapCodes
{
    /// <summary>The definition breaks a rule that the kernel has for this type of map.</summary>
    public static readonly DiagnosticCode Definition = new(9250);

    /// <summary>This type of map cannot exist in this process.</summary>
    public static readonly DiagnosticCode Unsupported = new(9251);

    /// <summary>There is not enough memory for the elements.</summary>
    public static readonly DiagnosticCode Memory = new(9252);

    /// <summary>An inner map does not fit the template of the map of maps.</summary>
    public static readonly DiagnosticCode Inner = new(9253);

    /// <summary>A typed view does not fit the map's key or value.</summary>
    public static readonly DiagnosticCode View = new(9254);

    /// <summary>An operation on a map failed.</summary>
    public static readonly DiagnosticCode Operation = new(9255);

    /// <summary>The positions or headers in the memory of a ring make no sense.</summary>
    public static readonly DiagnosticCode Ring = new(9256);

    /// <summary>Makes the error of a map that cannot be created.</summary>
    internal static LoadException Refuse(DiagnosticCode code, MapDefinition map, Errno errno, string reason, params ReadOnlySpan<string> notes) =>
        new(Diagnostic.Error(code, $"map '{map.Name}': create: {errno}: {reason}", notes));
}
